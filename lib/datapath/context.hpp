// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What every stage is given: the worker's own tables, the published tables of this turn, the time,
// and where packets end that do not go to the next stage. One per worker, made and owned by Worker
// (datapath/worker.hpp), used on that worker's core alone.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "arena/item_pool.hpp"
#include "base/clock.hpp"
#include "base/static_vector.hpp"
#include "datapath/burst.hpp"
#include "datapath/packet_meta.hpp"
#include "event/event.hpp"
#include "event/gate.hpp"
#include "flow/table.hpp"
#include "flow/timer_wheel.hpp"
#include "interplane/fabric.hpp"
#include "notify/sessions.hpp"
#include "pinhole/table.hpp"
#include "policy/limits.hpp"
#include "policy/snapshot.hpp"
#include "route/neighbour_table.hpp"
#include "route/table.hpp"
#include "stats/counters.hpp"

struct rte_mempool;

namespace rpcgate::datapath {

// What a miss of the flow table may open, found by classify for track. `flow` of the packet's meta
// is its index as long as the flag `opens` is set.
struct Opening {
  policy::Service service = policy::Service::none;
  policy::Mode mode = policy::Mode::nat;
  policy::RuleId rule = policy::no_rule;
  wire::Endpoint server;
  wire::IpAddress source_nat;  // by whose address the client goes out; unspecified: its own
  bool outbound = false;
  std::uint32_t pinhole = pinhole::no_index;  // none: a static rule
};

// Packets that left the order of stages, for the conservation check of debug builds.
struct Ledger {
  std::uint64_t dropped = 0;  // freed, counted under a drop
  std::uint64_t kept = 0;     // held, queued for tx, handed over or punted: owned elsewhere
  std::uint64_t made = 0;     // made here, or taken back from where they were kept
};

class Adjacencies;   // datapath/adjacency.hpp: next hops of the fast path
struct Transmitter;  // datapath/transmitter.hpp: tx buffers and rings
struct Waiting;      // datapath/waiting.hpp: packets that wait for a neighbour
class Fragments;     // datapath/fragments.hpp: fragments that wait for the rest
struct StreamState;  // stages/stream.cpp: what the stream stage owns on this worker

struct Context {
  // This turn.
  Instant now{};
  const policy::Snapshot* policy = nullptr;  // never null in a stage
  const route::Table* routes = nullptr;      // null: every look-up misses
  const route::NeighbourTable* neighbours = nullptr;
  const interplane::SteeringTables* steering = nullptr;  // null: every frame is ours
  const policy::Limits* limits = nullptr;                // of `policy`
  std::uint32_t epoch = 0;  // which tables these are: Published::changes()
  std::uint16_t turn = 0;   // its number, round and round, never 0
  flow::Stamp stamp = 0;    // of `now`

  // This worker.
  unsigned worker = 0;
  unsigned workers = 1;
  bool lenient = false;   // replay without --strict: mid-stream starts and bad checksums pass
  bool fast_path = true;  // off in replay, and for comparison
  bool probing = true;    // quiet ends of connections are asked whether they are there
  interplane::Fabric* fabric = nullptr;
  interplane::WorkerShared* shared = nullptr;
  stats::WorkerCounters* counters = nullptr;
  event::Queue* events = nullptr;
  std::span<const interplane::PortView> ports;
  flow::Table* flows = nullptr;
  flow::TimerWheel* timers = nullptr;
  pinhole::Table* pinholes = nullptr;
  notify::Sessions* sessions = nullptr;
  arena::ItemPool* items = nullptr;  // the RPC judgement's
  rte_mempool* pool = nullptr;       // for packets the gateway makes
  Adjacencies* adjacencies = nullptr;
  Transmitter* transmitter = nullptr;
  Waiting* waiting = nullptr;
  Fragments* fragments = nullptr;
  StreamState* stream = nullptr;
  Ledger ledger;

  // Packets on their way to route, in order. Stages push by pass_on().
  Burst out;
  StaticVector<Opening, Burst::capacity> openings;
  // Records stay where they are while packets in bursts name them: what ends in a turn goes when
  // the stages are done (flow_life.hpp). `cut_flows`: what their streams hold is given back then.
  StaticVector<std::uint32_t, Burst::capacity> cut_flows;
  StaticVector<std::uint32_t, Burst::capacity> ended_flows;
  Burst copies;  // of a copy of traffic: taken from the queues, seen one a turn from next_copy on
  std::size_t next_copy = 0;
  Burst later;  // packets that begin a connection where one of those was: seen again next turn
  event::Gate<1024> gate{seconds{1}};  // of refusals: one of a kind and client a second
  event::LearningGate learned{event::learning_period};
  std::uint32_t challenges_left = 0;  // RFC 5961 7: challenge ACKs are limited, here per second
  Instant challenges_renewed{};

  void count(stats::Counter counter, std::uint64_t n = 1) noexcept {
    counters->counters.add(counter, n);
  }
  void count(stats::Reason reason) noexcept { counters->reasons.add(reason); }
  // Frees the packet and counts why. The end of every packet that does not leave.
  void drop(rte_mbuf* mbuf, stats::Drop reason) noexcept;
  // The packet is owned elsewhere from now on (held, queued); taken_back() when it returns.
  void kept(std::size_t n = 1) noexcept { ledger.kept += n; }
  void taken_back(std::size_t n = 1) noexcept { ledger.made += n; }
  // To the control core; a full ring loses the event, counts it, and false is returned.
  bool tell(const event::Event& event) noexcept {
    if (events->push(event)) return true;
    count(stats::Counter::events_lost);
    return false;
  }
  // To route, behind everything already on its way. When `out` is full it is routed and sent first.
  void pass_on(rte_mbuf* mbuf) noexcept;
};

}  // namespace rpcgate::datapath
