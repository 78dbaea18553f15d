// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The parts of the daemon in the order they stand up, and their end in the reverse order. Runs on
// the control core.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "control/core.hpp"
#include "control/event_loop.hpp"
#include "control/ports.hpp"
#include "dpdk/eal.hpp"
#include "dpdk/mempool.hpp"
#include "interplane/fabric.hpp"
#include "policy/compile.hpp"
#include "supervise.hpp"
#include "workers.hpp"

namespace rpcgate::daemon {

class Daemon {
 public:
  explicit Daemon(control::EventLoop& loop) : loop_(loop) {}
  ~Daemon() { static_cast<void>(stop()); }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Returns when packets are judged.
  Result<void> start(policy::LoadedPolicy loaded, std::string text, std::string name);
  // Ordered stop; idempotent. An error when something did not come back.
  Result<void> stop();
  control::Core& core() noexcept { return *core_; }

 private:
  Result<void> open_ports(const policy::LoadedPolicy& loaded);
  Result<void> stop_workers();
  Result<void> keep_mark(const config::Config& config, WorkerOptions& options);

  control::EventLoop& loop_;
  std::unique_ptr<control::Ports> ports_;
  std::optional<dpdk::Eal> eal_;
  dpdk::Mempool pool_;
  std::unique_ptr<interplane::Fabric> fabric_;
  std::unique_ptr<control::Core> core_;
  std::unique_ptr<Workers> workers_;
  std::optional<LifeMark> mark_;
  control::EventLoop::Id mark_timer_ = 0;
};

}  // namespace rpcgate::daemon
