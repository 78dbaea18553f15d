// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dcerpc/bind.hpp"

#include <algorithm>

namespace rpcgate::dcerpc {
namespace {

constexpr std::size_t elements_offset = 28;  // of bind and alter_context

bool whole(const CommonHeader& header, Bytes pdu) noexcept {
  return pdu.size() == header.frag_length && pdu.size() >= common_header_size;
}

// Where the body ends must be where trailer and pad begin: no byte may belong to nothing, or two
// readers could take it for different things. `gap`: bytes found in between.
Reason find_gap(std::size_t end, std::size_t body_end, std::size_t& gap) noexcept {
  if (end < body_end) return Reason::pdu_malformed;
  gap = end - body_end;
  return Reason::none;
}

// Reads the trailer of a whole PDU.
Reason read_tail(const CommonHeader& header, Bytes pdu, std::size_t body_end, bool& has_trailer,
                 SecurityTrailer& trailer, std::size_t& gap) noexcept {
  has_trailer = header.has_trailer();
  std::size_t end = pdu.size();
  if (has_trailer) {
    const Reason reason = read_trailer_of(header, pdu, trailer);
    if (reason != Reason::none) return reason;
    end = trailer.offset - std::size_t{trailer.pad};
  }
  return find_gap(end, body_end, gap);
}

// impacket's alter_context repeats its elements after itself without counting them. The repetition
// is read by no server and says nothing new.
bool repeats_elements(Bytes pdu, std::size_t begin, std::size_t end, std::size_t gap) noexcept {
  if (gap != end - begin) return false;
  const Bytes elements = pdu.subspan(begin, gap);
  const Bytes repetition = pdu.subspan(end, gap);
  return std::equal(elements.begin(), elements.end(), repetition.begin());
}

// p_cont_elem_t (C706 12.6.3.1), into a new one.
bool read_element(wire::Reader& in, bool may_negotiate, BindElement& out) noexcept {
  out.context_id = in.u16();
  const std::uint8_t transfers = in.u8();
  in.skip(1);
  out.abstract_offset = static_cast<std::uint32_t>(in.offset());
  out.abstract = InterfaceId::read_syntax(in);
  if (!in.ok() || transfers == 0 || transfers > max_transfer_syntaxes) return false;
  for (std::uint8_t i = 0; i < transfers; ++i)
    out.transfers.push_back(InterfaceId::read_syntax(in));
  out.negotiates_features = may_negotiate && syntax_of(out.transfers[0]) == Syntax::features;
  if (out.negotiates_features) out.features = feature_bits(out.transfers[0]);
  return in.ok();
}

// What stands before the trailer. `end`: where it ends.
Reason read_elements(const CommonHeader& header, Bytes pdu, Bind& out, std::size_t& end) noexcept {
  const bool is_bind = header.type == PduType::bind;
  if (!is_bind && header.type != PduType::alter_context) return Reason::pdu_malformed;
  wire::Reader in{pdu, header.order};
  in.skip(common_header_size);
  out.max_xmit = in.u16();
  out.max_recv = in.u16();
  out.group = in.u32();
  const std::uint8_t elements = in.u8();
  in.skip(3);  // reserved
  if (!in.ok() || elements == 0 || elements > max_bind_elements) return Reason::pdu_malformed;
  unsigned negotiating = 0;
  for (std::uint8_t i = 0; i < elements; ++i) {
    BindElement* element = out.elements.emplace_back();
    if (element == nullptr || !read_element(in, is_bind, *element)) return Reason::pdu_malformed;
    negotiating += element->negotiates_features ? 1 : 0;
  }
  end = in.offset();
  return negotiating > 1 ? Reason::pdu_malformed : Reason::none;
}

Reason judge_gap(const CommonHeader& header, Bytes pdu, std::size_t end, std::size_t gap) noexcept {
  if (gap == 0) return Reason::none;
  const bool harmless =
      header.type == PduType::alter_context && repeats_elements(pdu, elements_offset, end, gap);
  return harmless ? Reason::none : Reason::pdu_malformed;
}

}  // namespace

bool BindElement::offers(Syntax syntax) const noexcept {
  for (const InterfaceId& transfer : transfers)
    if (syntax_of(transfer) == syntax) return true;
  return false;
}

Reason read_bind(const CommonHeader& header, Bytes pdu, Bind& out) noexcept {
  out = {};
  std::size_t end = 0, gap = 0;
  if (!whole(header, pdu)) return Reason::pdu_malformed;
  Reason reason = read_elements(header, pdu, out, end);
  if (reason == Reason::none)
    reason = read_tail(header, pdu, end, out.has_trailer, out.trailer, gap);
  return reason == Reason::none ? judge_gap(header, pdu, end, gap) : reason;
}

Reason read_bind_without_token(const CommonHeader& header, Bytes pdu, Bind& out) noexcept {
  out = {};
  std::size_t end = 0, gap = 0;
  if (!header.has_trailer() || pdu.size() != header.trailer_offset() + trailer_size)
    return Reason::pdu_malformed;
  out.has_trailer = true;
  Reason reason = read_elements(header, pdu, out, end);
  if (reason == Reason::none) reason = read_trailer(header, pdu.last(trailer_size), out.trailer);
  if (reason == Reason::none)
    reason = find_gap(out.trailer.offset - std::size_t{out.trailer.pad}, end, gap);
  return reason == Reason::none ? judge_gap(header, pdu, end, gap) : reason;
}

Reason read_bind_ack(const CommonHeader& header, Bytes pdu, BindAck& out) noexcept {
  out = {};
  if (header.type != PduType::bind_ack && header.type != PduType::alter_context_resp)
    return Reason::pdu_malformed;
  if (!whole(header, pdu)) return Reason::pdu_malformed;
  wire::Reader in{pdu, header.order};
  in.skip(common_header_size);
  out.max_xmit = in.u16();
  out.max_recv = in.u16();
  out.group = in.u32();
  const std::uint16_t text_size = in.u16();
  out.port_text = {static_cast<std::uint32_t>(in.offset()), text_size};
  in.skip(text_size);
  in.align(4);
  const std::uint8_t results = in.u8();
  in.skip(3);  // reserved
  if (!in.ok() || results > max_bind_elements) return Reason::pdu_malformed;
  for (std::uint8_t i = 0; i < results; ++i) {
    BindOutcome outcome;
    outcome.offset = static_cast<std::uint32_t>(in.offset());
    outcome.result = BindResult{in.u16()};
    outcome.reason = in.u16();
    outcome.transfer = InterfaceId::read_syntax(in);
    if (!in.ok() || outcome.result > BindResult::negotiate_ack) return Reason::pdu_malformed;
    out.outcomes.push_back(outcome);
  }
  std::size_t gap = 0;
  const Reason reason = read_tail(header, pdu, in.offset(), out.has_trailer, out.trailer, gap);
  // Windows ends a Kerberos handshake with a trailer that has no token and an auth_length of 0.
  const bool bare_trailer = !out.has_trailer && gap == trailer_size;
  return reason != Reason::none || gap == 0 || bare_trailer ? reason : Reason::pdu_malformed;
}

Reason read_bind_nak(const CommonHeader& header, Bytes pdu, BindNak& out) noexcept {
  out = {};
  if (header.type != PduType::bind_nak || !whole(header, pdu)) return Reason::pdu_malformed;
  wire::Reader in{pdu, header.order};
  in.skip(common_header_size);
  out.reason = in.u16();  // what follows (versions, extended error) is for people
  return in.ok() ? Reason::none : Reason::pdu_malformed;
}

}  // namespace rpcgate::dcerpc
