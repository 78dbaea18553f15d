// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// ept_lookup of the endpoint mapper (C706 appendix O): question and answer, NDR and NDR64, either
// byte order. Strict as ept_map is (endpoint_mapper.hpp): what two servers or clients could read
// differently is `mapper_malformed`. Pointers are full ones (C706 14.3.10), where an id that
// comes again stands for what was read before, so it must not come again. Called by lib/inspect on
// the flow's worker. Offsets count from the stub's first byte.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include "dcerpc/endpoint_mapper.hpp"

namespace rpcgate::dcerpc {

// What to list (C706 appendix O, ept_lookup). Others are malformed.
inline constexpr std::uint32_t inquire_all = 0;
inline constexpr std::uint32_t inquire_by_interface = 1;
inline constexpr std::uint32_t inquire_by_object = 2;
inline constexpr std::uint32_t inquire_by_both = 3;

struct LookupRequest {
  std::uint32_t inquiry_type = 0;
  std::uint32_t inquiry_offset = 0;
  bool has_object = false;
  Uuid object;  // when not asked by: whatever was in the client's memory
  bool has_interface = false;
  InterfaceId interface;
  std::uint32_t interface_uuid_offset = 0;  // 16 bytes in the call's order; of has_interface
  std::uint32_t version_option = 0;
  Bytes handle;  // 20 bytes; all zero on the first call of an enumeration
  std::uint32_t max_entries = 0;
  std::uint32_t max_entries_offset = 0;
  bool verification_trailer = false;
};
// Refuses an inquiry by an interface that is missing, and trailing bytes that are no verification
// trailer.
stats::Reason read_lookup_request(Bytes stub, Ndr ndr, wire::ByteOrder order,
                                  LookupRequest& out) noexcept;

inline constexpr std::uint32_t max_answer_entries = 1024;  // a Windows host has about 350
inline constexpr std::uint32_t max_annotation_size = 64;   // ept_max_annotation_size

struct LookupEntry {
  Uuid object;
  std::uint32_t object_offset = 0;
  bool has_tower = false;
  PlacedTower tower;  // of any kind, or unreadable
  std::uint32_t annotation_offset = 0;
  std::uint32_t annotation_size = 0;
};

// Entries as they lie in the stub, which has to stay. A copy walks on its own. Patching within
// towers disturbs nothing.
class LookupEntries {
 public:
  constexpr LookupEntries() noexcept = default;  // none
  // `entries` and `towers` stand where the first of each begins.
  constexpr LookupEntries(const NdrReader& entries, const NdrReader& towers,
                          std::uint32_t count) noexcept
      : entries_(entries), towers_(towers), left_(count) {}

  // False after the last.
  bool next(LookupEntry& out) noexcept;
  template <class F>
  void each(F&& f) const noexcept(std::is_nothrow_invocable_v<F&, const LookupEntry&>) {
    LookupEntries walk = *this;
    LookupEntry entry;
    while (walk.next(entry)) f(std::as_const(entry));
  }

 private:
  NdrReader entries_{{}, Ndr::ndr32, wire::ByteOrder::little};
  NdrReader towers_{{}, Ndr::ndr32, wire::ByteOrder::little};
  std::uint32_t left_ = 0;
};

struct LookupResponse {
  Bytes handle;  // 20 bytes; all zero when there is no more to fetch
  std::uint32_t num_entries = 0;
  std::uint32_t num_entries_offset = 0;
  std::uint32_t actual_count = 0;  // of the array; the same as num_entries
  LookupEntries entries;
  std::uint32_t status = 0;
  std::uint32_t status_offset = 0;
};
// After any other reason than none, `out` has no entries.
stats::Reason read_lookup_response(Bytes stub, Ndr ndr, wire::ByteOrder order,
                                   LookupResponse& out) noexcept;

}  // namespace rpcgate::dcerpc
