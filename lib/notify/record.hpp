// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A session whose client may be notified by datagrams, and what it registered for. Written by the
// worker that owns the client; the control core sees the first part (arena/shown.hpp).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "arena/relaxed.hpp"
#include "arena/timer_wheel.hpp"
#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "wire/address.hpp"

namespace rpcgate::notify {

inline constexpr std::uint32_t no_index = 0xffffffff;
inline constexpr std::size_t max_payload = 64;       // of a datagram; eight bytes are usual
inline constexpr std::size_t max_registrations = 4;  // of a session: one a mailbox it has open
inline constexpr std::uint32_t max_sessions = 1024;  // of one client's address and one server
inline constexpr std::uint8_t burst = 5;             // datagrams at once; then one a second
inline constexpr wire::L4Port lowest_port = 1024;    // of either end

enum class State : std::uint8_t {
  free,
  pending,  // asked for, the server has not answered
  open,     // the first datagram pins it
  pinned    // to one port and one payload
};

struct Registration {
  State state = State::free;
  std::uint8_t size = 0;  // of the payload
  std::uint8_t tokens = burst;
  bool known = false;            // port and payload were read from the call
  wire::L4Port port = 0;         // where the server sends to
  wire::L4Port client_port = 0;  // the client's own; another one behind source NAT
  Instant renewed{};             // the tokens
  Instant last_passed{};
  std::array<std::byte, max_payload> payload{};

  Bytes content() const noexcept { return Bytes{payload}.first(size); }
  bool is_for(wire::L4Port to, Bytes bytes) const noexcept {
    return port == to &&
           std::equal(bytes.begin(), bytes.end(), payload.begin(), payload.begin() + size);
  }
};

struct alignas(64) SessionRecord {
  std::uint32_t generation = 0;
  arena::Relaxed<std::uint32_t> rule = 0;  // policy::RuleId
  wire::IpAddress client;
  wire::IpAddress outer;  // what the client dialled: the source its datagrams come from
  wire::IpAddress server;
  std::uint32_t group = 0;                              // association group; 0: none was given
  arena::Relaxed<std::uint32_t> connections = 0;        // to the store, of this group
  arena::Relaxed<std::uint32_t> policy_generation = 0;  // that judged it last
  std::uint32_t spare = 0;
  Instant opened{};
  arena::Relaxed<std::int64_t> ends_ns = 0;  // while there is no connection
  arena::Relaxed<std::uint64_t> passed = 0;  // datagrams
  std::array<arena::Relaxed<std::uint16_t>, max_registrations> ports{};  // of those pinned, else 0
  arena::Relaxed<std::uint64_t> registrations = 0;
  wire::IpAddress seen;  // the address that the server sends to: the client's, but for source NAT

  static constexpr std::size_t shown_size = 128;

  alignas(64) arena::TimerLinks timer;  // the worker's alone from here
  std::uint32_t next = no_index;        // another session of this address and server
  std::array<Registration, max_registrations> slots{};
};
static_assert(std::is_trivially_copyable_v<SessionRecord>);
static_assert(offsetof(SessionRecord, timer) == SessionRecord::shown_size);

}  // namespace rpcgate::notify
