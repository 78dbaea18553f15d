// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Questions to the endpoint mapper and their answers.
#pragma once

#include <algorithm>

#include "conversation.hpp"

namespace rpcgate::test {

inline constexpr std::uint16_t ept_map = 3;

inline Octets ask(std::uint32_t id, const Interface& interface, Ndr ndr = Ndr::ndr32,
                  ByteOrder order = ByteOrder::little, std::uint32_t max_towers = 4) {
  return request(call(id, order),
                 {0, ept_map, map_question({{interface}, max_towers, true}, ndr, order)});
}

inline Octets answer(std::uint32_t id, const std::vector<Tower>& towers, Ndr ndr = Ndr::ndr32,
                     ByteOrder order = ByteOrder::little, std::uint32_t status = 0) {
  return response(call(id, order), 0, map_answer({towers, 4, status}, ndr, order));
}

// The tower as the client shall see it.
inline Tower seen(Tower tower, std::uint16_t port) {
  tower.port = port;
  tower.address = published_address;
  return tower;
}

// Where the first floor's UUID lies in a question of these PDUs.
inline std::size_t uuid_in(const Octets& bytes, const Interface& interface) {
  const Octets uuid = uuid_bytes(interface.uuid, ByteOrder::little);
  const auto at = std::search(bytes.begin(), bytes.end(), uuid.begin(), uuid.end());
  return static_cast<std::size_t>(at - bytes.begin());
}

inline bool has_pinhole(const RpcWorld& w, wire::L4Port outer_port) {
  return w.pinholes->find({w.flow.scope.client, w.flow.scope.outer, outer_port}) !=
         pinhole::no_index;
}

}  // namespace rpcgate::test
