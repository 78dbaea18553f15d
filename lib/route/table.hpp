// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Where packets leave: an immutable forwarding table built by the control core, published by
// pointer, read by workers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "route/lpm.hpp"
#include "wire/address.hpp"

namespace rpcgate::route {

// An index into the configuration's list of ports (not DPDK's port id, not an ifindex).
using PortIndex = std::uint8_t;
inline constexpr PortIndex no_port = 0xff;

struct Hop {
  wire::IpAddress gateway;  // unspecified: the destination itself is on the link
  PortIndex port = no_port;
  // Whose link address is wanted for a packet to `destination`.
  const wire::IpAddress& next(const wire::IpAddress& destination) const noexcept {
    return gateway.is_unspecified() ? destination : gateway;
  }
  friend bool operator==(const Hop&, const Hop&) = default;
};

struct Route {
  wire::Prefix prefix;
  Hop hop;                   // port == no_port: unreachable, packets are dropped
  std::uint32_t metric = 0;  // of equal prefixes the lowest wins
  friend bool operator==(const Route&, const Route&) = default;
};

class Table {
 public:
  Table() = default;  // no route to anywhere
  explicit Table(std::span<const Route> routes);
  // Null: no route.
  const Hop* lookup(const wire::IpAddress& destination) const noexcept {
    const std::uint32_t index = lpm_.lookup(destination);
    return index == Lpm::none ? nullptr : &hops_[index];
  }
  std::size_t size() const noexcept { return routes_; }

 private:
  Lpm lpm_;
  std::vector<Hop> hops_;
  std::size_t routes_ = 0;
};

}  // namespace rpcgate::route
