// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A pinhole: this client may reach this server's port by this outer port, for these interfaces.
// Written by the worker that owns the client; the control core sees it (arena/shown.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "arena/relaxed.hpp"
#include "arena/timer_wheel.hpp"
#include "base/clock.hpp"
#include "base/static_vector.hpp"
#include "dcerpc/uuid.hpp"
#include "wire/address.hpp"

namespace rpcgate::pinhole {

inline constexpr std::uint32_t no_index = 0xffffffff;

struct PinholeKey {
  wire::IpAddress client;
  wire::IpAddress outer;
  wire::L4Port outer_port = 0;
  std::uint8_t protocol = static_cast<std::uint8_t>(wire::Protocol::tcp);
  std::uint8_t zero[5] = {};  // hashed too

  friend constexpr bool operator==(const PinholeKey&, const PinholeKey&) = default;
};
static_assert(sizeof(PinholeKey) == 40);
static_assert(std::has_unique_object_representations_v<PinholeKey>);

inline constexpr std::size_t max_named_interfaces = 8;

struct alignas(64) PinholeRecord {
  std::uint32_t generation = 0;
  std::uint32_t rule = 0;  // policy::RuleId; changes with rewrite only
  PinholeKey key;
  wire::IpAddress server;
  wire::L4Port server_port = 0;
  bool more_interfaces = false;  // than fit: those are judged at the bind alone
  arena::Relaxed<std::uint32_t> policy_generation = 0;
  std::uint64_t id = 0;  // in events and commands; never 0
  Instant opened{};
  Duration first_use{};  // unused for so long after the last grant: expires
  Duration idle{};       // after the last connection ended: expires
  std::uint32_t max_connections = 0;
  arena::Relaxed<std::uint32_t> connections = 0;  // open now
  arena::Relaxed<std::uint64_t> connections_ever = 0;
  arena::Relaxed<std::uint32_t> asked = 0;  // how often the mapper named it
  std::uint32_t interface_count = 0;
  arena::Relaxed<std::int64_t> last_used_ns = 0;  // last grant, connection begun or ended
  std::array<dcerpc::InterfaceId, max_named_interfaces> interfaces{};

  static constexpr std::size_t shown_size = 320;

  alignas(64) arena::TimerLinks timer;  // the worker's alone
  Duration tombstone{};

  wire::Endpoint server_endpoint() const noexcept { return {server, server_port}; }
  Instant last_used() const noexcept { return instant_from_ns(last_used_ns); }
  bool ever_used() const noexcept { return connections_ever != 0; }
  bool names(const dcerpc::InterfaceId& interface) const noexcept {
    for (std::uint32_t i = 0; i < interface_count; ++i)
      if (interfaces[i] == interface) return true;
    return false;
  }
  // Was it opened for this interface, as far as it remembers?
  bool grants(const dcerpc::InterfaceId& interface) const noexcept {
    return more_interfaces || names(interface);
  }
};
static_assert(std::is_trivially_copyable_v<PinholeRecord>);
static_assert(offsetof(PinholeRecord, timer) == PinholeRecord::shown_size);

// That a client held an outer port until lately (a client may dial again for hours without asking;
// it is told at once by a reset, and the port is nobody else's for it).
struct Tombstone {
  PinholeKey key;
  wire::IpAddress server;
  wire::L4Port server_port = 0;
  std::uint16_t spare = 0;
  std::uint32_t previous = no_index;  // in the order of their ends
  std::uint32_t next = no_index;
  std::uint32_t spare2 = 0;
  Instant until{};
};

}  // namespace rpcgate::pinhole
