// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dcerpc/endpoint_mapper.hpp"

#include "dcerpc/mapper_parts.hpp"

namespace rpcgate::dcerpc {

using stats::Reason;

Reason read_map_request(Bytes stub, Ndr ndr, wire::ByteOrder order, MapRequest& out) noexcept {
  out = {};
  NdrReader in{stub, ndr, order};
  const std::uint64_t object = in.referent();
  out.has_object = object != 0;
  if (out.has_object) out.object = in.uuid();
  // Pointers of this interface are full ones (C706 14.3.11.1): with the object's id the tower would
  // be the object, for a server that takes ids at their word. Without one nothing is asked for.
  const std::uint64_t tower = in.referent();
  if (tower == 0 || tower == object) return Reason::mapper_malformed;
  if (!detail::read_twr(in, out.asked)) return Reason::mapper_malformed;
  in.align(4);
  out.handle = in.octets(context_handle_size);
  out.max_towers_offset = static_cast<std::uint32_t>(in.offset());
  out.max_towers = in.u32();
  if (!in.ok() || !detail::read_rest(in, order, out.verification_trailer))
    return Reason::mapper_malformed;
  return Reason::none;
}

Reason read_map_response(Bytes stub, Ndr ndr, wire::ByteOrder order, MapResponse& out) noexcept {
  out = {};
  NdrReader in{stub, ndr, order};
  out.handle = in.octets(context_handle_size);
  out.num_towers_offset = static_cast<std::uint32_t>(in.offset());
  out.num_towers = in.u32();
  const std::uint64_t max_count = in.count();
  const std::uint64_t first = in.count();
  const std::uint64_t actual = in.count();
  if (!in.ok() || first != 0 || actual != out.num_towers || actual > max_count ||
      actual > max_answer_towers)
    return Reason::mapper_malformed;
  std::size_t pointers = 0;
  for (std::uint64_t i = 0; i < actual; ++i) pointers += in.pointer() ? 1 : 0;
  for (std::size_t i = 0; i < pointers; ++i) {
    PlacedTower placed;
    if (!detail::read_twr(in, placed)) return Reason::mapper_malformed;
    out.towers.push_back(placed);
  }
  in.align(4);
  out.status_offset = static_cast<std::uint32_t>(in.offset());
  out.status = in.u32();
  return in.ok() && in.left() == 0 ? Reason::none : Reason::mapper_malformed;
}

}  // namespace rpcgate::dcerpc
