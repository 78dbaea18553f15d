// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Connection-oriented PDUs of DCE/RPC 5.0 (C706 12.6, MS-RPCE 2.2.2): common header, security
// trailer, and the headers of request, response, fault and auth3. Pure readers: no state, no
// judgement of what is allowed, only of what can be read in one way. Called by lib/inspect on the
// flow's worker; every failure is a stats::Reason, `none` is success.
//
// Offsets count from the PDU's first byte. "Body" is what follows the 16 bytes of common header.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "dcerpc/uuid.hpp"
#include "stats/counters.hpp"
#include "wire/reader.hpp"

namespace rpcgate::dcerpc {

using stats::Reason;
using wire::ByteOrder;

enum class PduType : std::uint8_t {
  request = 0,
  ping = 1,  // 1 and 4 to 10: connectionless only
  response = 2,
  fault = 3,
  working = 4,
  nocall = 5,
  reject = 6,
  ack = 7,
  cl_cancel = 8,
  fack = 9,
  cancel_ack = 10,
  bind = 11,
  bind_ack = 12,
  bind_nak = 13,
  alter_context = 14,
  alter_context_resp = 15,
  auth3 = 16,
  shutdown = 17,
  co_cancel = 18,
  orphaned = 19,
  rts = 20  // RPC over HTTP only
};

// pfc_flags (C706 12.6.3.1).
inline constexpr std::uint8_t flag_first_fragment = 0x01;
inline constexpr std::uint8_t flag_last_fragment = 0x02;
inline constexpr std::uint8_t flag_pending_cancel = 0x04;       // but on bind and its answers:
inline constexpr std::uint8_t flag_support_header_sign = 0x04;  // MS-RPCE 2.2.2.3
inline constexpr std::uint8_t flag_conc_mpx = 0x10;
inline constexpr std::uint8_t flag_did_not_execute = 0x20;
inline constexpr std::uint8_t flag_maybe = 0x40;
inline constexpr std::uint8_t flag_object_uuid = 0x80;

inline constexpr std::size_t common_header_size = 16;
inline constexpr std::size_t object_uuid_size = 16;
inline constexpr std::uint32_t trailer_size = 8;
inline constexpr std::uint16_t max_request_fragment = 5840;  // what servers take over TCP
inline constexpr std::uint16_t max_auth3_token = 4096;

// Positions of what a refusal overwrites.
inline constexpr std::size_t opnum_offset = 22;         // request
inline constexpr std::size_t group_offset = 20;         // bind, alter_context and their answers
inline constexpr std::size_t trailer_level_offset = 1;  // within the security trailer

struct Range {  // of bytes in a PDU
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
  constexpr std::uint32_t end() const noexcept { return offset + size; }
  constexpr Bytes of(Bytes pdu) const noexcept { return pdu.subspan(offset, size); }
  friend constexpr bool operator==(const Range&, const Range&) = default;
};

struct CommonHeader {
  PduType type = PduType::request;
  std::uint8_t flags = 0;
  ByteOrder order = ByteOrder::little;
  std::uint16_t frag_length = 0;
  std::uint16_t auth_length = 0;
  std::uint32_t call_id = 0;

  constexpr bool has(std::uint8_t flag) const noexcept { return (flags & flag) != 0; }
  constexpr bool first() const noexcept { return has(flag_first_fragment); }
  constexpr bool last() const noexcept { return has(flag_last_fragment); }
  constexpr bool has_trailer() const noexcept { return auth_length != 0; }
  // Where the security trailer begins; has_trailer() only.
  constexpr std::uint32_t trailer_offset() const noexcept {
    return std::uint32_t{frag_length} - auth_length - trailer_size;
  }
  // Where the body that depends on the type ends and the stub of a request or response begins.
  constexpr std::uint32_t stub_offset() const noexcept {
    return type == PduType::request && has(flag_object_uuid) ? 40u : 24u;
  }
};

// Reads the first 16 bytes and checks all that can be known from them: version 5.0, a type of the
// connection-oriented protocol, an undisputed data representation, lengths that the type can have,
// a trailer that lies inside and aligned (MS-RPCE 2.2.2.11). `not_rpc`: not this protocol at all;
// `pdu_malformed`: lengths contradict each other; `pdu_too_long`: a client's PDU that no server
// takes. Direction and state (which type may come now) are the caller's.
Reason read_common_header(Bytes header, CommonHeader& out) noexcept;

// --- security trailer ----------------------------------------------------------------------------

enum class AuthType : std::uint8_t {  // MS-RPCE 2.2.1.1.7
  none = 0,
  spnego = 9,
  ntlm = 10,
  tls = 14,
  kerberos = 16,
  netlogon = 68
};

enum class AuthLevel : std::uint8_t {  // MS-RPCE 2.2.1.1.8
  none = 1,
  connect = 2,
  call = 3,
  packet = 4,
  integrity = 5,
  privacy = 6
};

struct SecurityTrailer {
  AuthType type = AuthType::none;
  AuthLevel level = AuthLevel::none;
  std::uint8_t pad = 0;  // bytes between the body and the trailer
  std::uint32_t context_id = 0;
  std::uint32_t offset = 0;  // of the trailer in the PDU
  Range token;               // auth_value: what follows the trailer, to the PDU's end
  constexpr std::uint32_t level_offset() const noexcept {
    return offset + static_cast<std::uint32_t>(trailer_level_offset);
  }
  friend constexpr bool operator==(const SecurityTrailer&, const SecurityTrailer&) = default;
};

// `eight`: the trailer's bytes, those at header.trailer_offset(). Refuses a type that is not listed
// above, a level outside 2 to 6 and a pad that reaches over the body's beginning.
Reason read_trailer(const CommonHeader& header, Bytes eight, SecurityTrailer& out) noexcept;
// The same out of a whole PDU that has a trailer.
Reason read_trailer_of(const CommonHeader& header, Bytes pdu, SecurityTrailer& out) noexcept;

// The stub of a request or response: without pad and trailer. `trailer`: null without one.
Range stub_range(const CommonHeader& header, const SecurityTrailer* trailer) noexcept;

// --- bodies --------------------------------------------------------------------------------------

struct RequestHeader {
  std::uint32_t alloc_hint = 0;  // any value is legal: never allocate by it
  std::uint16_t context_id = 0;
  std::uint16_t opnum = 0;
  bool has_object = false;
  Uuid object;
};
// `body`: at least the bytes 16..23 of the PDU, or 16..39 with an object UUID.
Reason read_request(const CommonHeader& header, Bytes body, RequestHeader& out) noexcept;

struct ResponseHeader {
  std::uint32_t alloc_hint = 0;
  std::uint16_t context_id = 0;  // servers may echo the low eight bits only: match by call_id
  std::uint8_t cancel_count = 0;
};
// `body`: at least the bytes 16..23 of the PDU.
Reason read_response(const CommonHeader& header, Bytes body, ResponseHeader& out) noexcept;

struct FaultHeader {
  ResponseHeader response;
  std::uint8_t fault_flags = 0;
  std::uint32_t status = 0;
};
// `body`: at least the bytes 16..27 of the PDU.
Reason read_fault(const CommonHeader& header, Bytes body, FaultHeader& out) noexcept;

// rpc_auth_3 (MS-RPCE 2.2.2.5): four bytes of any value, then the trailer. Needs the whole PDU.
Reason read_auth3(const CommonHeader& header, Bytes pdu, SecurityTrailer& out) noexcept;

// Statuses of faults worth naming (C706 appendix E, MS-RPCE 3).
inline constexpr std::uint32_t fault_access_denied = 0x00000005;
inline constexpr std::uint32_t fault_op_range = 0x1c010002;
inline constexpr std::uint32_t fault_unknown_interface = 0x1c010003;
inline constexpr std::uint32_t fault_protocol_error = 0x1c01000b;

}  // namespace rpcgate::dcerpc
