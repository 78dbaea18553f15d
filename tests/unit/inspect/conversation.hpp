// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Beginnings of conversations that many tests share.
#pragma once

#include <gtest/gtest.h>

#include "dcerpc/uuid.hpp"
#include "rpc_world.hpp"

namespace rpcgate::test {

using event::Kind;
using inspect::FlowKind;
using inspect::Release;
using inspect::Side;
using stats::Counter;
using stats::Reason;

inline constexpr std::size_t opnum_at = 22;

inline dcerpc::InterfaceId id_of(const Interface& interface) {
  return {*dcerpc::Uuid::parse(interface.uuid), interface.major, interface.minor};
}
inline Octets slice(const Octets& from, std::size_t at, std::size_t size) {
  return Octets(from.begin() + static_cast<std::ptrdiff_t>(at),
                from.begin() + static_cast<std::ptrdiff_t>(at + size));
}
inline Octets ff(std::size_t size) {
  return Octets(size, std::byte{0xff});
}
// `from` with the bytes at `at` replaced.
inline Octets with(Octets from, std::size_t at, const Octets& bytes) {
  std::copy(bytes.begin(), bytes.end(), from.begin() + static_cast<std::ptrdiff_t>(at));
  return from;
}
inline Octets opnum_poisoned(const Octets& request_pdu) {
  return with(request_pdu, opnum_at, ff(2));
}
inline Head call(std::uint32_t id, ByteOrder order = ByteOrder::little) {
  return {id, order, 0x03};
}
inline Trailer ntlm(std::uint8_t level, Octets token = Octets(16), std::uint32_t context = 0) {
  return {10, level, context, std::move(token), 0};
}

// A data flow with one accepted context 0, bare.
inline void bind_bare(RpcWorld& w, const Interface& interface) {
  w.open(FlowKind::data);
  w.client(bind(call(1), {{0, interface}}));
  w.server(bind_ack(call(1), {accepted()}));
  ASSERT_FALSE(w.is_cut());
}

// A data flow with context 0, and a security context of NTLM whose caller is named.
inline void bind_ntlm(RpcWorld& w, const Interface& interface, std::uint8_t level,
                      const NtlmUser& user = {}) {
  w.open(FlowKind::data);
  w.client(bind(call(1), {{0, interface}}, ntlm(level, ntlm_negotiate())));
  w.server(bind_ack(call(1), {accepted()}, 0x3988, ntlm(level, ntlm_challenge())));
  w.client(auth3(call(1), ntlm(level, ntlm_authenticate(user))));
  ASSERT_FALSE(w.is_cut());
}

// A mapper flow whose context 0 was accepted in this syntax.
inline void bind_mapper(RpcWorld& w, Ndr ndr = Ndr::ndr32,
                        ByteOrder client_order = ByteOrder::little,
                        ByteOrder server_order = ByteOrder::little) {
  w.open(FlowKind::mapper);
  w.client(bind(call(1, client_order), {{0, epmapper, {syntax_of(ndr)}}}));
  w.server(bind_ack(call(1, server_order), {accepted(syntax_of(ndr))}));
  ASSERT_FALSE(w.is_cut());
}

// 10.1.1.20 published as 203.0.113.5 to 198.51.100.0/24 by one rule, "dc", with these keys.
inline std::string one_rule(const std::string& keys) {
  return R"(
[[port]]
name = "outer0"
zone = "outer"
networks = ["0.0.0.0/0"]
[[port]]
name = "inner0"
zone = "inner"
networks = ["10.0.0.0/8"]
[[publish]]
name = "dc"
clients = ["198.51.100.0/24"]
outer = "203.0.113.5"
server = "10.1.1.20"
)" + keys;
}

inline constexpr std::uint32_t server_address = 0x0a010114;     // 10.1.1.20
inline constexpr std::uint32_t published_address = 0xcb007105;  // 203.0.113.5

}  // namespace rpcgate::test
