// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// bind and alter_context: every element is judged, forbidden ones are poisoned (the server then
// answers "abstract syntax not supported"), and what each context id means is remembered. Neither
// PDU is ever signed, so edits work at every level.
#include "inspect/lists.hpp"
#include "policy/limits.hpp"
#include "policy/rule.hpp"

namespace rpcgate::inspect {
namespace {

using dcerpc::Bind;
using dcerpc::BindElement;

constexpr std::size_t max_binds = 16;  // unanswered
constexpr std::size_t uuid_size = 16;
constexpr std::size_t flags_offset = 3;

Syntaxes offered_by(const BindElement& element) noexcept {
  unsigned set = 0;
  for (const dcerpc::InterfaceId& transfer : element.transfers) {
    switch (dcerpc::syntax_of(transfer)) {
      case dcerpc::Syntax::ndr32:
        set |= syntax_ndr32;
        break;
      case dcerpc::Syntax::ndr64:
        set |= syntax_ndr64;
        break;
      case dcerpc::Syntax::features:
        set |= syntax_features;
        break;
      case dcerpc::Syntax::other:
        set |= syntax_other;
        break;
    }
  }
  return static_cast<Syntaxes>(set);
}

// Feature negotiation alone makes no context. An element that offers more beside it may make one at
// a server that does not know features.
bool makes_context(const BindElement& element) noexcept {
  return !element.negotiates_features || offered_by(element) != syntax_features;
}

// A context id keeps its meaning: servers differ in whether a second use replaces it, so one with
// another meaning is never sent on, not even poisoned.
bool keeps_meaning(const Judging& j, const Bind& bind) noexcept {
  for (std::size_t i = 0; i < bind.elements.size(); ++i) {
    const BindElement& e = bind.elements[i];
    if (!makes_context(e)) continue;
    const Syntaxes offered = offered_by(e);
    if (const ContextItem* known = find_context(j, e.context_id)) {
      const bool same_syntax = known->state == ContextState::accepted
                                   ? (offered & known->accepted) != 0
                                   : offered == known->offered;
      if (!(known->interface == e.abstract) || !same_syntax) return false;
    }
    for (std::size_t k = 0; k < i; ++k) {
      const BindElement& other = bind.elements[k];
      if (other.context_id == e.context_id && makes_context(other) &&
          (!(other.abstract == e.abstract) || offered_by(other) != offered))
        return false;
    }
  }
  return true;
}

// Remembers the element's context, new or known.
Verdict note_context(Judging& j, const BindElement& element, policy::RuleId rule,
                     bool bad) noexcept {
  ContextItem* context = find_context(j, element.context_id);
  if (context == nullptr) {
    if (j.association.contexts >= limits_of(j).presentation_contexts)
      return cut(stats::Reason::too_many_contexts);
    context = add_context(j, element.context_id);
    if (context == nullptr) return cut(stats::Reason::state_table_full);
    context->state = bad ? ContextState::poisoned : ContextState::pending;
    context->offered = offered_by(element);
    context->interface = element.abstract;
  }
  context->rule = rule;
  ++context->asked;
  return released;
}

// The mapper may be bound under a signature where the rule wants its calls to be editable. Clients
// then ask it bare.
void judge_mapper_protection(const Judging& j, const Bind& bind, const BindElement& element,
                             policy::InterfaceVerdict& verdict) noexcept {
  const policy::Rule* rule = j.env.snapshot.rule(verdict.rule);
  const bool signs = bind.has_trailer && bind.trailer.level > dcerpc::AuthLevel::connect;
  if (!verdict.allowed || !signs || rule == nullptr ||
      rule->mapper_authentication == policy::MapperAuthentication::read ||
      !dcerpc::same_interface(element.abstract, dcerpc::ids::epmapper))
    return;
  verdict.allowed = false;
  verdict.reason = stats::Reason::mapper_authenticated;
}

Verdict judge_element(Judging& j, MutableBytes pdu, const Bind& bind, std::size_t i,
                      BindItem& item) noexcept {
  const BindElement& element = bind.elements[i];
  const auto bit = static_cast<std::uint16_t>(1u << i);
  policy::InterfaceVerdict verdict = judge_interface_here(j, element.abstract, true);
  judge_mapper_protection(j, bind, element, verdict);
  if (!verdict.allowed) {
    Fact fact{event::Kind::bind_refused, verdict.reason, verdict.rule, &element.abstract};
    fact.technique = verdict.technique;
    const Verdict refused = refuse(j, verdict.refuse, fact);
    if (is_cut(refused)) return refused;
    poison(pdu.subspan(element.abstract_offset, uuid_size));
    item.poisoned = static_cast<std::uint16_t>(item.poisoned | bit);
  }
  item.ids[i] = element.context_id;
  if (makes_context(element)) return note_context(j, element, verdict.rule, !verdict.allowed);
  item.features = static_cast<std::uint16_t>(item.features | bit);
  return released;
}

// A group shares context handles between connections (C706 9.3.2) and its id can be guessed, so a
// client may join only what this server gave to it.
Verdict judge_group(Judging& j, MutableBytes pdu, std::uint32_t group) noexcept {
  if (group == 0 || group == j.association.group || j.lenient()) return released;
  const FlowView& flow = j.env.flow;
  if (j.env.groups.knows(flow.scope.client, flow.server.address, group, j.env.now)) return released;
  Fact fact{event::Kind::bind_refused, stats::Reason::association_group_foreign};
  if (j.env.groups.amnesty(j.env.now)) {
    fact.kind = event::Kind::bind_allowed;
    tell(j.env, fact);
    return released;
  }
  const Verdict refused = refuse(j, refuse_of_flow(j), fact);
  if (!is_cut(refused)) poison(pdu.subspan(dcerpc::group_offset, 4));  // no such group
  return refused;
}

}  // namespace

policy::InterfaceVerdict judge_interface_here(const Judging& j,
                                              const dcerpc::InterfaceId& interface, bool bound,
                                              policy::Moment moment) noexcept {
  const policy::Snapshot& snapshot = j.env.snapshot;
  policy::InterfaceVerdict verdict =
      snapshot.judge_interface(j.scope(), interface, bound && j.association.mapper, moment);
  if (!verdict.allowed) return verdict;
  // One published address may have several servers; what one of them may do is not another's.
  const policy::Rule* rule = snapshot.rule(verdict.rule);
  if (rule == nullptr || rule->serves(j.scope(), j.env.flow.server.address)) return verdict;
  verdict.allowed = false;
  verdict.reason = stats::Reason::interface_not_on_pinhole;
  return verdict;
}

Verdict judge_bind(Judging& j, MutableBytes pdu) noexcept {
  Association& a = j.association;
  Bind bind;
  const bool token_follows = pdu.size() < j.header().frag_length;
  const stats::Reason bad = token_follows ? dcerpc::read_bind_without_token(j.header(), pdu, bind)
                                          : dcerpc::read_bind(j.header(), pdu, bind);
  if (bad != stats::Reason::none) return cut(bad);
  if (!keeps_meaning(j, bind)) {
    if (!j.lenient()) return cut(stats::Reason::context_changed);
    for (const BindElement& element : bind.elements) remove_context(j, element.context_id);
  }
  if (a.binds >= max_binds) {
    if (!j.lenient()) return cut(stats::Reason::too_many_calls);
    remove_oldest_bind(j);
  }
  BindItem* item = add_bind(j);
  if (item == nullptr) return cut(stats::Reason::state_table_full);
  item->call_id = j.header().call_id;
  item->alter = j.header().type == dcerpc::PduType::alter_context;
  item->elements = static_cast<std::uint8_t>(bind.elements.size());
  for (std::size_t i = 0; i < bind.elements.size(); ++i) {
    const Verdict verdict = judge_element(j, pdu, bind, i, *item);
    if (is_cut(verdict)) return verdict;
  }
  const Verdict group = judge_group(j, pdu, bind.group);
  if (is_cut(group)) return group;
  // Servers take a bind without FIRST and LAST; it is made to say what it is.
  pdu[flags_offset] |= std::byte{dcerpc::flag_first_fragment | dcerpc::flag_last_fragment};
  if (!bind.has_trailer) return released;
  return token_follows ? await_token(j, bind.trailer) : judge_token(j, pdu, bind.trailer);
}

}  // namespace rpcgate::inspect
