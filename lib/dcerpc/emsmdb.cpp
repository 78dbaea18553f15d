// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "dcerpc/emsmdb.hpp"

namespace rpcgate::dcerpc {
namespace {

constexpr std::uint16_t family_v4 = 2, family_v6 = 23;  // AF_INET and AF_INET6 of Windows
constexpr std::size_t sockaddr_v4 = 16, sockaddr_v6 = 28;

// The family is in the client's order, which is little-endian wherever Windows runs; port and
// address are in network order.
bool read_sockaddr(Bytes bytes, PushRegistration& out) noexcept {
  wire::Reader in{bytes, wire::ByteOrder::little};
  const std::uint16_t family = in.u16();
  in.set_order(wire::ByteOrder::big);
  out.port = in.u16();
  if (family == family_v6) in.skip(4);  // flow information
  const Bytes address = in.take(family == family_v6 ? 16 : 4);
  if (!in.ok()) return false;
  const auto* octets = reinterpret_cast<const std::uint8_t*>(address.data());
  if (family == family_v4 && bytes.size() == sockaddr_v4)
    out.address = wire::IpAddress::from_v4_octets(octets);
  else if (family == family_v6 && bytes.size() == sockaddr_v6)
    out.address = wire::IpAddress::from_v6_octets(octets);
  else
    return false;
  return true;
}

}  // namespace

bool read_push_registration(Bytes stub, Ndr ndr, wire::ByteOrder order,
                            PushRegistration& out) noexcept {
  out = {};
  NdrReader in{stub, ndr, order};
  in.octets(context_handle_size);
  in.u32();  // iRpc: ignored
  const std::uint64_t context_size = in.count();
  if (!in.ok() || context_size > max_push_context) return false;
  out.context = in.octets(static_cast<std::size_t>(context_size));
  if (in.u16() != context_size) return false;
  in.u32();  // grbitAdviseBits
  const std::uint64_t address_size = in.count();
  if (!in.ok() || (address_size != sockaddr_v4 && address_size != sockaddr_v6)) return false;
  const auto at = static_cast<std::uint32_t>(in.offset());
  out.port_offset = at + 2;
  out.address_offset = at + (address_size == sockaddr_v6 ? 8u : 4u);
  const Bytes address = in.octets(static_cast<std::size_t>(address_size));
  if (in.u16() != address_size || !in.ok()) return false;
  if (!read_sockaddr(address, out)) return false;
  if (in.left() == 0) return true;
  in.align(4);
  return in.ok() && is_verification_trailer(in.octets(in.left()), order);
}

}  // namespace rpcgate::dcerpc
