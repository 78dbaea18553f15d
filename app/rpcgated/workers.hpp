// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The workers on their lcores, and the memory of their records. The one place where the control
// core's program touches the data path.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.hpp"
#include "config/config.hpp"
#include "datapath/packet_meta.hpp"
#include "datapath/worker.hpp"
#include "dpdk/eal.hpp"
#include "interplane/fabric.hpp"

namespace rpcgate::daemon {

inline constexpr std::uint16_t packet_private_size = datapath::packet_private_size;

struct WorkerOptions {
  config::Limits limits;
  bool sleep_when_idle = true;
  bool monitor = false;
  Instant amnesty_until{};  // for association groups that nobody here knows
};
WorkerOptions worker_options_of(const config::Config& config);

class Workers {
 public:
  // Policy, routes and steering are published by then.
  static Result<std::unique_ptr<Workers>> start(dpdk::Eal& eal, interplane::Fabric& fabric,
                                                rte_mempool* pool, const WorkerOptions& options);
  // The lcores must have ended (Eal::wait_workers).
  ~Workers() = default;
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Ends all without asking: for a start that failed half-way.
  void stop() noexcept { stop_.store(true, std::memory_order_relaxed); }
  // After the lcores ended: is every record and buffer back?
  Result<void> check_balance() const;

 private:
  struct Lcore {
    std::unique_ptr<datapath::Worker> worker;
    const std::atomic<bool>* stop = nullptr;
  };
  Workers() = default;
  Result<void> launch(dpdk::Eal& eal);
  static int run(void* lcore);

  std::atomic<bool> stop_{false};
  datapath::ArenasPointer arenas_;
  std::vector<Lcore> lcores_;
};

}  // namespace rpcgate::daemon
