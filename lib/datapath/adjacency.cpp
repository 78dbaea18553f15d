// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "datapath/adjacency.hpp"

#include <cstring>

#include "arena/keyed_hash.hpp"

namespace rpcgate::datapath {
namespace {

void set_destination(Adjacency& a, const wire::MacAddress& mac) noexcept {
  std::memcpy(a.addresses.data(), mac.octets.data(), 6);
}

std::uint64_t hash_of(interplane::PortIndex port, const wire::IpAddress& hop) noexcept {
  // Who chooses next hops is the administrator: no seed.
  return arena::keyed_hash<16>(hop.octets().data(), {port, 1});
}

}  // namespace

void Adjacencies::refresh(Adjacency& a, const route::NeighbourTable& neighbours) noexcept {
  // The version first: a change meanwhile is seen the next time.
  a.version = neighbours.version();
  if (a.next_hop.is_unspecified()) return;  // static
  const route::Neighbour neighbour = neighbours.lookup(a.port, a.next_hop);
  a.usable = neighbour.state == route::NeighbourState::usable;
  set_destination(a, neighbour.mac);
}

std::uint16_t Adjacencies::number_of(const interplane::PortView& port, interplane::PortIndex index,
                                     const wire::IpAddress& next_hop) noexcept {
  const wire::IpAddress hop = port.static_egress ? wire::IpAddress{} : next_hop;
  auto slot = static_cast<std::uint32_t>(hash_of(index, hop)) % slots;
  for (; by_hop_[slot] != 0; slot = (slot + 1) % slots) {
    const auto number = static_cast<std::uint16_t>(by_hop_[slot] - 1);
    if (all_[number].port == index && all_[number].next_hop == hop) return number;
  }
  if (used_ == most || port.silent) return flow::no_adjacency;
  Adjacency& a = all_[used_];
  a = Adjacency{};
  a.port = index;
  a.next_hop = hop;
  a.mtu = port.mtu;
  std::memcpy(a.addresses.data() + 6, port.mac.octets.data(), 6);
  a.usable = port.static_egress;
  if (port.static_egress) set_destination(a, port.static_next_hop);
  by_hop_[slot] = ++used_;
  return static_cast<std::uint16_t>(used_ - 1);
}

void Adjacencies::forget_all() noexcept {
  by_hop_.fill(0);
  used_ = 0;
}

}  // namespace rpcgate::datapath
