// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dcerpc/bind.hpp"

#include <algorithm>

namespace rpcgate::dcerpc {
namespace {

constexpr std::size_t elements_offset = 28;  // of bind and alter_context

// A bind may be read without its token, up to the end of its security trailer.
bool whole_but_for_token(const CommonHeader& header, Bytes pdu) noexcept {
  return header.has_trailer() && pdu.size() == header.trailer_offset() + trailer_size;
}
bool whole(const CommonHeader& header, Bytes pdu) noexcept {
  return pdu.size() == header.frag_length && pdu.size() >= common_header_size;
}

// Reads the trailer. Where the body ends must be where trailer and pad begin: no byte may belong to
// nothing, or two readers could take it for different things. `gap`: bytes found in between.
Reason read_tail(const CommonHeader& header, Bytes pdu, std::size_t body_end, bool& has_trailer,
                 SecurityTrailer& trailer, std::size_t& gap) noexcept {
  has_trailer = header.has_trailer();
  std::size_t end = pdu.size();
  if (has_trailer) {
    const Reason reason = read_trailer_of(header, pdu, trailer);
    if (reason != Reason::none) return reason;
    end = trailer.offset - std::size_t{trailer.pad};
  }
  if (end < body_end) return Reason::pdu_malformed;
  gap = end - body_end;
  return Reason::none;
}

// impacket's alter_context repeats its elements after itself without counting them. The repetition
// is read by no server and says nothing new.
bool repeats_elements(Bytes pdu, std::size_t begin, std::size_t end, std::size_t gap) noexcept {
  if (gap != end - begin) return false;
  const Bytes elements = pdu.subspan(begin, gap);
  const Bytes repetition = pdu.subspan(end, gap);
  return std::equal(elements.begin(), elements.end(), repetition.begin());
}

// p_cont_elem_t (C706 12.6.3.1).
bool read_element(wire::Reader& in, bool may_negotiate, BindElement& out) noexcept {
  out = {};
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

}  // namespace

bool BindElement::offers(Syntax syntax) const noexcept {
  for (const InterfaceId& transfer : transfers)
    if (syntax_of(transfer) == syntax) return true;
  return false;
}

Reason read_bind(const CommonHeader& header, Bytes pdu, Bind& out) noexcept {
  out = {};
  const bool is_bind = header.type == PduType::bind;
  if ((!is_bind && header.type != PduType::alter_context) ||
      (!whole(header, pdu) && !whole_but_for_token(header, pdu)))
    return Reason::pdu_malformed;
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
    BindElement element;
    if (!read_element(in, is_bind, element)) return Reason::pdu_malformed;
    negotiating += element.negotiates_features ? 1 : 0;
    out.elements.push_back(element);
  }
  if (negotiating > 1) return Reason::pdu_malformed;
  std::size_t gap = 0;
  const Reason reason = read_tail(header, pdu, in.offset(), out.has_trailer, out.trailer, gap);
  if (reason != Reason::none || gap == 0) return reason;
  const bool harmless = !is_bind && repeats_elements(pdu, elements_offset, in.offset(), gap);
  return harmless ? Reason::none : Reason::pdu_malformed;
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
