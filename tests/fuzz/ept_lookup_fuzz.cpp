// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// ept_lookup in both syntaxes and byte orders (bits of the first byte choose): what is said to lie
// somewhere lies there, entries in order, then their towers in order, all apart from each other.
#include "dcerpc/ept_lookup.hpp"
#include "fuzz.hpp"

using namespace rpcgate;
using namespace rpcgate::dcerpc;
using fuzz::require;

namespace {

std::uint32_t u32_at(Bytes stub, std::uint32_t offset, wire::ByteOrder order) {
  fuzz::require_inside(stub, offset, 4);
  return wire::Reader{stub.subspan(offset, 4), order}.u32();
}

Uuid uuid_at(Bytes stub, std::uint32_t offset, wire::ByteOrder order) {
  fuzz::require_inside(stub, offset, 16);
  wire::Reader in{stub.subspan(offset, 16), order};
  return Uuid::read(in);
}

void check_request(Bytes stub, wire::ByteOrder order, const LookupRequest& request) {
  require(u32_at(stub, request.inquiry_offset, order) == request.inquiry_type);
  require(request.inquiry_type <= inquire_by_both);
  require(u32_at(stub, request.max_entries_offset, order) == request.max_entries);
  require(request.verification_trailer || request.max_entries_offset + 4 == stub.size());
  require(request.handle.size() == context_handle_size);
  require(request.handle.data() + context_handle_size == stub.data() + request.max_entries_offset);
  if (!request.has_interface) {
    require(request.inquiry_type == inquire_all || request.inquiry_type == inquire_by_object);
    return;
  }
  require(uuid_at(stub, request.interface_uuid_offset, order) == request.interface.uuid);
  wire::Reader version{stub.subspan(request.interface_uuid_offset + 16, 8), order};
  require(version.u16() == request.interface.major);
  require(version.u16() == request.interface.minor);
  require(version.u32() == request.version_option);
  require(request.interface_uuid_offset + 44 == request.max_entries_offset);
}

void check_tower(Bytes stub, const PlacedTower& placed, wire::ByteOrder order) {
  fuzz::require_inside(stub, placed.offset, placed.size);
  require(u32_at(stub, placed.offset - 4, order) == placed.size);
  const Tower again = read_tower(stub.subspan(placed.offset, placed.size));
  require(again.kind == placed.tower.kind && again.interface == placed.tower.interface);
  if (placed.tower.kind != TowerKind::tcp) return;
  require(placed.size == tcp_tower_size);
  require(uuid_at(stub, placed.uuid_offset(), wire::ByteOrder::little) ==
          placed.tower.interface.uuid);
  wire::Reader port{stub.subspan(placed.port_offset(), 2), wire::ByteOrder::big};
  require(port.u16() == placed.tower.port);
  const Bytes address = stub.subspan(placed.address_offset(), 4);
  require(wire::IpAddress::from_v4_octets(address.data()) == placed.tower.address);
}

void check_response(Bytes stub, Ndr ndr, wire::ByteOrder order, const LookupResponse& response) {
  const std::uint32_t wide = ndr == Ndr::ndr64 ? 8 : 4;
  require(response.handle.data() == stub.data() && response.handle.size() == context_handle_size);
  require(u32_at(stub, response.num_entries_offset, order) == response.num_entries);
  require(response.num_entries <= max_answer_entries);
  require(response.actual_count == response.num_entries);
  require(u32_at(stub, response.status_offset, order) == response.status);
  require(response.status_offset + 4 == stub.size());
  std::uint32_t entries_end = response.num_entries_offset + 4 + 3 * wide;
  std::uint32_t first_tower = response.status_offset;
  std::uint32_t towers_end = 0;
  std::uint32_t count = 0;
  response.entries.each([&](const LookupEntry& entry) {
    ++count;
    require(entry.object_offset >= entries_end && entry.object_offset % wide == 0);
    require(uuid_at(stub, entry.object_offset, order) == entry.object);
    require(entry.annotation_offset == entry.object_offset + 16 + 3 * wide);
    require(entry.annotation_size <= max_annotation_size);
    fuzz::require_inside(stub, entry.annotation_offset, entry.annotation_size);
    entries_end = entry.annotation_offset + entry.annotation_size;
    if (!entry.has_tower) return;
    check_tower(stub, entry.tower, order);
    require(entry.tower.offset >= towers_end + wide + 4);
    if (towers_end == 0) first_tower = entry.tower.offset - wide - 4;
    towers_end = entry.tower.offset + entry.tower.size;
  });
  require(count == response.num_entries);
  require(entries_end <= first_tower && towers_end <= response.status_offset);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input{data, size};
  const Ndr ndr = (input.choice & 1) != 0 ? Ndr::ndr64 : Ndr::ndr32;
  const auto order = (input.choice & 2) != 0 ? wire::ByteOrder::big : wire::ByteOrder::little;
  LookupRequest request;
  if (read_lookup_request(input.bytes, ndr, order, request) == stats::Reason::none)
    check_request(input.bytes, order, request);
  LookupResponse response;
  if (read_lookup_response(input.bytes, ndr, order, response) == stats::Reason::none)
    check_response(input.bytes, ndr, order, response);
  else
    response.entries.each([](const LookupEntry&) { require(false); });
  return 0;
}
