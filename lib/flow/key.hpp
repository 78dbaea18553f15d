// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What names a flow in a packet as it arrives: the five-tuple, family-neutral. A flow has two, one
// for each direction, since NAT may change what its two ends see.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "wire/address.hpp"
#include "wire/be.hpp"

namespace rpcgate::flow {

// Who sent a packet. `client` is who opened the flow.
enum class Direction : std::uint8_t { from_client, from_server };
constexpr Direction opposite(Direction d) noexcept {
  return d == Direction::from_client ? Direction::from_server : Direction::from_client;
}

struct FlowKey {
  wire::IpAddress source;
  wire::IpAddress destination;
  wire::L4Port source_port = 0;
  wire::L4Port destination_port = 0;
  std::uint8_t protocol = 0;  // wire::Protocol
  std::uint8_t zero[3] = {};  // hashed too

  friend constexpr bool operator==(const FlowKey&, const FlowKey&) = default;
};
static_assert(sizeof(FlowKey) == 40 && alignof(FlowKey) == 2);
static_assert(std::has_unique_object_representations_v<FlowKey>);

constexpr FlowKey reversed(const FlowKey& key) noexcept {
  return {key.destination, key.source, key.destination_port, key.source_port, key.protocol, {}};
}

// The twelve octets from the source address on, as they stand in an IPv4 packet without options
// (RFC 791 3.1, RFC 9293 3.1): addresses, then ports. Of IPv6 the addresses are zero.
struct PackedEnds {
  std::uint32_t source = 0;
  std::uint32_t destination = 0;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;

  std::uint64_t addresses() const noexcept {
    std::uint64_t both;
    std::memcpy(&both, &source, 8);
    return both;
  }
  std::uint32_t ports() const noexcept {
    std::uint32_t both;
    std::memcpy(&both, &source_port, 4);
    return both;
  }
  friend bool operator==(const PackedEnds&, const PackedEnds&) = default;
};
static_assert(sizeof(PackedEnds) == 12);

inline PackedEnds packed(const FlowKey& key) noexcept {
  PackedEnds ends;
  if (key.source.is_v4()) {
    std::memcpy(&ends.source, key.source.v4_octets(), 4);
    std::memcpy(&ends.destination, key.destination.v4_octets(), 4);
  }
  ends.source_port = wire::Be16::from_host(key.source_port).raw();
  ends.destination_port = wire::Be16::from_host(key.destination_port).raw();
  return ends;
}
inline FlowKey unpacked(const PackedEnds& ends, std::uint8_t protocol) noexcept {
  return {wire::IpAddress::from_v4_octets(&ends.source),
          wire::IpAddress::from_v4_octets(&ends.destination),
          wire::Be16::from_raw(ends.source_port).host(),
          wire::Be16::from_raw(ends.destination_port).host(),
          protocol,
          {}};
}

}  // namespace rpcgate::flow
