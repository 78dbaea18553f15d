// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "inspect/common_pdu.hpp"

#include <algorithm>

#include "inspect/lists.hpp"

namespace rpcgate::inspect {
namespace {

using dcerpc::PduType;
using stats::Reason;

// No rule's limits are lower (config/limit_options.hpp), and one PDU is shorter than any call may
// be.
constexpr std::uint16_t always_allowed_calls = 4;

// Does a PDU begin behind the bytes that are not read?
bool is_at_pdu(const Direction& d, std::uint32_t unread) noexcept {
  return d.phase == Phase::header || (d.phase == Phase::rest && d.wanted == unread);
}

CallItem* find_call(const Association& a, const dcerpc::CommonHeader& header,
                    arena::ItemPool& items) noexcept {
  return find_item<CallItem>(items, a.first_call,
                             [&](const CallItem& c) noexcept { return c.id == header.call_id; });
}

// By whom and how a request would have to be sent to be of `granted`.
bool has_terms(const Association& a, const Granted& granted, const CommonPdu& pdu,
               arena::ItemPool& items) noexcept {
  if (!pdu.header.has_trailer())
    return (!a.connect_context || a.trailer_seen) && granted.terms == Terms{};
  const auto* security = find_item<SecurityItem>(
      items, a.first_security,
      [&](const SecurityItem& s) noexcept { return s.id == pdu.auth_context; });
  return security != nullptr && security->type == pdu.auth_type &&
         security->level == pdu.auth_level && granted.terms == terms_of(*security);
}

bool find_request(const Association& a, Bytes bytes, const CommonEnv& env,
                  CommonPdu& pdu) noexcept {
  const dcerpc::CommonHeader& header = pdu.header;
  constexpr unsigned whole = dcerpc::flag_first_fragment | dcerpc::flag_last_fragment;
  constexpr unsigned uncommon = dcerpc::flag_maybe | dcerpc::flag_object_uuid;
  if ((header.flags & (whole | uncommon)) != whole) return false;
  if (a.request.open || a.calls >= always_allowed_calls || !env.items.has_room()) return false;
  const std::uint32_t stub = header.stub_offset();
  const std::uint32_t trailer = header.has_trailer() ? header.trailer_offset() : stub;
  const std::uint32_t end = header.has_trailer() ? trailer + dcerpc::trailer_size : stub;
  if (bytes.size() < end) return false;
  dcerpc::RequestHeader request;
  if (dcerpc::read_request(header, bytes.subspan(dcerpc::common_header_size), request) !=
      Reason::none)
    return false;
  pdu.context = request.context_id;
  pdu.opnum = request.opnum;
  if (header.has_trailer()) {
    dcerpc::SecurityTrailer eight;
    if (dcerpc::read_trailer(header, bytes.subspan(trailer, dcerpc::trailer_size), eight) !=
        Reason::none)
      return false;
    pdu.auth_type = eight.type;
    pdu.auth_level = eight.level;
    pdu.auth_context = eight.context_id;
  }
  const auto* context =
      find_item<ContextItem>(env.items, a.first_context,
                             [&](const ContextItem& c) noexcept { return c.id == pdu.context; });
  if (context == nullptr || context->state == ContextState::poisoned ||
      context->granted.generation != env.generation || !context->granted.contains(pdu.opnum) ||
      !has_terms(a, context->granted, pdu, env.items))
    return false;
  if (find_call(a, header, env.items) != nullptr) return false;
  pdu.read = {dcerpc::Range{0, stub}, dcerpc::Range{trailer, end - trailer}};
  return true;
}

bool find_answer(const Association& a, const CommonEnv& env, CommonPdu& pdu) noexcept {
  const dcerpc::CommonHeader& header = pdu.header;
  if (header.frag_length > std::max(dcerpc::max_request_fragment, a.max_fragment)) return false;
  pdu.call = find_call(a, header, env.items);
  if (pdu.call == nullptr) return false;
  const CallItem& call = *pdu.call;
  if (call.poisoned || call.unregisters || call.registration != notify::Sessions::no_slot)
    return false;
  if (call.level >= static_cast<std::uint8_t>(dcerpc::AuthLevel::call) && !header.has_trailer())
    return false;
  if (header.first() == call.answering) return false;
  pdu.read[0] = {0, dcerpc::common_header_size};
  return true;
}

void take_request(Association& a, const CommonPdu& pdu, const CommonEnv& env) noexcept {
  a.client_moved = env.now;
  a.asked = true;
  OpenRequest& r = a.request;
  r = {};
  r.call_id = pdu.header.call_id;
  r.context = pdu.context;
  r.opnum = pdu.opnum;
  r.flags = lasting_flags(pdu.header);
  r.bytes = stub_length(pdu.header);
  r.fragments = 1;  // it is all there
  CallItem* call = push_front<CallItem>(env.items, a.first_call);
  if (call != nullptr) {  // there was room
    ++a.calls;
    call->id = pdu.header.call_id;
    call->context = pdu.context;
    call->opnum = pdu.opnum;
  }
  if (!pdu.header.has_trailer()) return;
  a.trailer_seen = r.has_auth = r.trailer_seen = true;
  r.auth_type = pdu.auth_type;
  r.auth_level = pdu.auth_level;
  r.auth_context = pdu.auth_context;
  if (call != nullptr) call->level = static_cast<std::uint8_t>(pdu.auth_level);
}

void take_answer(Association& a, const CommonPdu& pdu, const CommonEnv& env) noexcept {
  a.server_moved = env.now;
  pdu.call->answering = true;
  if (!pdu.header.last()) return;
  const std::uint32_t id = pdu.header.call_id;
  if (take_out<CallItem>(env.items, a.first_call,
                         [id](const CallItem& c) noexcept { return c.id == id; }))
    --a.calls;
}

}  // namespace

bool find_common(const Association& a, Side from, std::uint32_t unread, Bytes bytes,
                 const CommonEnv& env, CommonPdu& pdu) noexcept {
  const Direction& d = from == Side::client ? a.client : a.server;
  if (a.mapper || !a.bind_seen || !d.order_known || !is_at_pdu(d, unread)) return false;
  if (a.group != 0 && env.now - a.group_told >= group_refresh) return false;
  if (bytes.size() < dcerpc::common_header_size ||
      dcerpc::read_common_header(bytes.first(dcerpc::common_header_size), pdu.header) !=
          Reason::none)
    return false;
  if (pdu.header.order != d.order) return false;
  const bool common = from == Side::client
                          ? pdu.header.type == PduType::request && find_request(a, bytes, env, pdu)
                          : pdu.header.type == PduType::response && find_answer(a, env, pdu);
  if (common)
    pdu.size =
        std::min(std::uint32_t{pdu.header.frag_length}, static_cast<std::uint32_t>(bytes.size()));
  return common;
}

void take_common(Association& a, Side from, const CommonPdu& pdu, const CommonEnv& env) noexcept {
  Direction& d = from == Side::client ? a.client : a.server;
  env.counters.counters.add(stats::Counter::pdus_judged);
  d.header = pdu.header;
  const std::uint32_t left = pdu.header.frag_length - pdu.size;
  d.phase = left == 0 ? Phase::header : Phase::rest;
  d.wanted = left == 0 ? std::uint32_t{dcerpc::common_header_size} : left;
  if (from == Side::client)
    take_request(a, pdu, env);
  else
    take_answer(a, pdu, env);
}

}  // namespace rpcgate::inspect
