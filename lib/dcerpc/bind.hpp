// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// bind and alter_context with their answers (C706 12.6.4.3-5, MS-RPCE 2.2.2.4 and 3.3.1.5.3): the
// presentation contexts asked for and granted, with the place of everything that a refusal
// overwrites. Accounted for to the last byte. All take the whole PDU.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/static_vector.hpp"
#include "dcerpc/pdu.hpp"

namespace rpcgate::dcerpc {

inline constexpr std::size_t max_bind_elements = 16;
inline constexpr std::size_t max_transfer_syntaxes = 8;

struct BindElement {
  std::uint16_t context_id = 0;
  InterfaceId abstract;
  std::uint32_t abstract_offset = 0;  // of the abstract syntax's 16 UUID bytes in the PDU
  StaticVector<InterfaceId, max_transfer_syntaxes> transfers;

  bool offers(Syntax syntax) const noexcept;  // ndr32, ndr64 or other, anywhere in the list
  // Bind time feature negotiation, which makes no context: recognised in the first transfer syntax
  // only (MS-RPCE 3.3.1.5.3) and, by read_bind(), in a bind only.
  bool negotiates_features = false;
  std::uint64_t features = 0;
};

struct Bind {
  std::uint16_t max_xmit = 0;
  std::uint16_t max_recv = 0;
  std::uint32_t group = 0;  // assoc_group_id, at group_offset; 0: a new group
  StaticVector<BindElement, max_bind_elements> elements;
  bool has_trailer = false;
  SecurityTrailer trailer;
};
// Refuses more or fewer elements than 1 to 16 and transfer syntaxes than 1 to 8, a second element
// of feature negotiation, and any byte that belongs to nothing (but for a repetition of the
// elements of an alter_context, which one client sends and nobody reads).
Reason read_bind(const CommonHeader& header, Bytes pdu, Bind& out) noexcept;
// The same of a PDU whose token is still to come: all up to the end of the security trailer.
Reason read_bind_without_token(const CommonHeader& header, Bytes pdu, Bind& out) noexcept;

enum class BindResult : std::uint16_t {  // C706 p_cont_def_result_t, MS-RPCE 2.2.2.4
  acceptance = 0,
  user_rejection = 1,
  provider_rejection = 2,
  negotiate_ack = 3  // features; `reason` holds the bits
};

struct BindOutcome {
  BindResult result = BindResult::provider_rejection;
  std::uint16_t reason = 0;
  InterfaceId transfer;
  std::uint32_t offset = 0;  // of this result in the PDU
};

struct BindAck {  // or alter_context_resp
  std::uint16_t max_xmit = 0;
  std::uint16_t max_recv = 0;
  std::uint32_t group = 0;
  Range port_text;  // sec_addr: the server's port in decimal, with its NUL; empty when altering
  StaticVector<BindOutcome, max_bind_elements> outcomes;  // in the order of the elements
  bool has_trailer = false;
  SecurityTrailer trailer;
};
// A trailer without token at the end, auth_length 0, is passed over: Windows sends it.
Reason read_bind_ack(const CommonHeader& header, Bytes pdu, BindAck& out) noexcept;

struct BindNak {
  std::uint16_t reason = 0;
};
Reason read_bind_nak(const CommonHeader& header, Bytes pdu, BindNak& out) noexcept;

}  // namespace rpcgate::dcerpc
