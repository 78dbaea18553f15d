// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dcerpc/ept_lookup.hpp"

#include <algorithm>
#include <limits>

#include "dcerpc/mapper_parts.hpp"

namespace rpcgate::dcerpc {
namespace {

using stats::Reason;
using Referents = StaticVector<std::uint32_t, max_answer_entries>;

// Windows and Samba count ids in 32 bits; a wider one might be cut, to 0 or to another.
std::uint32_t read_referent(NdrReader& in) noexcept {
  const std::uint64_t id = in.referent();
  if (id > std::numeric_limits<std::uint32_t>::max()) in.fail();
  return in.ok() ? static_cast<std::uint32_t>(id) : 0;
}

// rpc_if_id_t: two 16-bit versions, not the one of 32 bits that binds have.
void read_interface(NdrReader& in, LookupRequest& out) noexcept {
  out.interface_uuid_offset = static_cast<std::uint32_t>(in.offset());
  out.interface.uuid = in.uuid();
  out.interface.major = in.u16();
  out.interface.minor = in.u16();
}

bool asks_for_something(const LookupRequest& request) noexcept {
  const bool by_interface =
      request.inquiry_type == inquire_by_interface || request.inquiry_type == inquire_by_both;
  return request.inquiry_type <= inquire_by_both && (request.has_interface || !by_interface);
}

// ept_entry_t but for its tower, which follows all entries. False: cannot be read.
bool read_entry(NdrReader& in, LookupEntry& out, std::uint32_t& referent) noexcept {
  in.align(in.ndr() == Ndr::ndr64 ? 8 : 4);
  out.object_offset = static_cast<std::uint32_t>(in.offset());
  out.object = in.uuid();
  referent = read_referent(in);
  out.has_tower = referent != 0;
  const std::uint64_t first = in.count();
  const std::uint64_t size = in.count();
  if (!in.ok() || first != 0 || size > max_annotation_size) return false;
  out.annotation_offset = static_cast<std::uint32_t>(in.offset());
  out.annotation_size = static_cast<std::uint32_t>(size);
  in.octets(out.annotation_size);
  return in.ok();
}

bool all_different(Referents& referents) noexcept {
  std::sort(referents.begin(), referents.end());
  return std::adjacent_find(referents.begin(), referents.end()) == referents.end();
}

// Leaves `in` after the last tower.
bool check_entries(NdrReader& in, std::uint32_t count, LookupEntries& out) noexcept {
  const NdrReader entries = in;
  Referents referents;
  for (std::uint32_t i = 0; i < count; ++i) {
    LookupEntry entry;
    std::uint32_t referent = 0;
    if (!read_entry(in, entry, referent)) return false;
    if (entry.has_tower && !referents.push_back(referent)) return false;
  }
  const NdrReader towers = in;
  for (std::size_t i = 0; i < referents.size(); ++i) {
    PlacedTower placed;
    Bytes octets;
    if (!detail::place_twr(in, placed, octets)) return false;
  }
  out = {entries, towers, count};
  return all_different(referents);
}

bool read_answer(NdrReader& in, LookupResponse& out) noexcept {
  out.handle = in.octets(context_handle_size);
  out.num_entries_offset = static_cast<std::uint32_t>(in.offset());
  out.num_entries = in.u32();
  const std::uint64_t max_count = in.count();
  const std::uint64_t first = in.count();
  const std::uint64_t actual = in.count();
  if (!in.ok() || first != 0 || actual != out.num_entries || actual > max_count ||
      actual > max_answer_entries)
    return false;
  out.actual_count = out.num_entries;
  if (!check_entries(in, out.actual_count, out.entries)) return false;
  in.align(4);
  out.status_offset = static_cast<std::uint32_t>(in.offset());
  out.status = in.u32();
  return in.ok() && in.left() == 0;
}

}  // namespace

Reason read_lookup_request(Bytes stub, Ndr ndr, wire::ByteOrder order,
                           LookupRequest& out) noexcept {
  out = {};
  NdrReader in{stub, ndr, order};
  out.inquiry_offset = static_cast<std::uint32_t>(in.offset());
  out.inquiry_type = in.u32();
  const std::uint32_t object = read_referent(in);
  out.has_object = object != 0;
  if (out.has_object) out.object = in.uuid();
  const std::uint32_t interface = read_referent(in);
  out.has_interface = interface != 0;
  if (out.has_interface) read_interface(in, out);
  if (out.has_object && object == interface) return Reason::mapper_malformed;
  out.version_option = in.u32();
  out.handle = in.octets(context_handle_size);
  out.max_entries_offset = static_cast<std::uint32_t>(in.offset());
  out.max_entries = in.u32();
  if (!in.ok() || !asks_for_something(out) ||
      !detail::read_rest(in, order, out.verification_trailer))
    return Reason::mapper_malformed;
  return Reason::none;
}

bool LookupEntries::next(LookupEntry& out) noexcept {
  if (left_ == 0) return false;
  --left_;
  out = {};
  std::uint32_t referent = 0;
  if (!read_entry(entries_, out, referent) ||
      (out.has_tower && !detail::read_twr(towers_, out.tower))) {
    left_ = 0;  // the stub is not what it was
    return false;
  }
  return true;
}

Reason read_lookup_response(Bytes stub, Ndr ndr, wire::ByteOrder order,
                            LookupResponse& out) noexcept {
  out = {};
  NdrReader in{stub, ndr, order};
  if (read_answer(in, out)) return Reason::none;
  out = {};
  return Reason::mapper_malformed;
}

}  // namespace rpcgate::dcerpc
