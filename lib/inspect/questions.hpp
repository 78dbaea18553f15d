// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What questions to the endpoint mapper, look-ups and activations have in common: calls whose
// fragments are held until the last, judged as one, and remembered until they are answered.
// Internal to this module.
#pragma once

#include "dcerpc/endpoint_mapper.hpp"
#include "inspect/held_call.hpp"
#include "inspect/judging.hpp"
#include "policy/rule.hpp"

namespace rpcgate::inspect {

// --- questions.cpp -------------------------------------------------------------------------------

// In which syntaxes a request on this context may be written: one, or those that were offered while
// the answer to the bind is awaited. Null (lenient): its bind was not seen.
Syntaxes syntaxes_of(const ContextItem* context) noexcept;
Syntaxes syntaxes_of_answer(const Judging& j, const QuestionItem& question) noexcept;

// Calls read(ndr) in each of the syntaxes, NDR before NDR64, until it says true. False: it never
// did.
template <class Read>
bool read_in_one_of(Syntaxes syntaxes, Read&& read) noexcept {
  return ((syntaxes & syntax_ndr32) != 0 && read(dcerpc::Ndr::ndr32)) ||
         ((syntaxes & syntax_ndr64) != 0 && read(dcerpc::Ndr::ndr64));
}

// The request is not signed.
bool is_editable(const OpenRequest& r) noexcept;
// Is the answer signed neither by what its question said nor by its own trailer?
stats::Reason read_editable(const Judging& j, const QuestionItem& question, Bytes pdu,
                            bool& editable) noexcept;

struct Refusal {
  event::Kind kind = event::Kind::map_refused;
  stats::Reason reason = stats::Reason::none;
  policy::InterfaceVerdict why{};  // rule, how to refuse, technique
  const dcerpc::InterfaceId* asked = nullptr;
  const dcerpc::Uuid* clsid = nullptr;
};
// Refused by the rule that admitted the flow.
Refusal refusal_of_flow(const Judging& j, event::Kind kind, stats::Reason reason) noexcept;
// Counted and told; nothing is edited.
Verdict refuse_question(Judging& j, const Refusal& refusal) noexcept;
// The same, and the opnum goes in every fragment: servers refuse it, signed or not.
Verdict refuse_call(Judging& j, const HeldCall& call, const Refusal& refusal) noexcept;

// A question of this kind that was allowed; `interface`: nullptr where none is asked for.
void tell_allowed(const Judging& j, event::Kind kind, const dcerpc::InterfaceId* interface,
                  const dcerpc::Uuid* clsid, policy::RuleId rule,
                  stats::Reason reason = stats::Reason::none) noexcept;

// Null when the pool is empty.
QuestionItem* remember_question(Judging& j, QuestionItem::Kind kind, Syntaxes syntaxes,
                                const dcerpc::InterfaceId& interface, policy::RuleId rule) noexcept;

// Does the tower lead to the asked interface at a place where it may?
bool is_acceptable(const Judging& j, const dcerpc::PlacedTower& placed,
                   const dcerpc::InterfaceId& asked, const policy::Rule& rule) noexcept;
// Writes port and, not null, address into a tower that has them: for TCP, UDP or HTTP.
void write_place(const HeldCall& call, const dcerpc::PlacedTower& placed, wire::L4Port port,
                 const wire::IpAddress* address) noexcept;

// Leaves of a tower nothing that names an interface, a place or a host.
void blank_tower(const HeldCall& call, const dcerpc::PlacedTower& placed) noexcept;

// --- lookup.cpp ----------------------------------------------------------------------------------

// The last fragment of an ept_lookup has come, or of its answer.
Verdict judge_lookup(Judging& j, MutableBytes held, const ContextItem& context) noexcept;
Verdict judge_lookup_answer(Judging& j, const QuestionItem& question, MutableBytes pdu,
                            MutableBytes held) noexcept;

// --- activation.cpp ------------------------------------------------------------------------------

// Does the request activate an object, or ask where one listens?
bool is_activation(const OpenRequest& r, const ContextItem& context) noexcept;
bool is_resolve(const OpenRequest& r, const ContextItem& context) noexcept;
// The first fragment of an activation has come: may it be sealed?
Verdict judge_activation_head(Judging& j, MutableBytes pdu, const ContextItem& context) noexcept;
// The last one has come.
Verdict judge_activation(Judging& j, MutableBytes held, const ContextItem& context) noexcept;
Verdict note_resolve(Judging& j, const ContextItem& context) noexcept;
Verdict judge_activation_answer(Judging& j, const QuestionItem& question, MutableBytes pdu,
                                MutableBytes held) noexcept;

}  // namespace rpcgate::inspect
