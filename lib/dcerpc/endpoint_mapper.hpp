// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// ept_map of the endpoint mapper (C706 appendix O, MS-RPCE 2.2.1.2.5): question and answer, NDR and
// NDR64, either byte order. Strict: what two servers or clients could read differently is
// `mapper_malformed`. Called by lib/inspect on the flow's worker. Offsets count from the stub's
// first byte; a call in fragments is put together by the caller first.
#pragma once

#include <cstdint>

#include "base/static_vector.hpp"
#include "dcerpc/ndr.hpp"
#include "dcerpc/tower.hpp"
#include "stats/counters.hpp"

namespace rpcgate::dcerpc {

enum class MapperOp : std::uint16_t {
  insert = 0,
  remove = 1,
  lookup = 2,
  map = 3,
  lookup_handle_free = 4,
  inq_object = 5,
  mgmt_delete = 6,
  map_auth = 7,
  map_auth_async = 8
};

inline constexpr std::uint32_t ept_not_registered = 0x16c9a0d6;

// Where a tower lies in the stub, and what it says.
struct PlacedTower {
  Tower tower;
  std::uint32_t offset = 0;  // of its first octet
  std::uint32_t size = 0;
  // Of a tower of kind tcp; `uuid_offset` of every readable one.
  constexpr std::uint32_t uuid_offset() const noexcept { return offset + tower_uuid_offset; }
  constexpr std::uint32_t port_offset() const noexcept { return offset + tower_port_offset; }
  constexpr std::uint32_t address_offset() const noexcept { return offset + tower_address_offset; }
};

struct MapRequest {
  bool has_object = false;
  Uuid object;
  PlacedTower asked;
  Bytes handle;  // 20 bytes; all zero on the first call of an enumeration
  std::uint32_t max_towers = 0;
  std::uint32_t max_towers_offset = 0;
  bool verification_trailer = false;
};
// Refuses a missing tower and trailing bytes that are no verification trailer. A tower of another
// kind than tcp, or unreadable, is no failure: look at asked.tower.kind.
stats::Reason read_map_request(Bytes stub, Ndr ndr, wire::ByteOrder order,
                               MapRequest& out) noexcept;

inline constexpr std::size_t max_answer_towers = 32;

struct MapResponse {
  Bytes handle;  // 20 bytes; all zero when there is no more to fetch
  std::uint32_t num_towers = 0;
  std::uint32_t num_towers_offset = 0;
  StaticVector<PlacedTower, max_answer_towers> towers;  // null pointers left out
  std::uint32_t status = 0;
  std::uint32_t status_offset = 0;
};
stats::Reason read_map_response(Bytes stub, Ndr ndr, wire::ByteOrder order,
                                MapResponse& out) noexcept;

}  // namespace rpcgate::dcerpc
