// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Framing: where PDUs begin and end in each direction, which of their bytes are read, and whom they
// are given to. What a PDU may say is judged in the other files of this folder.
#include "inspect/inspector.hpp"

#include <algorithm>
#include <initializer_list>

#include "inspect/lists.hpp"
#include "policy/limits.hpp"

namespace rpcgate::inspect {
namespace {

using dcerpc::CommonHeader;
using dcerpc::PduType;
using stats::Reason;

constexpr std::uint32_t header_size = dcerpc::common_header_size;

Direction& direction_of(Association& a, Side from) noexcept {
  return from == Side::client ? a.client : a.server;
}

void expect(Direction& d, Phase phase, std::uint32_t length) noexcept {
  d.phase = phase;
  d.wanted = length;
}
void expect_header(Direction& d) noexcept {
  expect(d, Phase::header, header_size);
}
// What is left of the PDU behind its first `done` bytes is passed.
void expect_rest(Direction& d, std::uint32_t done) noexcept {
  if (d.header.frag_length > done)
    expect(d, Phase::rest, d.header.frag_length - done);
  else
    expect_header(d);
}

constexpr bool is_one_of(PduType type, std::initializer_list<PduType> types) noexcept {
  return std::find(types.begin(), types.end(), type) != types.end();
}
constexpr bool client_may_send(PduType type) noexcept {
  return is_one_of(type, {PduType::request, PduType::bind, PduType::alter_context, PduType::auth3,
                          PduType::co_cancel, PduType::orphaned});
}
constexpr bool server_may_send(PduType type) noexcept {
  return is_one_of(type, {PduType::response, PduType::fault, PduType::bind_ack, PduType::bind_nak,
                          PduType::alter_context_resp, PduType::shutdown});
}
constexpr bool is_header_only(PduType type) noexcept {
  return is_one_of(type, {PduType::shutdown, PduType::co_cancel, PduType::orphaned});
}
// A bind is read whole (docs/decisions/0003), but a window may be too small for one with a token of
// tens of kilobytes; then the token is read on its way.
bool has_long_token(const CommonHeader& header) noexcept {
  constexpr std::uint16_t long_token = 16384;
  return is_one_of(header.type, {PduType::bind, PduType::alter_context}) &&
         header.auth_length > long_token;
}
constexpr bool is_answer(PduType type) noexcept {
  return is_one_of(type, {PduType::response, PduType::fault});
}

// May a PDU of this type come now, from this side?
Reason judge_order(Judging& j, Side from) noexcept {
  Association& a = j.association;
  const CommonHeader& header = j.header();
  Direction& d = j.direction;
  if (!d.order_known) {
    d.order_known = true;
    d.order = header.order;
  } else if (d.order != header.order) {
    return Reason::byte_order_changed;  // servers differ in which of the two they go by
  }
  if (from == Side::server) {
    if (header.type == PduType::request) return may_call_back(j) ? Reason::none : Reason::callback;
    if (!server_may_send(header.type)) return Reason::pdu_unexpected;
    if (!a.bind_seen && !j.lenient()) return Reason::pdu_unexpected;
    const std::uint16_t longest = std::max(dcerpc::max_request_fragment, a.max_fragment);
    if (is_answer(header.type) && header.frag_length > longest && !j.lenient())
      return Reason::pdu_too_long;
    return Reason::none;
  }
  if (is_answer(header.type) && a.callbacks != 0) return Reason::none;
  if (!client_may_send(header.type)) return Reason::pdu_unexpected;
  if (j.lenient()) return Reason::none;
  // The first is a bind, and there is one bind a connection.
  if ((header.type == PduType::bind) == a.bind_seen) return Reason::pdu_unexpected;
  return Reason::none;
}

void refresh_group(Judging& j) noexcept {
  Association& a = j.association;
  if (a.group == 0 || j.env.now - a.group_told < group_refresh) return;
  a.group_told = j.env.now;
  j.env.groups.give(j.env.flow.scope.client, j.env.flow.server.address, a.group, j.env.now);
}

// Chooses how the PDU whose header has been read is gone through. On mapper flows everything is
// read whole; on data flows only what is not stub data.
Verdict choose_phase(Judging& j, Side from) noexcept {
  Direction& d = j.direction;
  const CommonHeader& header = j.header();
  const bool mapper = j.association.mapper;
  if (header.type == PduType::request && from == Side::server) {
    expect(d, Phase::request, header.stub_offset() - header_size);
    return released;
  }
  if (is_answer(header.type) && from == Side::client) {
    note_callback_answer(j);
    expect_rest(d, header_size);
    return released;
  }
  if (is_header_only(header.type)) {
    expect_rest(d, header_size);
    return released;
  }
  if (header.type == PduType::request && !mapper) {
    expect(d, Phase::request, header.stub_offset() - header_size);
    return released;
  }
  if (is_answer(header.type) && !mapper) {
    const Verdict verdict = judge_answer_head(j);
    if (!is_cut(verdict)) expect_rest(d, header_size);
    return verdict;
  }
  if (header.frag_length <= header_size) return cut(Reason::pdu_malformed);
  const std::uint32_t whole =
      has_long_token(header) ? header.trailer_offset() + dcerpc::trailer_size : header.frag_length;
  expect(d, Phase::body, whole - header_size);
  return held;
}

Verdict judge_header(Judging& j, Side from, Bytes unit) noexcept {
  const Reason bad = dcerpc::read_common_header(unit, j.direction.header);
  if (bad != Reason::none) return cut(bad);
  const Reason order = judge_order(j, from);
  if (order != Reason::none) return cut(order);
  j.env.counters.counters.add(stats::Counter::pdus_judged);
  if (from == Side::client) j.association.bind_seen = true;
  (from == Side::client ? j.association.client_moved : j.association.server_moved) = j.env.now;
  refresh_group(j);
  return choose_phase(j, from);
}

Verdict judge_body(Judging& j, MutableBytes all) noexcept {
  const bool registers = j.header().type == PduType::request && !j.association.mapper;
  const bool long_token = has_long_token(j.header());
  // Of a registration the common header has left; a long token is still to come.
  const std::size_t size = long_token ? j.header().trailer_offset() + dcerpc::trailer_size
                                      : j.header().frag_length - (registers ? header_size : 0u);
  if (all.size() < size) return cut(Reason::pdu_malformed);
  const MutableBytes pdu = all.last(size);
  if (long_token)
    expect(j.direction, Phase::token, j.header().auth_length);
  else
    expect_header(j.direction);
  const PduType type = j.header().type;
  if (is_one_of(type, {PduType::bind, PduType::alter_context})) return judge_bind(j, pdu);
  if (is_one_of(type, {PduType::bind_ack, PduType::alter_context_resp}))
    return judge_bind_answer(j, pdu);
  if (type == PduType::bind_nak) return judge_bind_nak(j, pdu);
  if (type == PduType::auth3) return judge_auth3(j, pdu);
  if (registers) return judge_registration(j, pdu);
  if (type == PduType::request) return judge_mapper_request(j, pdu, all);
  if (is_answer(type)) return judge_mapper_answer(j, pdu, all);
  return cut(Reason::pdu_unexpected);
}

Verdict judge_token_phase(Judging& j, MutableBytes token) noexcept {
  expect_header(j.direction);
  return judge_long_token(j, token);
}

Verdict judge_server_request(Judging& j, MutableBytes rest) noexcept {
  const Verdict verdict = judge_callback(j, rest);
  if (!is_cut(verdict)) expect_rest(j.direction, j.header().stub_offset());
  return verdict;
}

Verdict judge_request(Judging& j, MutableBytes rest) noexcept {
  const Verdict verdict = judge_request_head(j, rest);
  if (is_cut(verdict)) return verdict;
  const CommonHeader& header = j.header();
  const std::uint32_t done = header.stub_offset();
  if (header.first() && j.association.request.registering && header.frag_length > done) {
    expect(j.direction, Phase::body, header.frag_length - done);
    return held;
  }
  if (!header.has_trailer())
    expect_rest(j.direction, done);
  else if (header.trailer_offset() > done)
    expect(j.direction, Phase::stub, header.trailer_offset() - done);
  else
    expect(j.direction, Phase::trailer, dcerpc::trailer_size);
  return verdict;
}

Verdict judge_trailer(Judging& j, MutableBytes eight) noexcept {
  const Verdict verdict = judge_request_trailer(j, eight, {});
  if (!is_cut(verdict)) expect_rest(j.direction, j.header().trailer_offset() + 8u);
  return verdict;
}

// While fragments of a mapper call are held, everything behind them waits its turn.
bool holds_earlier(const Association& a, Side from) noexcept {
  return from == Side::client ? a.request.gathering : a.open_answers != 0;
}

}  // namespace

void open(Association& association, FlowKind kind) noexcept {
  association = {};
  association.mapper = kind == FlowKind::mapper;
}

Want next_want(const Association& association, Side from) noexcept {
  const Direction& d = from == Side::client ? association.client : association.server;
  const bool pass = d.phase == Phase::stub || d.phase == Phase::rest;
  return {pass ? Want::Kind::pass : Want::Kind::read, d.phase == Phase::body, d.wanted,
          d.phase == Phase::token};
}

Verdict judge(Association& association, Side from, MutableBytes unit, MutableBytes held_bytes,
              Env& env) noexcept {
  Judging j{association, env, direction_of(association, from)};
  Verdict verdict = cut(Reason::pdu_unexpected);
  switch (j.direction.phase) {
    case Phase::header:
      verdict = judge_header(j, from, unit);
      break;
    case Phase::body:
      verdict = judge_body(j, held_bytes);
      break;
    case Phase::token:
      verdict = judge_token_phase(j, unit);
      break;
    case Phase::request:
      verdict = from == Side::client ? judge_request(j, unit) : judge_server_request(j, unit);
      break;
    case Phase::trailer:
      verdict = judge_trailer(j, unit);
      break;
    case Phase::stub:
    case Phase::rest:
      break;  // nothing was asked for
  }
  if (verdict.release == Release::release && holds_earlier(association, from)) return held;
  return verdict;
}

void all_passed(Direction& d) noexcept {
  if (d.phase == Phase::stub)
    expect(d, Phase::trailer, dcerpc::trailer_size);
  else
    expect_header(d);
}

Deadline deadline_of(const Association& a, Instant opened, const policy::Limits& limits) noexcept {
  // Not PDUs but bytes are waited for: a fragment may take what it takes.
  if (a.request.open) return {a.client_moved + limits.fragment_wait, Reason::call_stalled};
  if (!a.mapper) return {};
  if (!a.bind_seen) return {opened + limits.mapper_bind_wait, Reason::mapper_idle};
  // Clients of DCOM ask for an object's exporter again after minutes (MS-DCOM 3.2.6.1).
  if (a.beyond_mapper || a.calls != 0) return {};
  if (!a.asked) return {a.client_moved + limits.mapper_request_wait, Reason::mapper_idle};
  return {std::max(a.client_moved, a.server_moved) + limits.mapper_idle, Reason::mapper_idle};
}

Reason rejudge(Association& association, Env& env) noexcept {
  Judging j{association, env, association.client};
  for (ContextItem* context = first_context(j); context != nullptr;
       context = next_of(j, *context)) {
    if (context->state == ContextState::poisoned) continue;
    const policy::InterfaceVerdict verdict =
        judge_interface_here(j, context->interface, true, policy::Moment::goes_on);
    if (!verdict.allowed)
      return verdict.reason == Reason::outside_schedule ? verdict.reason : Reason::policy_changed;
    context->rule = verdict.rule;
  }
  return Reason::none;
}

bool may_start_pdu(Bytes bytes) noexcept {
  // Version 5.0, a known type, an ASCII and IEEE data representation: as much as there is of it.
  const auto at = [bytes](std::size_t i) { return std::to_integer<unsigned>(bytes[i]); };
  if (bytes.empty()) return true;
  if (at(0) != 5 || (bytes.size() > 1 && at(1) != 0)) return false;
  if (bytes.size() > 2 && at(2) > static_cast<unsigned>(PduType::orphaned)) return false;
  if (bytes.size() >= header_size) {
    CommonHeader header;
    return dcerpc::read_common_header(bytes.first(header_size), header) == Reason::none;
  }
  return bytes.size() <= 4 || at(4) == 0x10 || at(4) == 0x00;
}

void resynchronise(Association& association, Side from) noexcept {
  Direction& d = direction_of(association, from);
  expect_header(d);
  d.order_known = false;
  if (from == Side::client)
    association.request = {};
  else
    association.open_answers = 0;
}

void close(Association& association, Env& env) noexcept {
  if (association.group != 0)
    env.groups.give(env.flow.scope.client, env.flow.server.address, association.group, env.now);
  Judging j{association, env, association.client};
  leave_session(j);
  remove_everything(association, env.items);
}

}  // namespace rpcgate::inspect
