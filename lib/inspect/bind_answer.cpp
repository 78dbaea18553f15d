// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What the server made of a bind or alter_context: results come in the order of the elements. A
// server that accepts what was poisoned, or something nobody asked for, is cut off.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "inspect/lists.hpp"

namespace rpcgate::inspect {
namespace {

using dcerpc::BindAck;
using dcerpc::BindOutcome;
using dcerpc::BindResult;

Syntaxes one_syntax(const dcerpc::InterfaceId& transfer) noexcept {
  switch (dcerpc::syntax_of(transfer)) {
    case dcerpc::Syntax::ndr32:
      return syntax_ndr32;
    case dcerpc::Syntax::ndr64:
      return syntax_ndr64;
    case dcerpc::Syntax::features:
    case dcerpc::Syntax::other:
      break;
  }
  return 0;  // nothing a server may choose
}

void tell_accepted(Judging& j, const ContextItem& context) noexcept {
  Fact fact{event::Kind::bind_allowed, stats::Reason::none, context.rule, &context.interface};
  if (const SecurityItem* security = first_security(j)) {
    fact.level = static_cast<std::uint8_t>(security->level);
    name_caller(fact, security);
  }
  tell(j.env, fact);
}

// The element with this id came to nothing.
void take_back(Judging& j, std::uint16_t id) noexcept {
  ContextItem* context = find_context(j, id);
  if (context == nullptr) return;
  if (context->asked > 0) --context->asked;
  // An id whose only use was rejected means nothing again; one that was accepted before stays.
  if (context->asked == 0 && context->state != ContextState::accepted) remove_context(j, id);
}

Verdict take_outcome(Judging& j, const BindItem& bind, std::size_t i,
                     const BindOutcome& outcome) noexcept {
  const auto bit = 1u << i;
  const bool makes_context = (bind.features & bit) == 0;
  if (outcome.result != BindResult::acceptance) {
    if (makes_context) take_back(j, bind.ids[i]);
    return released;
  }
  ContextItem* context = makes_context ? find_context(j, bind.ids[i]) : nullptr;
  const Syntaxes syntax = one_syntax(outcome.transfer);
  const bool asked_for =
      context != nullptr && (bind.poisoned & bit) == 0 && (context->offered & syntax) != 0;
  if (!asked_for) {
    if (!j.lenient()) return cut(stats::Reason::pdu_unexpected);
    // The capture's server saw no poison: what was refused stays so.
    const bool refused = context != nullptr && context->state == ContextState::poisoned;
    if (makes_context && !refused) take_back(j, bind.ids[i]);
    return released;
  }
  if (context->asked > 0) --context->asked;
  if (context->state == ContextState::accepted) {
    const bool same = context->accepted == syntax || j.lenient();
    return same ? released : cut(stats::Reason::context_changed);
  }
  context->state = ContextState::accepted;
  context->accepted = syntax;
  if (context->interface.uuid != dcerpc::ids::epmapper.uuid) j.association.beyond_mapper = true;
  tell_accepted(j, *context);
  return released;
}

// The text of the server's port tells the inner port; the outer one fits when it is as long.
void hide_inner_port(const Judging& j, MutableBytes text) noexcept {
  const FlowView& flow = j.env.flow;
  std::array<char, 6> inner{};  // with the NUL
  std::array<char, 6> outer{};
  const auto* inner_end = std::to_chars(inner.data(), inner.data() + 5, flow.server.port).ptr;
  const auto* outer_end = std::to_chars(outer.data(), outer.data() + 5, flow.outer_port).ptr;
  const auto size = static_cast<std::size_t>(inner_end - inner.data());
  if (outer_end - outer.data() != inner_end - inner.data() || text.size() != size + 1) return;
  if (std::memcmp(text.data(), inner.data(), size) == 0)
    std::memcpy(text.data(), outer.data(), size);
}

void note_bound(Judging& j, const BindAck& ack) noexcept {
  Association& a = j.association;
  const FlowView& flow = j.env.flow;
  a.bound = true;
  a.conc_mpx = j.header().has(dcerpc::flag_conc_mpx);
  a.max_fragment = std::max(ack.max_xmit, ack.max_recv);
  a.group = ack.group;
  a.group_told = j.env.now;
  j.env.groups.give(flow.scope.client, flow.server.address, ack.group, j.env.now);
}

}  // namespace

Verdict judge_bind_answer(Judging& j, MutableBytes pdu) noexcept {
  const bool alter = j.header().type == dcerpc::PduType::alter_context_resp;
  const BindItem* oldest = oldest_bind(j);
  if (oldest == nullptr || oldest->alter != alter || oldest->call_id != j.header().call_id)
    return j.lenient() ? released : cut(stats::Reason::pdu_unexpected);
  BindAck ack;
  const stats::Reason bad = dcerpc::read_bind_ack(j.header(), pdu, ack);
  if (bad != stats::Reason::none) return cut(bad);
  const BindItem bind = *oldest;
  // Servers of old answer the first element alone: what is not answered is not accepted.
  if (ack.outcomes.empty() || ack.outcomes.size() > bind.elements)
    return cut(stats::Reason::pdu_malformed);
  remove_oldest_bind(j);
  if (ack.has_trailer) {
    const Verdict token = judge_server_token(j, pdu, ack.trailer);
    if (is_cut(token)) return token;
  }
  for (std::size_t i = 0; i < bind.elements; ++i) {
    const BindOutcome outcome = i < ack.outcomes.size() ? ack.outcomes[i] : BindOutcome{};
    const Verdict verdict = take_outcome(j, bind, i, outcome);
    if (is_cut(verdict)) return verdict;
  }
  if (!alter) {
    note_bound(j, ack);
    hide_inner_port(j, pdu.subspan(ack.port_text.offset, ack.port_text.size));
  }
  note_session(j);
  return released;
}

Verdict judge_bind_nak(Judging& j, Bytes pdu) noexcept {
  dcerpc::BindNak nak;
  const stats::Reason bad = dcerpc::read_bind_nak(j.header(), pdu, nak);
  if (bad != stats::Reason::none) return cut(bad);
  if (oldest_bind(j) == nullptr && !j.lenient()) return cut(stats::Reason::pdu_unexpected);
  while (oldest_bind(j) != nullptr) remove_oldest_bind(j);
  remove_all_contexts(j);
  j.association.refused = true;
  return released;
}

void drop_faulted_bind(Judging& j) noexcept {
  const BindItem bind = *oldest_bind(j);
  for (std::size_t i = 0; i < bind.elements; ++i)
    if ((bind.features & (1u << i)) == 0) take_back(j, bind.ids[i]);
  remove_oldest_bind(j);
}

}  // namespace rpcgate::inspect
