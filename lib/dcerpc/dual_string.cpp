// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dcerpc/dual_string.hpp"

namespace rpcgate::dcerpc {
namespace {

constexpr std::uint16_t most_digits = 5;

constexpr bool is_host_unit(std::uint16_t unit) noexcept {
  return unit > ' ' && unit != ']' && unit != 0x7f;
}

// From behind the opening bracket to the NUL. Digits alone, no zero in front: readers of numbers
// differ about all else.
bool read_port(wire::Reader& in, std::size_t base, StringBinding& out) noexcept {
  out.port_offset = static_cast<std::uint32_t>(base + in.offset());
  std::uint32_t port = 0;
  std::uint16_t unit = in.u16();
  for (; unit >= '0' && unit <= '9'; unit = in.u16()) {
    if ((port == 0 && unit == '0') || ++out.port_units > most_digits) return false;
    port = port * 10 + (unit - '0');
  }
  if (port == 0 || port > 0xffff || unit != ']' || in.u16() != 0) return false;
  out.port = static_cast<wire::L4Port>(port);
  return in.ok();
}

// "host" or "host[port]", and the NUL.
bool read_tcp_text(wire::Reader& in, std::size_t base, StringBinding& out) noexcept {
  std::uint16_t unit = in.u16();
  for (; unit != 0 && unit != '['; unit = in.u16()) {
    if (!is_host_unit(unit)) return false;
    ++out.host_units;
  }
  if (!in.ok() || out.host_units == 0) return false;
  return unit == 0 || read_port(in, base, out);
}

bool read_other_text(wire::Reader& in, StringBinding& out) noexcept {
  while (in.u16() != 0) ++out.host_units;
  return in.ok() && out.host_units != 0;
}

// Some readers stop at the first empty binding, others where the security bindings begin: so there
// is an empty one, and nothing behind it.
bool read_bindings(wire::Reader in, std::size_t base, StringBindings& out) noexcept {
  for (StringBinding binding; (binding.protocol = in.u16()) != 0; binding = {}) {
    binding.host_offset = static_cast<std::uint32_t>(base + in.offset());
    const bool read = binding.protocol == protocol_tcp ? read_tcp_text(in, base, binding)
                                                       : read_other_text(in, binding);
    if (!read || !out.list.push_back(binding)) return false;
  }
  while (in.left() != 0)
    if (in.u16() != 0) return false;
  return in.ok();
}

}  // namespace

bool read_dual_string(NdrReader& in, std::size_t base, wire::ByteOrder order,
                      StringBindings& out) noexcept {
  out = {};
  out.order = order;
  const std::uint64_t max_count = in.count();
  const std::uint16_t entries = in.u16();
  const std::uint16_t security = in.u16();  // where the security bindings begin
  if (!in.ok() || max_count != entries || security > entries) return false;
  base += in.offset();
  const Bytes units = in.octets(std::size_t{entries} * 2);
  return in.ok() &&
         read_bindings(wire::Reader{units.first(std::size_t{security} * 2), order}, base, out);
}

}  // namespace rpcgate::dcerpc
