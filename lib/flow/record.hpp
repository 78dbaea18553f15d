// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What is kept of one flow, in three places under one number: the record, of two cache lines, which
// each packet touches; its details, which only its beginning and its end touch; the addresses of an
// IPv6 flow, which IPv4 does without. flow/flow.hpp puts them together. Written by the owning
// worker; the control core sees copies (flow/image.hpp, arena/shown.hpp).
#pragma once

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

namespace rpcgate::flow {

inline constexpr std::uint32_t no_index = 0xffffffff;
inline constexpr std::uint16_t no_adjacency = 0xffff;

// What the rewrite of what the client sends does to checksums (wire::ChecksumDelta::value()). What
// the server sends is changed the other way round, so its sums by the complement of these.
struct Rewrite {
  std::uint16_t l3_delta = 0;  // IPv4 header
  std::uint16_t l4_delta = 0;  // TCP and UDP

  std::uint16_t l3(Direction d) const noexcept { return turned(l3_delta, d); }
  std::uint16_t l4(Direction d) const noexcept { return turned(l4_delta, d); }

 private:
  static constexpr std::uint16_t turned(std::uint16_t delta, Direction d) noexcept {
    return static_cast<std::uint16_t>(delta ^ -static_cast<unsigned>(d));
  }
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
  outbound = 256,  // its client is on the inner side
  ipv6 = 512       // its addresses lie apart
};

// When something happened, in units of 2^20 ns (1.05 ms), of which 52 days are known.
using Stamp = std::uint32_t;
constexpr Stamp stamp_of(Instant t) noexcept {
  return static_cast<Stamp>(to_ns(t) >> 20);
}
// The end of that unit, so that nothing counted from it is early; `now` is not earlier.
constexpr Instant instant_of(Stamp stamp, Instant now) noexcept {
  const Stamp age = stamp_of(now) - stamp;
  return instant_from_ns(((to_ns(now) >> 20) - age + (age != 0)) << 20);
}

struct alignas(64) FlowRecord {
  // Line 0: what a packet is compared with and what is done to it. Seldom written.
  std::uint32_t generation = 0;
  // By Direction. What the client sends: client -> the address it dialled. What the server sends:
  // server -> the client as the server sees it.
  std::array<PackedEnds, 2> both_ends;
  Rewrite rewrite;
  arena::Relaxed<std::uint32_t> rule = 0;               // policy::RuleId
  arena::Relaxed<std::uint32_t> policy_generation = 0;  // the snapshot that judged it
  arena::Relaxed<std::uint32_t> stream = no_index;      // the stream stage's record
  arena::Relaxed<std::uint16_t> flags = 0;              // FlowFlag
  std::uint8_t protocol = 0;                            // wire::Protocol
  arena::Relaxed<TcpPhase> phase = TcpPhase::none;      // a copy of tcp's, for the control core
  arena::Relaxed<stats::Reason> cut_reason = stats::Reason::none;
  std::array<arena::Relaxed<std::uint8_t>, 2> probes{};  // that an end has not answered yet
  // The fast path's (datapath/stages/fast.cpp), by Direction: by which port packets come in, under
  // which tables they may be forwarded, and where to.
  std::array<arena::Relaxed<std::uint8_t>, 2> ingress{};
  arena::Relaxed<std::uint16_t> slow_turn = 0;  // when a packet of it last went another way
  arena::Relaxed<std::uint32_t> epoch = 0;
  std::array<arena::Relaxed<std::uint16_t>, 2> adjacency{no_adjacency, no_adjacency};

  // Line 1: what each packet changes.
  alignas(64) std::array<arena::Relaxed<Stamp>, 2> heard{};  // when an end last sent, by Direction
  std::array<arena::Relaxed<std::uint32_t>, 2> packets{};    // by Direction, the low half
  std::array<arena::Relaxed<std::uint32_t>, 2> bytes{};      // of IP packets, the low half

  static constexpr std::size_t shown_size = 64 + 24;

  // The worker's alone.
  std::array<std::uint32_t, 2> timestamps{};  // the last TSval of each end
  TcpState tcp;

  bool has(FlowFlag f) const noexcept { return (flags.get() & static_cast<std::uint16_t>(f)) != 0; }
  void set(FlowFlag f) noexcept { flags |= static_cast<std::uint16_t>(f); }
  void unset(FlowFlag f) noexcept {
    flags &= static_cast<std::uint16_t>(~static_cast<unsigned>(f));
  }
  bool is_tcp() const noexcept {
    return protocol == static_cast<std::uint8_t>(wire::Protocol::tcp);
  }
  const PackedEnds& ends(Direction d) const noexcept {
    return both_ends[static_cast<std::size_t>(d)];
  }
};
static_assert(std::is_trivially_copyable_v<FlowRecord>);
static_assert(sizeof(FlowRecord) == 128);
static_assert(offsetof(FlowRecord, tcp) == 96);

struct FlowDetails {
  Instant opened{};
  std::uint64_t pinhole_id = 0;  // the flow counts as its connection; 0: none
  std::array<arena::Relaxed<std::uint32_t>, 2> bytes_high{};

  static constexpr std::size_t shown_size = 24;

  std::array<arena::Relaxed<std::uint16_t>, 2> packets_high{};
  arena::TimerLinks timer;
};
static_assert(std::is_trivially_copyable_v<FlowDetails>);
static_assert(sizeof(FlowDetails) == 40);

struct alignas(64) FlowAddresses {
  struct Pair {
    wire::IpAddress source, destination;
  };
  std::array<Pair, 2> of;  // by Direction

  static constexpr std::size_t shown_size = 64;
};
static_assert(sizeof(FlowAddresses) == 64);

}  // namespace rpcgate::flow
