// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// One flow: what identifies its packets in both directions, how they are rewritten, and what is
// known of it. Four cache lines: one a direction, one of counters, one of TCP state and timer. A
// packet of a flow that is not translated touches its direction's line and the last two. Written by
// the owning worker; the control core sees the first three lines (arena/shown.hpp).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "arena/relaxed.hpp"
#include "arena/timer_wheel.hpp"
#include "base/clock.hpp"
#include "flow/key.hpp"
#include "flow/tcp_state.hpp"
#include "stats/counters.hpp"
#include "wire/checksum.hpp"

namespace rpcgate::flow {

inline constexpr std::uint32_t no_index = 0xffffffff;
inline constexpr std::uint8_t no_port = 0xff;

// What the rewrite of one direction does to checksums (nat/rewrite.hpp fills it).
struct Rewrite {
  std::uint16_t l3_delta = 0;  // IPv4 header; wire::ChecksumDelta::value()
  std::uint16_t l4_delta = 0;  // TCP and UDP
};

enum class FlowFlag : std::uint16_t {
  translated = 1,  // addresses or ports change; set by nat::prepare()
  inspected = 2,   // its stream is judged
  mapper = 4,      // ... as a conversation with an endpoint mapper
  cut = 8,         // refused or reset: later packets are dropped
  lenient = 16,    // replay, picked up in the middle
  half_open = 32,  // TCP, not yet established; see Table::established()
  told = 64,       // the event of its beginning was told
  silent = 128,    // cut without a word
  outbound = 256   // its client is on the inner side
};

struct alignas(64) FlowRecord {
  // Line 0. What the client sends: client -> the address it dialled.
  std::uint32_t generation = 0;
  FlowKey from_client;
  Rewrite rewrite_from_client;
  arena::Relaxed<std::uint32_t> rule = 0;               // policy::RuleId
  arena::Relaxed<std::uint32_t> policy_generation = 0;  // the snapshot that judged it
  std::uint8_t client_port_index = no_port;             // the gateway's port towards the client
  std::uint8_t server_port_index = no_port;
  arena::Relaxed<std::uint16_t> flags = 0;  // FlowFlag
  arena::Relaxed<stats::Reason> cut_reason = stats::Reason::none;

  // Line 1. What the server sends: server -> the client's address as the server sees it.
  alignas(64) FlowKey from_server;
  Rewrite rewrite_from_server;
  std::uint32_t pinhole = no_index;  // in the pinhole table; the flow counts as its connection
  std::uint64_t pinhole_id = 0;      // 0: none
  arena::Relaxed<std::uint32_t> stream = no_index;  // the stream stage's record

  // Line 2.
  alignas(64) Instant opened{};
  std::array<arena::Relaxed<std::int64_t>, 2> heard_ns{};  // when an end last sent, by Direction
  std::array<arena::Relaxed<std::uint64_t>, 2> packets{};  // by Direction
  std::array<arena::Relaxed<std::uint64_t>, 2> bytes{};    // of IP packets
  arena::Relaxed<TcpPhase> phase = TcpPhase::none;  // a copy of tcp.phase, for the control core
  std::array<arena::Relaxed<std::uint8_t>, 2> probes{};  // that an end has not answered yet

  static constexpr std::size_t shown_size = 192;

  // Line 3. The worker's alone.
  alignas(64) TcpState tcp;
  arena::TimerLinks timer;

  const FlowKey& key(Direction d) const noexcept {
    return d == Direction::from_client ? from_client : from_server;
  }
  const Rewrite& rewrite(Direction d) const noexcept {
    return d == Direction::from_client ? rewrite_from_client : rewrite_from_server;
  }
  // The gateway's port by which packets of this direction leave.
  std::uint8_t egress(Direction d) const noexcept {
    return d == Direction::from_client ? server_port_index : client_port_index;
  }
  bool has(FlowFlag f) const noexcept { return (flags.get() & static_cast<std::uint16_t>(f)) != 0; }
  void set(FlowFlag f) noexcept { flags |= static_cast<std::uint16_t>(f); }
  void unset(FlowFlag f) noexcept {
    flags &= static_cast<std::uint16_t>(~static_cast<unsigned>(f));
  }

  wire::Endpoint client() const noexcept { return {from_client.source, from_client.source_port}; }
  // The address and port that the client dialled.
  wire::Endpoint outer() const noexcept {
    return {from_client.destination, from_client.destination_port};
  }
  wire::Endpoint server() const noexcept { return {from_server.source, from_server.source_port}; }
  // The client as the server sees it.
  wire::Endpoint client_seen() const noexcept {
    return {from_server.destination, from_server.destination_port};
  }
  bool is_tcp() const noexcept {
    return from_client.protocol == static_cast<std::uint8_t>(wire::Protocol::tcp);
  }
  // When this end was last heard of.
  Instant heard(Direction d) const noexcept {
    return instant_from_ns(heard_ns[static_cast<std::size_t>(d)]);
  }
  Instant last_seen() const noexcept {
    return instant_from_ns(std::max(heard_ns[0].get(), heard_ns[1].get()));
  }
  void seen_at(Instant now) noexcept { heard_ns[0] = heard_ns[1] = to_ns(now); }
  // A packet of this direction has passed.
  void count(Direction d, std::uint32_t size, Instant now) noexcept {
    packets[static_cast<std::size_t>(d)] += 1u;
    bytes[static_cast<std::size_t>(d)] += size;
    heard_ns[static_cast<std::size_t>(d)] = to_ns(now);
    probes[static_cast<std::size_t>(d)] = 0;
  }
};
static_assert(std::is_trivially_copyable_v<FlowRecord>);
static_assert(sizeof(FlowRecord) == 256);
static_assert(offsetof(FlowRecord, tcp) == FlowRecord::shown_size);

}  // namespace rpcgate::flow
