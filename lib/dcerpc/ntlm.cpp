// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dcerpc/ntlm.hpp"

#include <algorithm>
#include <array>

#include "dcerpc/der.hpp"
#include "dcerpc/utf.hpp"

namespace rpcgate::dcerpc {
namespace {

constexpr std::array<std::uint8_t, 8> ntlm_signature{'N', 'T', 'L', 'M', 'S', 'S', 'P', 0};
constexpr std::array<std::uint8_t, 8> negoex_signature{'N', 'E', 'G', 'O', 'E', 'X', 'T', 'S'};
constexpr std::array<std::uint8_t, 6> spnego_oid{0x2b, 0x06, 0x01, 0x05, 0x05, 0x02};
constexpr std::array<std::uint8_t, 9> kerberos_oid{0x2a, 0x86, 0x48, 0x86, 0xf7,
                                                   0x12, 0x01, 0x02, 0x02};
constexpr std::array<std::uint8_t, 10> user_to_user_oid{0x2a, 0x86, 0x48, 0x86, 0xf7,
                                                        0x12, 0x01, 0x02, 0x02, 0x03};

constexpr std::uint8_t tag_ap_req = 0x6e;  // RFC 4120 5.10: application 14, 15, 30
constexpr std::uint8_t tag_ap_rep = 0x6f;
constexpr std::uint8_t tag_krb_error = 0x7e;

template <std::size_t N>
bool begins_with(Bytes bytes, const std::array<std::uint8_t, N>& with) noexcept {
  return bytes.size() >= N &&
         std::equal(with.begin(), with.end(), bytes.begin(), [](std::uint8_t a, std::byte b) {
           return a == std::to_integer<std::uint8_t>(b);
         });
}

// --- NTLM (MS-NLMP 2.2.1) ------------------------------------------------------------------------

// A payload field: length, allocated length, offset from the signature.
bool read_field(wire::Reader& in, Bytes message, Bytes& out) noexcept {
  const std::uint16_t length = in.u16();
  in.skip(2);
  const std::uint32_t offset = in.u32();
  out = {};
  if (!in.ok()) return false;
  if (length == 0) return true;
  if (offset > message.size() || message.size() - offset < length) return false;
  out = message.subspan(offset, length);
  return true;
}

template <std::size_t N>
FixedString<N> text_of(Bytes field, bool unicode) noexcept {
  std::array<char, N> text{};
  return std::string_view{text.data(),
                          unicode ? utf8_from_utf16(field, text) : utf8_from_oem(field, text)};
}

bool read_authenticate(wire::Reader& in, Bytes message, Token& out) noexcept {
  Bytes lm, nt, domain, user, workstation, key;
  for (Bytes* field : {&lm, &nt, &domain, &user, &workstation, &key})
    if (!read_field(in, message, *field)) return false;
  out.flags = in.u32();
  if (!in.ok()) return false;
  const bool unicode = (out.flags & ntlm_flag_unicode) != 0;
  out.user = text_of<64>(user, unicode);
  out.domain = text_of<64>(domain, unicode);
  out.workstation = text_of<32>(workstation, unicode);
  // A null session is recognised by its empty answers as well as by its flag (MS-NLMP 3.2.5.1.2);
  // its LM answer is empty or one zero. Without an answer nothing is proven, whatever user is
  // named.
  const bool proves_nothing = nt.empty() && lm.size() <= 1;
  out.anonymous = (out.flags & ntlm_flag_anonymous) != 0 || out.user.empty() || proves_nothing;
  return true;
}

bool read_ntlm(Bytes message, Token& out) noexcept {
  wire::Reader in{message};
  in.skip(ntlm_signature_size);
  switch (in.u32()) {
    case 1:
      out.kind = TokenKind::ntlm_negotiate;
      out.flags = in.u32();
      return in.ok();
    case 2:
      out.kind = TokenKind::ntlm_challenge;
      in.skip(8);  // target name
      out.flags = in.u32();
      return in.ok();
    case 3:
      out.kind = TokenKind::ntlm_authenticate;
      return read_authenticate(in, message, out);
    default:
      return false;
  }
}

// --- Kerberos ------------------------------------------------------------------------------------

// The field [number] of a SEQUENCE.
bool read_field(Bytes sequence, unsigned number, Bytes& out) noexcept {
  wire::Reader in{sequence};
  der::Element field;
  while (in.left() != 0 && der::read(in, field)) {
    if (field.tag != der::tag_context_0 + number) continue;
    out = field.content;
    return true;
  }
  return false;
}

template <std::size_t N>
class Builder {  // of a text that may not fit
 public:
  void add(std::string_view text) noexcept {
    const std::size_t size = std::min(text.size(), N - size_);
    std::memcpy(text_.data() + size_, text.data(), size);
    size_ += size;
  }
  std::string_view view() const noexcept { return {text_.data(), size_}; }

 private:
  std::array<char, N> text_;
  std::size_t size_ = 0;
};

std::string_view as_text(Bytes bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Whom the ticket of an AP-REQ is for (RFC 4120 5.3, 5.5.1). `content`: of its APPLICATION tag.
void read_service(Bytes content, Token& out) noexcept {
  constexpr std::uint8_t tag_general_string = 0x1b;
  constexpr std::uint8_t tag_ticket = der::tag_application_0 + 1;
  der::Element request;
  der::Element ticket;
  der::Element fields;
  der::Element realm;
  der::Element name;
  der::Element parts;
  Bytes part;
  if (!der::read_only(content, der::tag_sequence, request) ||
      !read_field(request.content, 3, part) || !der::read_only(part, tag_ticket, ticket) ||
      !der::read_only(ticket.content, der::tag_sequence, fields) ||
      !read_field(fields.content, 1, part) || !der::read_only(part, tag_general_string, realm) ||
      !read_field(fields.content, 2, part) || !der::read_only(part, der::tag_sequence, name) ||
      !read_field(name.content, 1, part) || !der::read_only(part, der::tag_sequence, parts))
    return;
  Builder<64> text;
  wire::Reader in{parts.content};
  der::Element component;
  for (bool first = true; in.left() != 0; first = false) {
    if (!der::read(in, tag_general_string, component)) return;
    if (!first) text.add("/");
    text.add(as_text(component.content));
  }
  text.add("@");
  text.add(as_text(realm.content));
  out.service.assign(text.view());
}

bool read_kerberos_message(Bytes token, Token& out) noexcept {
  wire::Reader in{token};
  der::Element element;
  if (!der::read(in, element) || in.left() != 0) return false;
  if (element.tag == tag_ap_req) read_service(element.content, out);
  return element.tag == tag_ap_req || element.tag == tag_ap_rep || element.tag == tag_krb_error;
}

// What follows the OID in the framing of RFC 2743 3.1: two bytes of token id (RFC 4121 4.1), then
// the message.
bool read_framed_kerberos(Bytes inner, Token& out) noexcept {
  wire::Reader in{inner};
  const std::uint8_t id = in.u8();
  const std::uint8_t zero = in.u8();
  return in.ok() && id >= 1 && id <= 3 && zero == 0 &&
         read_kerberos_message(in.take(in.left()), out);
}

// User to user (draft-swift-win2k-krb-user2user): asks for, or is, the peer's ticket first.
bool read_framed_user_to_user(Bytes inner, Token& out) noexcept {
  wire::Reader in{inner};
  const std::uint8_t id = in.u8();
  const std::uint8_t kind = in.u8();
  if (id != 4) return read_framed_kerberos(inner, out);
  der::Element ticket;
  return in.ok() && kind <= 1 && der::read_only(in.take(in.left()), der::tag_sequence, ticket);
}

// A frame of RFC 2743 3.1 with this OID; `inner`: what follows the OID.
template <std::size_t N>
bool read_frame(Bytes token, const std::array<std::uint8_t, N>& oid, std::size_t& inner_offset,
                Bytes& inner) noexcept {
  der::Element frame;
  der::Element mechanism;
  if (!der::read_only(token, der::tag_application_0, frame)) return false;
  wire::Reader in{frame.content};
  if (!der::read(in, der::tag_oid, mechanism)) return false;
  if (mechanism.content.size() != N || !begins_with(mechanism.content, oid)) return false;
  inner_offset = frame.offset + in.offset();
  inner = in.take(in.left());
  return true;
}

bool read_kerberos(Bytes token, Token& out) noexcept {
  out.kind = TokenKind::kerberos;
  std::size_t offset = 0;
  Bytes inner;
  if (read_frame(token, kerberos_oid, offset, inner)) return read_framed_kerberos(inner, out);
  if (read_frame(token, user_to_user_oid, offset, inner))
    return read_framed_user_to_user(inner, out);
  return read_kerberos_message(token, out);
}

// --- SPNEGO (RFC 4178 4.2) -----------------------------------------------------------------------

// A token of a mechanism, raw or taken out of SPNEGO.
bool read_mechanism(Bytes token, Token& out) noexcept {
  if (begins_with(token, ntlm_signature)) return read_ntlm(token, out);
  if (begins_with(token, negoex_signature)) {
    out.kind = TokenKind::negoex;
    return true;
  }
  return read_kerberos(token, out);
}

// NegTokenInit or NegTokenResp: a sequence of [0] to [4], each at most once and in order; the
// mechanism's token is [2] in both. `choice`: the tagged choice, at `offset` of auth_value.
bool read_negotiation(Bytes choice, std::uint8_t tag, std::size_t offset, Token& out) noexcept {
  der::Element outer;
  der::Element sequence;
  if (!der::read_only(choice, tag, outer)) return false;
  if (!der::read_only(outer.content, der::tag_sequence, sequence)) return false;
  wire::Reader in{sequence.content};
  std::uint8_t least = der::tag_context_0;
  out.in_spnego = true;
  out.kind = TokenKind::empty;
  while (in.left() != 0) {
    der::Element field;
    if (!der::read(in, field) || field.tag < least || field.tag > der::tag_context_0 + 4)
      return false;
    least = static_cast<std::uint8_t>(field.tag + 1);
    if (field.tag != der::tag_context_0 + 2) continue;
    der::Element token;
    if (!der::read_only(field.content, der::tag_octet_string, token)) return false;
    if (token.content.empty()) continue;
    if (!read_mechanism(token.content, out)) return false;
    out.signature_offset = static_cast<std::uint32_t>(offset + outer.offset + sequence.offset +
                                                      field.offset + token.offset);
  }
  return true;
}

bool read_spnego(Bytes value, Token& out) noexcept {
  std::size_t offset = 0;
  Bytes inner;
  if (read_frame(value, spnego_oid, offset, inner))
    return read_negotiation(inner, der::tag_context_0, offset, out);
  if (std::to_integer<std::uint8_t>(value.front()) == der::tag_context_0 + 1)
    return read_negotiation(value, der::tag_context_0 + 1, 0, out);
  return read_mechanism(value, out);  // servers take raw tokens under this type too
}

bool read_value(AuthType type, Bytes value, Token& out) noexcept {
  switch (type) {
    case AuthType::spnego:
      return read_spnego(value, out);
    case AuthType::ntlm:
      return begins_with(value, ntlm_signature) && read_ntlm(value, out);
    case AuthType::kerberos:
      return read_kerberos(value, out);
    case AuthType::netlogon:
      out.kind = TokenKind::netlogon;
      return true;
    case AuthType::tls:
      out.kind = TokenKind::tls;
      return true;
    case AuthType::none:
      break;
  }
  return false;
}

}  // namespace

Token read_token(AuthType type, Bytes auth_value) noexcept {
  Token token;
  if (auth_value.empty() || !read_value(type, auth_value, token)) return {};
  return token;
}

}  // namespace rpcgate::dcerpc
