// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What names a flow in a packet as it arrives: the five-tuple, family-neutral. A flow has two, one
// for each direction, since NAT may change what its two ends see.
#pragma once

#include <cstdint>
#include <type_traits>

#include "wire/address.hpp"

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

}  // namespace rpcgate::flow
