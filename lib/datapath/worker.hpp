// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// One worker: its tables, its context, its loop. The daemon runs it on an lcore of its own; replay
// and tests call turn() with a clock they set by hand. Made and destroyed by the control core.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/limits.hpp"
#include "interplane/fabric.hpp"

struct rte_mempool;

namespace rpcgate::datapath {

// The memory of all workers' records, made once, before the first worker.
struct Arenas;
struct ArenasDeleter {
  void operator()(Arenas* arenas) const noexcept;
};
using ArenasPointer = std::unique_ptr<Arenas, ArenasDeleter>;
Result<ArenasPointer> make_arenas(const config::Limits& limits, unsigned workers);
// Records in use by all workers: flows, pinholes, items. For tests and `status`.
struct InUse {
  std::uint32_t flows = 0;
  std::uint32_t pinholes = 0;
  std::uint32_t items = 0;
  std::uint32_t sessions = 0;  // that may be notified
};
InUse in_use(const Arenas& arenas) noexcept;

struct Context;

struct WorkerConfig {
  unsigned index = 0;
  interplane::Fabric* fabric = nullptr;
  Arenas* arenas = nullptr;
  rte_mempool* pool = nullptr;  // with room for PacketMeta (datapath/packet_meta.hpp)
  config::Limits limits;        // those of the box: sizes
  bool sleep_when_idle = true;
  bool lenient = false;   // replay without --strict, and copies of traffic
  bool probing = true;    // false there: nobody can answer
  bool fast_path = true;  // false, for comparison: every packet goes through all stages
  // Until then unknown association groups pass, and are told: their table was lost by a restart.
  Instant amnesty_until{};
};

class Worker {
 public:
  // Nothing is read or sent before the first turn. The fabric's policy must be published by then.
  static Result<std::unique_ptr<Worker>> create(const WorkerConfig& config);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // One turn at `now`. False: there was nothing to do.
  bool turn(Instant now) noexcept;
  // Turns until `stop` is set or the control core's command says so, by the real clock. Then
  // finish() was called.
  void run(const std::atomic<bool>& stop) noexcept;
  // Removes all flows and pinholes, frees all packets that are kept here; no longer waited for.
  // Called on the worker's core; a second call does nothing.
  void finish() noexcept;

  // For a clock that is set by hand: when a timer has something to do next; Instant::max(): never.
  Instant next_timer(Instant now) const noexcept;
  // For benchmarks, which run its stages one by one: what they are given.
  Context& context() noexcept;
  // Buffers and stream records in use.
  std::uint64_t stream_buffers_in_use() const noexcept;

 private:
  struct State;
  explicit Worker(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace rpcgate::datapath
