// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Requests that a server makes on its client's connection (MS-RPCE 3.3.1.5.2, callbacks): refused,
// but for interfaces of which the rule says that they need them.
#include "inspect/lists.hpp"
#include "policy/limits.hpp"
#include "policy/rule.hpp"

namespace rpcgate::inspect {

bool may_call_back(const Judging& j) noexcept {
  for (const ContextItem* context = first_context(j); context != nullptr;
       context = next_of(j, *context))
    if (context->state == ContextState::accepted &&
        j.env.snapshot.may_call_back(j.scope(), context->interface))
      return true;
  return false;
}

namespace {

void tell_if_learning(Judging& j, const ContextItem& context, std::uint16_t opnum) noexcept {
  const policy::Rule* rule = j.env.snapshot.rule(context.rule);
  if (rule == nullptr || !rule->learning) return;
  Fact fact{event::Kind::callback_allowed, stats::Reason::none, rule->id, &context.interface};
  fact.has_opnum = true;
  fact.opnum = opnum;
  tell_learned(j, fact);
}

}  // namespace

Verdict judge_callback(Judging& j, MutableBytes rest) noexcept {
  Association& a = j.association;
  dcerpc::RequestHeader head;
  const stats::Reason bad = dcerpc::read_request(j.header(), rest, head);
  if (bad != stats::Reason::none) return cut(bad);
  const ContextItem* context = find_context(j, head.context_id);
  if (context == nullptr || context->state != ContextState::accepted ||
      !j.env.snapshot.may_call_back(j.scope(), context->interface))
    return cut(stats::Reason::callback);
  tell_if_learning(j, *context, head.opnum);
  if (!j.header().last() || j.header().has(dcerpc::flag_maybe)) return released;
  if (a.callbacks >= limits_of(j).outstanding_calls) return cut(stats::Reason::too_many_calls);
  ++a.callbacks;
  return released;
}

void note_callback_answer(Judging& j) noexcept {
  if (j.header().last()) --j.association.callbacks;
}

}  // namespace rpcgate::inspect
