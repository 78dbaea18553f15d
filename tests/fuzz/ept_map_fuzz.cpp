// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// ept_map in both syntaxes and byte orders (bits of the first byte choose): towers lie where the
// reader says, in order and apart from each other.
#include <array>

#include "dcerpc/endpoint_mapper.hpp"
#include "fuzz.hpp"

using namespace rpcgate;
using namespace rpcgate::dcerpc;
using fuzz::require;

namespace {

void check_tower(Bytes stub, const PlacedTower& placed) {
  fuzz::require_inside(stub, placed.offset, placed.size);
  if (placed.tower.kind != TowerKind::tcp) return;
  require(placed.size == tcp_tower_size);
  wire::Reader uuid{stub.subspan(placed.uuid_offset(), 16), wire::ByteOrder::little};
  require(Uuid::read(uuid) == placed.tower.interface.uuid);
  wire::Reader port{stub.subspan(placed.port_offset(), 2), wire::ByteOrder::big};
  require(port.u16() == placed.tower.port);
  const Bytes address = stub.subspan(placed.address_offset(), 4);
  require(wire::IpAddress::from_v4_octets(address.data()) == placed.tower.address);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input{data, size};
  const Ndr ndr = (input.choice & 1) != 0 ? Ndr::ndr64 : Ndr::ndr32;
  const auto order = (input.choice & 2) != 0 ? wire::ByteOrder::big : wire::ByteOrder::little;
  MapRequest request;
  if (read_map_request(input.bytes, ndr, order, request) == stats::Reason::none) {
    check_tower(input.bytes, request.asked);
    require(request.handle.size() == context_handle_size);
    fuzz::require_inside(input.bytes, request.max_towers_offset, 4);
    require(request.verification_trailer || request.max_towers_offset + 4 == input.bytes.size());
  }
  MapResponse response;
  if (read_map_response(input.bytes, ndr, order, response) == stats::Reason::none) {
    std::uint32_t before = response.num_towers_offset;
    for (const PlacedTower& placed : response.towers) {
      check_tower(input.bytes, placed);
      require(placed.offset > before);
      before = placed.offset + placed.size;
    }
    require(response.towers.size() <= response.num_towers);
    require(response.status_offset >= before);
    require(response.status_offset + 4 == input.bytes.size());
  }
  return 0;
}
