// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// One worker on memory ports, fed from a capture under a clock that the capture sets: the same
// stages as in the daemon, so that a policy can be tried before it goes live.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "base/result.hpp"
#include "capture.hpp"
#include "config/config.hpp"
#include "datapath/worker.hpp"
#include "dpdk/memory_port.hpp"
#include "dpdk/mempool.hpp"
#include "dpdk/port.hpp"
#include "event/event.hpp"
#include "interplane/fabric.hpp"
#include "policy/snapshot.hpp"

namespace rpcgate::replay {

struct Sinks {
  std::function<void(Instant, Bytes)> frame;       // what leaves the gateway
  std::function<void(const event::Event&)> event;  // in order
};

struct Totals {
  std::uint64_t packets_read = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t cut_short = 0;     // the capture holds less of them than was on the wire
  std::uint64_t not_replayed = 0;  // too large, or nothing that could be fed
  std::uint64_t packets_out = 0;
  std::uint64_t flows_left = 0;  // open when the capture ended
  std::uint64_t pinholes_left = 0;
  Instant first{}, last{};
  std::array<std::uint64_t, 256> events{};  // by event::Kind
};

class Replay {
 public:
  // EAL has been started, without workers. `config` and its `snapshot` outlive the replay, which
  // makes others where schedules change in the time of the capture.
  static Result<std::unique_ptr<Replay>> create(const config::Config& config,
                                                const policy::Snapshot& snapshot, bool strict,
                                                Sinks sinks);
  ~Replay();

  void feed(const Frame& frame);
  // The capture has ended: what is still open is counted, then closed.
  void finish();
  const Totals& totals() const noexcept { return totals_; }
  const stats::WorkerCounters& counters() noexcept { return fabric_->worker(0).counters; }
  // Packets and records that did not come back: always zero after finish().
  std::uint64_t leaked() const noexcept;

 private:
  Replay() = default;
  void advance(Instant to);
  void follow_schedules(Instant now);
  void turn(Instant now);
  void collect(Instant now);
  std::size_t port_for(const Frame& frame) const noexcept;

  const config::Config* config_ = nullptr;
  const policy::Snapshot* snapshot_ = nullptr;
  std::vector<std::unique_ptr<const policy::Snapshot>> later_;  // a worker may still hold the last
  Sinks sinks_;
  Totals totals_;
  dpdk::Mempool pool_;
  std::vector<dpdk::MemoryPort> wires_;
  std::vector<dpdk::Port> ports_;
  std::unique_ptr<interplane::Fabric> fabric_;
  datapath::ArenasPointer arenas_;
  std::unique_ptr<datapath::Worker> worker_;
  Instant now_{};
  bool started_ = false;
};

}  // namespace rpcgate::replay
