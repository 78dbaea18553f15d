// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Who says to be calling: the token of a security trailer, as far as it travels in clear. NTLM
// (MS-NLMP 2.2.1), raw or inside SPNEGO (RFC 4178, DER), and whether it is Kerberos (RFC 4121)
// instead. Input is hostile: whatever could be read in two ways is `unreadable`, and to be refused
// where the caller's name matters.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/fixed_string.hpp"
#include "dcerpc/pdu.hpp"

namespace rpcgate::dcerpc {

enum class TokenKind : std::uint8_t {
  unreadable,         // no certain reading
  empty,              // SPNEGO that carries no mechanism token (negotiation alone, or its end)
  ntlm_negotiate,     // type 1, client
  ntlm_challenge,     // type 2, server
  ntlm_authenticate,  // type 3, client: the fields of Token below are filled
  kerberos,           // AP-REQ, AP-REP or KRB-ERROR, raw or framed: not NTLM
  negoex,             // MS-NEGOEX offered first: some other token will follow
  netlogon,           // secure channel: authenticated by the machine's session key
  tls
};

inline constexpr std::uint32_t ntlm_flag_unicode = 0x00000001;
inline constexpr std::uint32_t ntlm_flag_seal = 0x00000020;
inline constexpr std::uint32_t ntlm_flag_anonymous = 0x00000800;

struct Token {
  TokenKind kind = TokenKind::unreadable;
  bool in_spnego = false;  // wrapped, not raw
  // NTLM kinds: of "NTLMSSP\0" within auth_value. Overwritten with FF the server refuses it.
  std::uint32_t signature_offset = 0;
  std::uint32_t flags = 0;  // NTLM challenge and authenticate: NegotiateFlags
  // ntlm_authenticate: nobody in particular. The flag says so, or no user is named, or nothing is
  // offered that would prove who it is (MS-NLMP 3.2.5.1.2).
  bool anonymous = false;
  FixedString<64> user;  // UTF-8, cut at a whole character
  FixedString<64> domain;
  FixedString<32> workstation;
  // kerberos, of an AP-REQ: whom the ticket is for, as in "host/dc.example.org@EXAMPLE.ORG", cut
  // where it is long (RFC 4120 5.3). Empty where it cannot be read.
  FixedString<64> service;
};
inline constexpr std::size_t ntlm_signature_size = 8;

// `type`: of the trailer; `auth_value`: what follows it.
Token read_token(AuthType type, Bytes auth_value) noexcept;

}  // namespace rpcgate::dcerpc
