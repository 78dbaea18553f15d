// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The string bindings of a DUALSTRINGARRAY (MS-DCOM 2.2.19): the places where an object resolver
// or an object exporter is called, as texts: "SERVER[49667]", "10.1.1.20[49667]". The security
// bindings behind them name no place and are not read.
#pragma once

#include <cstdint>

#include "base/static_vector.hpp"
#include "dcerpc/ndr.hpp"
#include "wire/address.hpp"

namespace rpcgate::dcerpc {

inline constexpr std::uint16_t protocol_tcp = 7;  // ncacn_ip_tcp (C706 appendix I)

// Offsets count from the stub's first byte and are those of UTF-16 units, two bytes each.
struct StringBinding {
  std::uint16_t protocol = 0;
  std::uint16_t host_units = 0;  // at least one; of another protocol than TCP all of the text
  std::uint32_t host_offset = 0;
  std::uint32_t port_offset = 0;  // of the first digit
  std::uint16_t port_units = 0;   // digits; 0: the text names no port
  wire::L4Port port = 0;          // of TCP, 0 when there is none
};

inline constexpr std::size_t max_string_bindings = 32;  // two for each address are usual

struct StringBindings {
  StaticVector<StringBinding, max_string_bindings> list;
  wire::ByteOrder order = wire::ByteOrder::little;  // of the units
};

// The array with its conformance, in NDR or NDR64. `base`: where the reader's first byte lies in
// the stub. False: it cannot be read with certainty, or has more bindings than are kept.
bool read_dual_string(NdrReader& in, std::size_t base, wire::ByteOrder order,
                      StringBindings& out) noexcept;

}  // namespace rpcgate::dcerpc
