// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What one worker shows to the control core: its counters, its rings, and its tables. Made by
// Fabric before the worker starts, lives until both are gone. Tables are the worker's own: the
// control core iterates their arenas by index with relaxed reads and decides nothing from them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "dpdk/ring.hpp"
#include "event/event.hpp"
#include "flow/shown_streams.hpp"
#include "interplane/mailbox.hpp"
#include "stats/counters.hpp"

namespace rpcgate::flow {
class Table;
}
namespace rpcgate::pinhole {
class Table;
}
namespace rpcgate::notify {
class Sessions;
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

  // Rings of whole frames for and from the kernel's mirror of a port (TAP). mbuf->port is the
  // PortIndex in both directions: where it came in, and where it is to leave.
  dpdk::PacketRing punted;       // worker -> control
  dpdk::PacketRing from_mirror;  // control -> worker; sent as they are

  // Set by the worker before its first turn; null until then.
  std::atomic<flow::Table*> flows{nullptr};
  std::atomic<pinhole::Table*> pinholes{nullptr};
  std::atomic<notify::Sessions*> sessions{nullptr};
  std::atomic<const flow::ShownStreams*> streams{nullptr};

  std::atomic<std::uint64_t> turns{0};  // a sign of life
};

}  // namespace rpcgate::interplane
