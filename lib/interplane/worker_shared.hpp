// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What one worker shows to the control core: its counters, its rings, and its tables. Made by
// Fabric before the worker starts, lives until both are gone. Tables are the worker's own: the
// control core iterates their arenas by index with relaxed reads and decides nothing from them.
#pragma once

#include <atomic>
#include <cstdint>

#include "event/event.hpp"
#include "interplane/mailbox.hpp"
#include "stats/counters.hpp"

struct rte_ring;

namespace rpcgate::flow {
class Table;
}
namespace rpcgate::pinhole {
class Table;
}

namespace rpcgate::interplane {

struct WorkerShared {
  explicit WorkerShared(unsigned worker, std::size_t event_slots)
      : index(worker), events(event_slots), commands(64), replies(64), neighbours(256) {}

  const unsigned index;
  stats::WorkerCounters counters;

  event::Queue events;        // worker -> control
  CommandQueue commands;      // control -> worker
  ReplyQueue replies;         // worker -> control
  NeighbourQueue neighbours;  // worker -> control

  // Rings of mbufs, SP/SC, owned by Fabric. The port of a punted mbuf is mbuf->port; that of one to
  // send is PacketMeta::egress, set by interplane::set_egress().
  rte_ring* punted = nullptr;      // worker -> control: frames for the kernel (TAP mirror)
  rte_ring* from_mirror = nullptr;  // control -> worker: frames of the kernel, to be sent as they are

  // Set by the worker before its first turn; null until then.
  std::atomic<flow::Table*> flows{nullptr};
  std::atomic<pinhole::Table*> pinholes{nullptr};

  std::atomic<std::uint64_t> turns{0};  // a sign of life
};

}  // namespace rpcgate::interplane
