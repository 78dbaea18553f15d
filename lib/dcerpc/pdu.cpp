// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dcerpc/pdu.hpp"

#include <array>

#include "base/check.hpp"

namespace rpcgate::dcerpc {
namespace {

constexpr std::uint8_t little_endian_ascii = 0x10;  // C706 14.1: integers little-endian, ASCII
constexpr std::uint8_t big_endian_ascii = 0x00;

// By type: the least that such a PDU holds before its trailer or its end. 0: a type that is
// connectionless, unknown, or of RPC over HTTP (RTS).
constexpr std::array<std::uint8_t, 20> least_body_ends = [] {
  std::array<std::uint8_t, 20> least{};
  const auto set = [&least](PduType type, std::uint8_t size) {
    least[static_cast<std::size_t>(type)] = size;
  };
  set(PduType::request, 24);
  set(PduType::response, 24);
  set(PduType::fault, 32);
  set(PduType::bind, 72);  // with one element and one transfer syntax
  set(PduType::bind_ack, 28);
  set(PduType::bind_nak, 18);
  set(PduType::alter_context, 72);
  set(PduType::alter_context_resp, 28);
  set(PduType::auth3, 20);
  set(PduType::shutdown, common_header_size);
  set(PduType::co_cancel, common_header_size);
  set(PduType::orphaned, common_header_size);
  return least;
}();

constexpr bool is_connection_oriented(std::uint8_t type) noexcept {
  return type < least_body_ends.size() && least_body_ends[type] != 0;
}

// Of a header that was read, whose type is connection-oriented.
constexpr std::uint32_t least_body_end(const CommonHeader& header) noexcept {
  RPCGATE_DCHECK(is_connection_oriented(static_cast<std::uint8_t>(header.type)));
  const bool object = header.type == PduType::request && header.has(flag_object_uuid);
  return std::uint32_t{least_body_ends[static_cast<std::size_t>(header.type)]} +
         (object ? std::uint32_t{sizeof(Uuid)} : 0u);
}

// What servers accept of a client, binds apart (MS-RPCE 3.3.1.5.2). An answer's length is a matter
// of what was negotiated.
constexpr bool is_too_long(const CommonHeader& header) noexcept {
  const bool auth3 = header.type == PduType::auth3;
  const bool clients = auth3 || header.type == PduType::request ||
                       header.type == PduType::co_cancel || header.type == PduType::orphaned;
  return (clients && header.frag_length > max_request_fragment) ||
         (auth3 && header.auth_length > max_auth3_token);
}

constexpr Reason check_lengths(const CommonHeader& header) noexcept {
  const std::uint32_t least = least_body_end(header);
  if (header.frag_length < least) return Reason::pdu_malformed;
  if (!header.has_trailer())
    return header.type == PduType::auth3 ? Reason::pdu_malformed : Reason::none;
  if (header.frag_length < least + trailer_size + header.auth_length) return Reason::pdu_malformed;
  if (header.trailer_offset() % 4 != 0) return Reason::pdu_malformed;
  return Reason::none;
}

constexpr bool is_known(AuthType type) noexcept {
  switch (type) {
    case AuthType::spnego:
    case AuthType::ntlm:
    case AuthType::tls:
    case AuthType::kerberos:
    case AuthType::netlogon:
      return true;
    case AuthType::none:
      break;
  }
  return false;
}

}  // namespace

Reason read_common_header(Bytes header, CommonHeader& out) noexcept {
  out = {};
  if (header.size() < common_header_size) return Reason::pdu_malformed;
  wire::Reader in{header.first(common_header_size)};
  const std::uint8_t major = in.u8();
  const std::uint8_t minor = in.u8();
  const std::uint8_t type = in.u8();
  if (major != 5 || minor != 0 || !is_connection_oriented(type)) return Reason::not_rpc;
  out.type = PduType{type};
  out.flags = in.u8();
  const std::uint8_t representation = in.u8();
  const bool float_and_rest = in.u8() != 0 || in.u16() != 0;
  if (float_and_rest) return Reason::pdu_malformed;
  if (representation != little_endian_ascii && representation != big_endian_ascii)
    return Reason::pdu_malformed;
  out.order = representation == little_endian_ascii ? ByteOrder::little : ByteOrder::big;
  in.set_order(out.order);
  out.frag_length = in.u16();
  out.auth_length = in.u16();
  out.call_id = in.u32();
  const Reason reason = check_lengths(out);
  if (reason != Reason::none) return reason;
  return is_too_long(out) ? Reason::pdu_too_long : Reason::none;
}

Reason read_trailer(const CommonHeader& header, Bytes eight, SecurityTrailer& out) noexcept {
  out = {};
  if (!header.has_trailer() || check_lengths(header) != Reason::none) return Reason::pdu_malformed;
  wire::Reader in{eight, header.order};
  out.type = AuthType{in.u8()};
  out.level = AuthLevel{in.u8()};
  out.pad = in.u8();
  in.skip(1);  // reserved: servers ignore it
  out.context_id = in.u32();
  if (!in.ok()) return Reason::pdu_malformed;
  out.offset = header.trailer_offset();
  out.token = {out.offset + trailer_size, header.auth_length};
  if (!is_known(out.type)) return Reason::pdu_malformed;
  if (out.level < AuthLevel::connect || out.level > AuthLevel::privacy)
    return Reason::pdu_malformed;
  if (out.pad > out.offset - least_body_end(header)) return Reason::pdu_malformed;
  return Reason::none;
}

Reason read_trailer_of(const CommonHeader& header, Bytes pdu, SecurityTrailer& out) noexcept {
  out = {};
  if (pdu.size() != header.frag_length || !header.has_trailer() ||
      check_lengths(header) != Reason::none)
    return Reason::pdu_malformed;
  return read_trailer(header, pdu.subspan(header.trailer_offset(), trailer_size), out);
}

Range stub_range(const CommonHeader& header, const SecurityTrailer* trailer) noexcept {
  const std::uint32_t begin = header.stub_offset();
  const std::uint32_t end =
      trailer == nullptr ? header.frag_length : trailer->offset - trailer->pad;
  return end < begin ? Range{begin, 0} : Range{begin, end - begin};
}

Reason read_request(const CommonHeader& header, Bytes body, RequestHeader& out) noexcept {
  out = {};
  if (header.type != PduType::request) return Reason::pdu_malformed;
  wire::Reader in{body, header.order};
  out.alloc_hint = in.u32();
  out.context_id = in.u16();
  out.opnum = in.u16();
  out.has_object = header.has(flag_object_uuid);
  if (out.has_object) out.object = Uuid::read(in);
  return in.ok() ? Reason::none : Reason::pdu_malformed;
}

Reason read_response(const CommonHeader& header, Bytes body, ResponseHeader& out) noexcept {
  out = {};
  if (header.type != PduType::response && header.type != PduType::fault)
    return Reason::pdu_malformed;
  wire::Reader in{body, header.order};
  out.alloc_hint = in.u32();
  out.context_id = in.u16();
  out.cancel_count = in.u8();
  in.skip(1);
  return in.ok() ? Reason::none : Reason::pdu_malformed;
}

Reason read_fault(const CommonHeader& header, Bytes body, FaultHeader& out) noexcept {
  out = {};
  if (header.type != PduType::fault) return Reason::pdu_malformed;
  const Reason reason = read_response(header, body, out.response);
  if (reason != Reason::none) return reason;
  wire::Reader in{body, header.order};
  in.skip(7);
  out.fault_flags = in.u8();
  out.status = in.u32();
  return in.ok() ? Reason::none : Reason::pdu_malformed;
}

Reason read_auth3(const CommonHeader& header, Bytes pdu, SecurityTrailer& out) noexcept {
  out = {};
  if (header.type != PduType::auth3) return Reason::pdu_malformed;
  const Reason reason = read_trailer_of(header, pdu, out);
  if (reason != Reason::none) return reason;
  // Nothing but pad between the four ignored bytes and the trailer.
  return out.offset - out.pad == least_body_end(header) ? Reason::none : Reason::pdu_malformed;
}

}  // namespace rpcgate::dcerpc
