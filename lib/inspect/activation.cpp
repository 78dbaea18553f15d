// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// DCOM: who activates an object is told the port it listens at, without asking the mapper. The
// class is judged before the call leaves, and the port of the answer becomes a pinhole, the same
// port outside as inside: the texts that name it are never changed. What is sealed cannot be read;
// it passes only where the rule says so, and opens nothing.
#include <algorithm>

#include "dcerpc/dcom.hpp"
#include "inspect/lists.hpp"
#include "inspect/opening.hpp"
#include "inspect/questions.hpp"
#include "policy/limits.hpp"

namespace rpcgate::inspect {
namespace {

using dcerpc::ActivationAnswer;
using dcerpc::ActivationOp;
using dcerpc::ActivationRequest;
using dcerpc::AuthLevel;
using dcerpc::Ndr;
using dcerpc::ResolverOp;
using stats::Reason;

constexpr std::size_t scratch_size = 64 * 1024;
constexpr std::size_t most_ports = 8;  // of one answer; one is usual

ActivationOp operation_of(const OpenRequest& r, const ContextItem& context) noexcept {
  if (dcerpc::same_interface(context.interface, dcerpc::ids::activation))
    return ActivationOp::activation;
  return r.opnum == dcerpc::get_class_object_opnum ? ActivationOp::get_class_object
                                                   : ActivationOp::create_instance;
}

struct Asked {
  bool read = false;
  bool agree = true;  // two syntaxes may still be meant
  ActivationRequest request;
};

Asked read_question(const Judging& j, Bytes stub, const ContextItem& context) noexcept {
  const OpenRequest& r = j.association.request;
  const Syntaxes syntaxes = syntaxes_of(&context);
  Asked asked;
  for (const auto& [bit, ndr] :
       {std::pair{syntax_ndr32, Ndr::ndr32}, std::pair{syntax_ndr64, Ndr::ndr64}}) {
    ActivationRequest one;
    if ((syntaxes & bit) == 0 ||
        dcerpc::read_activation_request(stub, ndr, j.header().order, operation_of(r, context),
                                        one) != Reason::none)
      continue;
    asked.agree = !asked.read || one.clsid == asked.request.clsid;
    asked.request = one;
    asked.read = true;
  }
  return asked;
}

policy::InterfaceVerdict judge_class_here(const Judging& j, const dcerpc::Uuid& clsid) noexcept {
  policy::InterfaceVerdict verdict = j.env.snapshot.judge_class(j.scope(), clsid);
  const policy::Rule* rule = j.env.snapshot.rule(verdict.rule);
  if (verdict.allowed && rule != nullptr &&
      rule->server_of(j.scope()) != j.env.flow.server.address) {
    verdict.allowed = false;
    verdict.reason = Reason::class_not_granted;
  }
  return verdict;
}

bool read_activation(const Judging& j, Bytes stub, const QuestionItem& question,
                     dcerpc::StringBindings& bindings) noexcept {
  ActivationAnswer answer;
  const bool read = read_in_one_of(syntaxes_of_answer(j, question), [&](Ndr ndr) noexcept {
    return dcerpc::read_activation_answer(stub, ndr, j.header().order,
                                          static_cast<ActivationOp>(question.operation),
                                          answer) == Reason::none;
  });
  if (read && answer.has_exporter) bindings = answer.bindings;
  return read;
}

bool read_resolve(const Judging& j, Bytes stub, const QuestionItem& question,
                  dcerpc::StringBindings& bindings) noexcept {
  dcerpc::ResolveAnswer answer;
  const bool read = read_in_one_of(syntaxes_of_answer(j, question), [&](Ndr ndr) noexcept {
    return dcerpc::read_resolve_answer(stub, ndr, j.header().order,
                                       static_cast<ResolverOp>(question.operation),
                                       answer) == Reason::none;
  });
  if (read && answer.has_bindings) bindings = answer.bindings;
  return read;
}

// Whatever host a binding names, the pinhole leads to the server that was asked. A port that may
// not be opened stays shut, and is told: the client will not reach it.
void open_ports(Judging& j, const dcerpc::StringBindings& bindings, const policy::Rule& rule,
                const QuestionItem& question) noexcept {
  StaticVector<wire::L4Port, most_ports> seen;
  for (const dcerpc::StringBinding& binding : bindings.list) {
    if (binding.protocol != dcerpc::protocol_tcp || binding.port == 0) continue;
    if (std::ranges::find(seen, binding.port) != seen.end()) continue;
    if (!seen.push_back(binding.port)) return;
    Place place;
    if (may_open(rule, binding.port))
      place = open_port(j, rule, question.interface, {}, binding.port, false);
    if (place.ok) continue;
    Fact fact{event::Kind::activation_refused, place.reason, rule.id, &question.interface};
    fact.action = event::Action::dropped;
    fact.server_port = binding.port;
    fact.level = question.level;
    j.env.counters.reasons.add(place.reason);
    tell(j.env, fact);
  }
}

}  // namespace

bool is_activation(const OpenRequest& r, const ContextItem& context) noexcept {
  if (dcerpc::same_interface(context.interface, dcerpc::ids::activation))
    return r.opnum == dcerpc::remote_activation_opnum;
  return dcerpc::same_interface(context.interface, dcerpc::ids::system_activator) &&
         (r.opnum == dcerpc::get_class_object_opnum || r.opnum == dcerpc::create_instance_opnum);
}

bool is_resolve(const OpenRequest& r, const ContextItem& context) noexcept {
  return dcerpc::same_interface(context.interface, dcerpc::ids::object_exporter) &&
         dcerpc::is_resolve(static_cast<ResolverOp>(r.opnum));
}

Verdict judge_activation_head(Judging& j, MutableBytes pdu, const ContextItem& context) noexcept {
  const OpenRequest& r = j.association.request;
  const HeldCall call{pdu, dcerpc::PduType::request, j.header().call_id};
  if (r.has_auth && r.auth_level == AuthLevel::privacy) {
    const policy::Rule* rule = j.env.snapshot.rule(context.rule);
    if (rule != nullptr && rule->sealed_activation) {
      tell_allowed(j, event::Kind::activation_allowed, &context.interface, nullptr, context.rule,
                   Reason::activation_sealed);
      return released;
    }
    Refusal refusal =
        refusal_of_flow(j, event::Kind::activation_refused, Reason::activation_sealed);
    refusal.asked = &context.interface;
    if (rule != nullptr) refusal.why.rule = rule->id;
    return refuse_call(j, call, refusal);
  }
  // An unanswered activation opens nothing.
  if (j.header().has(dcerpc::flag_maybe))
    return refuse_call(
        j, call, refusal_of_flow(j, event::Kind::activation_refused, Reason::activation_malformed));
  return released;
}

Verdict judge_activation(Judging& j, MutableBytes held_bytes, const ContextItem& context) noexcept {
  const HeldCall call{held_bytes, dcerpc::PduType::request, j.header().call_id};
  std::array<std::byte, scratch_size> scratch;  // not initialised: only what is filled is read
  const Asked asked = read_question(j, call.stub(scratch), context);
  constexpr event::Kind refused_kind = event::Kind::activation_refused;
  // Where a file or a storage is named the server takes the class from there.
  if (!asked.read || !asked.agree || asked.request.persistent) {
    if (j.lenient()) return released;
    return refuse_call(j, call, refusal_of_flow(j, refused_kind, Reason::activation_malformed));
  }
  const dcerpc::Uuid& clsid = asked.request.clsid;
  const policy::InterfaceVerdict verdict = judge_class_here(j, clsid);
  if (!verdict.allowed)
    return refuse_call(j, call,
                       {refused_kind, verdict.reason, verdict, &context.interface, &clsid});
  tell_allowed(j, event::Kind::activation_allowed, &context.interface, &clsid, verdict.rule);
  QuestionItem* item = remember_question(j, QuestionItem::Kind::activation, syntaxes_of(&context),
                                         context.interface, verdict.rule);
  if (item == nullptr) return cut(Reason::state_table_full);
  item->operation = static_cast<std::uint8_t>(operation_of(j.association.request, context));
  return released;
}

Verdict note_resolve(Judging& j, const ContextItem& context) noexcept {
  const OpenRequest& r = j.association.request;
  const bool sealed = r.has_auth && r.auth_level == AuthLevel::privacy;
  if (sealed || j.header().has(dcerpc::flag_maybe)) return released;  // opens nothing
  QuestionItem* item = remember_question(j, QuestionItem::Kind::resolve, syntaxes_of(&context),
                                         context.interface, context.rule);
  if (item == nullptr) return cut(Reason::state_table_full);
  item->operation = static_cast<std::uint8_t>(r.opnum);
  return released;
}

Verdict judge_activation_answer(Judging& j, const QuestionItem& question, MutableBytes pdu,
                                MutableBytes held_bytes) noexcept {
  const HeldCall call{held_bytes, dcerpc::PduType::response, j.header().call_id};
  std::array<std::byte, scratch_size> scratch;  // not initialised: only what is filled is read
  bool editable = false;
  if (const Reason bad = read_editable(j, question, pdu, editable); bad != Reason::none)
    return cut(bad);
  const Bytes stub = call.stub(scratch);
  dcerpc::StringBindings bindings;
  const bool read = question.kind == QuestionItem::Kind::resolve
                        ? read_resolve(j, stub, question, bindings)
                        : read_activation(j, stub, question, bindings);
  if (!read) return j.lenient() ? released : cut(Reason::activation_malformed);
  const policy::Rule* rule = j.env.snapshot.rule(question.rule);
  if (rule == nullptr) return cut(Reason::policy_changed);
  open_ports(j, bindings, *rule, question);
  return released;
}

}  // namespace rpcgate::inspect
