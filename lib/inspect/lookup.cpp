// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// ept_lookup lists what a server has registered. Where a rule lets clients use it, it is asked for
// one interface that is granted, and of the answer only the towers that lead there by TCP are left:
// the others get a UUID that nobody has, no port and no name, in the same length.
#include "dcerpc/ept_lookup.hpp"
#include "inspect/lists.hpp"
#include "inspect/opening.hpp"
#include "inspect/questions.hpp"

namespace rpcgate::inspect {
namespace {

using dcerpc::LookupEntry;
using dcerpc::LookupRequest;
using dcerpc::LookupResponse;
using dcerpc::Ndr;
using stats::Reason;

constexpr std::size_t question_scratch = 4096;
constexpr std::size_t answer_scratch = 64 * 1024;

struct Readings {
  bool ndr32 = false;
  bool ndr64 = false;
  LookupRequest as_ndr32;
  LookupRequest as_ndr64;
  const LookupRequest* best() const noexcept {
    if (ndr32) return &as_ndr32;
    return ndr64 ? &as_ndr64 : nullptr;
  }
  bool agree() const noexcept {
    return !ndr32 || !ndr64 ||
           (as_ndr32.has_interface == as_ndr64.has_interface &&
            as_ndr32.interface == as_ndr64.interface &&
            as_ndr32.inquiry_type == as_ndr64.inquiry_type);
  }
};

Readings read_question(const Judging& j, Bytes stub, const ContextItem& context) noexcept {
  const Syntaxes syntaxes = syntaxes_of(&context);
  const wire::ByteOrder order = j.header().order;
  Readings r;
  r.ndr32 = (syntaxes & syntax_ndr32) != 0 &&
            dcerpc::read_lookup_request(stub, Ndr::ndr32, order, r.as_ndr32) == Reason::none;
  r.ndr64 = (syntaxes & syntax_ndr64) != 0 &&
            dcerpc::read_lookup_request(stub, Ndr::ndr64, order, r.as_ndr64) == Reason::none;
  return r;
}

bool asks_by_interface(const LookupRequest& request) noexcept {
  return request.has_interface && (request.inquiry_type == dcerpc::inquire_by_interface ||
                                   request.inquiry_type == dcerpc::inquire_by_both);
}

// The interface, or the rule's word about look-ups.
policy::InterfaceVerdict judge_asked(const Judging& j, const LookupRequest& request) noexcept {
  policy::InterfaceVerdict verdict = judge_interface_here(j, request.interface, false);
  if (!verdict.allowed) return verdict;
  const policy::Rule* rule = j.env.snapshot.rule(verdict.rule);
  if (rule != nullptr && rule->mapper_lookup == policy::MapperLookup::by_interface) return verdict;
  verdict.allowed = false;
  verdict.reason = Reason::mapper_operation;
  return verdict;
}

bool read_answer(const Judging& j, Bytes stub, const QuestionItem& question,
                 LookupResponse& out) noexcept {
  return read_in_one_of(syntaxes_of_answer(j, question), [&](Ndr ndr) noexcept {
    return dcerpc::read_lookup_response(stub, ndr, j.header().order, out) == Reason::none;
  });
}

void blank(const HeldCall& call, const LookupEntry& entry) noexcept {
  constexpr std::byte zero{0};
  for (std::uint32_t i = 0; i < entry.annotation_size; ++i)
    call.write(entry.annotation_offset + i, Bytes{&zero, 1});
  blank_tower(call, entry.tower);
}

// False: the entry would have to be edited, and cannot be.
bool judge_entry(const Judging& j, const HeldCall& call, const LookupEntry& entry,
                 const policy::Rule& rule, bool editable) noexcept {
  if (!entry.has_tower) return true;
  const dcerpc::InterfaceId& interface = entry.tower.tower.interface;
  Place place;
  if (entry.tower.tower.kind == dcerpc::TowerKind::tcp) {
    const policy::InterfaceVerdict verdict = judge_interface_here(j, interface, false);
    if (verdict.allowed && verdict.rule == rule.id &&
        is_acceptable(j, entry.tower, interface, rule))
      place = open_port(j, rule, interface, entry.tower.tower.address, entry.tower.tower.port,
                        editable);
  }
  if (!editable) return place.ok;
  const bool nat = rule.mode == policy::Mode::nat && !rule.outbound;
  if (place.ok)
    write_place(call, entry.tower, place.outer, nat ? &j.scope().outer : nullptr);
  else
    blank(call, entry);
  return true;
}

}  // namespace

Verdict judge_lookup(Judging& j, MutableBytes held_bytes, const ContextItem& context) noexcept {
  const HeldCall call{held_bytes, dcerpc::PduType::request, j.header().call_id};
  std::array<std::byte, question_scratch> scratch;  // not initialised: only what is filled is read
  const Readings readings = read_question(j, call.stub(scratch), context);
  const LookupRequest* asked = readings.best();
  constexpr event::Kind refused_kind = event::Kind::map_refused;
  if (asked == nullptr || !readings.agree())
    return refuse_call(j, call, refusal_of_flow(j, refused_kind, Reason::mapper_malformed));
  if (!asks_by_interface(*asked))
    return refuse_call(j, call, refusal_of_flow(j, refused_kind, Reason::mapper_operation));
  const policy::InterfaceVerdict verdict = judge_asked(j, *asked);
  if (!verdict.allowed)
    return refuse_call(j, call,
                       {refused_kind, verdict.reason, verdict, &asked->interface, nullptr});
  tell_allowed(j, event::Kind::map_allowed, &asked->interface, nullptr, verdict.rule);
  const auto syntaxes = static_cast<Syntaxes>((readings.ndr32 ? syntax_ndr32 : 0) |
                                              (readings.ndr64 ? syntax_ndr64 : 0));
  const QuestionItem* item =
      remember_question(j, QuestionItem::Kind::lookup, syntaxes, asked->interface, verdict.rule);
  return item == nullptr ? cut(Reason::state_table_full) : released;
}

Verdict judge_lookup_answer(Judging& j, const QuestionItem& question, MutableBytes pdu,
                            MutableBytes held_bytes) noexcept {
  const HeldCall call{held_bytes, dcerpc::PduType::response, j.header().call_id};
  std::array<std::byte, answer_scratch> scratch;  // not initialised: only what is filled is read
  LookupResponse response;
  bool editable = true;
  if (const Reason bad = read_editable(j, question, pdu, editable); bad != Reason::none)
    return cut(bad);
  if (!read_answer(j, call.stub(scratch), question, response))
    return j.lenient() ? released : cut(Reason::mapper_malformed);
  const policy::Rule* rule = j.env.snapshot.rule(question.rule);
  if (rule == nullptr) return cut(Reason::policy_changed);
  LookupEntry entry;
  for (dcerpc::LookupEntries entries = response.entries; entries.next(entry);)
    if (!judge_entry(j, call, entry, *rule, editable) && !j.lenient())
      return cut(Reason::tower_not_acceptable);
  return released;
}

}  // namespace rpcgate::inspect
