// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Towers: one of kind tcp has the one shape, and writing back what was read changes no byte.
#include "dcerpc/tower.hpp"
#include "fuzz.hpp"

using namespace rpcgate;
using namespace rpcgate::dcerpc;
using fuzz::require;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes octets = as_bytes(data, size);
  const Tower tower = read_tower(octets);
  if (tower.kind != TowerKind::tcp) return 0;
  require(size == tcp_tower_size);
  const auto uuid = tower.interface.uuid.wire_octets(wire::ByteOrder::little);
  for (std::size_t i = 0; i < uuid.size(); ++i) require(data[tower_uuid_offset + i] == uuid[i]);
  require(data[tower_port_offset] == tower.port >> 8);
  require(data[tower_port_offset + 1] == (tower.port & 0xff));
  for (std::size_t i = 0; i < 4; ++i)
    require(data[tower_address_offset + i] == tower.address.v4_octets()[i]);
  return 0;
}
