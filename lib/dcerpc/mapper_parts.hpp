// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What the readers of the endpoint mapper's calls share. Internal to lib/dcerpc.
#pragma once

#include "dcerpc/endpoint_mapper.hpp"

namespace rpcgate::dcerpc::detail {

// twr_t: tower_length and as many octets, the conformance in front (C706 appendix L). Says where it
// lies; the octets are handed out for reading.
inline bool place_twr(NdrReader& in, PlacedTower& out, Bytes& octets) noexcept {
  const std::uint64_t max_count = in.count();
  const std::uint32_t length = in.u32();
  if (!in.ok() || max_count != length || length > in.left()) return false;
  out.offset = static_cast<std::uint32_t>(in.offset());
  out.size = length;
  octets = in.octets(length);
  return in.ok();
}

inline bool read_twr(NdrReader& in, PlacedTower& out) noexcept {
  Bytes octets;
  if (!place_twr(in, out, octets)) return false;
  out.tower = read_tower(octets);
  return true;
}

// Servers skip what follows the parameters; only a verification trailer may (MS-RPCE 2.2.2.13).
inline bool read_rest(NdrReader& in, wire::ByteOrder order, bool& verification_trailer) noexcept {
  if (in.left() == 0) return true;
  in.align(4);
  if (!in.ok()) return false;
  verification_trailer = is_verification_trailer(in.octets(in.left()), order);
  return verification_trailer;
}

}  // namespace rpcgate::dcerpc::detail
