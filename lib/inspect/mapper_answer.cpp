// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Answers of the endpoint mapper. Every tower has to name the asked interface, the rule's server
// and a port that may be opened; the pinhole is opened before the answer leaves, and port and
// address are patched where they lie. A tower that does not fit is given the place of one that
// does; when none does, ports become 0 and the status "not registered", which clients take at its
// word.
#include <algorithm>

#include "dcerpc/endpoint_mapper.hpp"
#include "inspect/held_call.hpp"
#include "inspect/lists.hpp"
#include "inspect/opening.hpp"
#include "inspect/questions.hpp"
#include "policy/limits.hpp"
#include "policy/rule.hpp"

namespace rpcgate::inspect {
namespace {

using dcerpc::AuthLevel;
using dcerpc::MapResponse;
using dcerpc::Ndr;
using dcerpc::PlacedTower;
using stats::Reason;

constexpr std::size_t scratch_size = 32 * 1024;  // far more than an answer may hold towers
using Places = StaticVector<Place, dcerpc::max_answer_towers>;

struct Answer {
  MapResponse response;
  Places places;
  bool editable = true;  // not signed
  Reason reason = Reason::tower_not_acceptable;
};

bool leads_to(const Judging& j, const policy::Rule& rule, const PlacedTower& placed,
              const wire::IpAddress& server) noexcept {
  const wire::IpAddress& named = placed.tower.address;
  return server == (rule.is_member(named) ? named : j.env.flow.server.address);
}

void judge_towers(const Judging& j, Answer& answer, const policy::Rule& rule,
                  const dcerpc::InterfaceId& asked) noexcept {
  for (const PlacedTower& placed : answer.response.towers) {
    Place place;
    if (is_acceptable(j, placed, asked, rule)) {
      const auto known = std::ranges::find_if(answer.places, [&](const Place& p) {
        return p.ok && p.inner == placed.tower.port && leads_to(j, rule, placed, p.server);
      });
      place = known != answer.places.end() ? *known
                                           : open_port(j, rule, asked, placed.tower.address,
                                                       placed.tower.port, answer.editable);
      if (!place.ok) answer.reason = place.reason;
    }
    static_cast<void>(answer.places.push_back(place));
  }
}

// The towers say where the client may go.
void patch(const Judging& j, const HeldCall& call, const Answer& answer,
           const policy::Rule& rule) noexcept {
  const Place first = *std::ranges::find_if(answer.places, [](const Place& p) { return p.ok; });
  const wire::IpAddress published = j.scope().outer;
  const bool nat = rule.mode == policy::Mode::nat && !rule.outbound;
  for (std::size_t i = 0; i < answer.places.size(); ++i) {
    const Place& place = answer.places[i];
    const PlacedTower& placed = answer.response.towers[i];
    if (place.ok)
      write_place(call, placed, place.outer, nat ? &published : nullptr);
    else if (!dcerpc::has_place(placed.tower.kind))
      blank_tower(call, placed);
    else
      write_place(call, placed, first.outer, nat ? &published : &first.server);
  }
}

// "Not registered", in the same length.
void deny_all(const Judging& j, const HeldCall& call, const MapResponse& response) noexcept {
  const wire::IpAddress nowhere = wire::IpAddress::from_v4(0);
  for (const PlacedTower& placed : response.towers) {
    if (placed.tower.kind == dcerpc::TowerKind::tcp)
      write_place(call, placed, 0, nullptr);
    else if (dcerpc::has_place(placed.tower.kind))
      write_place(call, placed, 0, &nowhere);
    else
      blank_tower(call, placed);
  }
  call.write_u32(response.status_offset, dcerpc::ept_not_registered, j.header().order);
}

Verdict refuse_answer(Judging& j, const HeldCall& call, const Answer& answer,
                      const QuestionItem& question, Reason reason) noexcept {
  Fact fact{event::Kind::map_refused, reason, question.rule, &question.interface};
  fact.level = question.level;
  if (!answer.editable && !j.lenient()) {
    fact.action = event::Action::reset;
    tell(j.env, fact);
    return cut(reason);
  }
  const Verdict refused = refuse(j, policy::Refuse::rpc_error, fact);
  if (answer.editable) deny_all(j, call, answer.response);
  return refused;
}

bool read_answer(const Judging& j, Bytes stub, Syntaxes syntaxes, MapResponse& out) noexcept {
  return read_in_one_of(syntaxes, [&](Ndr ndr) noexcept {
    return dcerpc::read_map_response(stub, ndr, j.header().order, out) == Reason::none;
  });
}

// The whole answer is there.
Verdict judge_whole_answer(Judging& j, const QuestionItem& question, MutableBytes pdu,
                           MutableBytes held_bytes) noexcept {
  const HeldCall call{held_bytes, dcerpc::PduType::response, j.header().call_id};
  std::array<std::byte, scratch_size> scratch;  // not initialised: only what is filled is read
  Answer answer;
  if (!read_answer(j, call.stub(scratch), syntaxes_of_answer(j, question), answer.response))
    return j.lenient() ? released : cut(Reason::mapper_malformed);
  if (const Reason bad = read_editable(j, question, pdu, answer.editable); bad != Reason::none)
    return cut(bad);
  if (answer.response.towers.empty()) return released;  // the server knows of nothing
  if (question.poisoned) {  // told when it was asked; only a capture's server answers it
    deny_all(j, call, answer.response);
    return released;
  }
  const policy::InterfaceVerdict verdict = judge_interface_here(j, question.interface, false);
  const policy::Rule* rule = j.env.snapshot.rule(verdict.rule);
  if (!verdict.allowed || rule == nullptr)
    return refuse_answer(j, call, answer, question, Reason::policy_changed);
  judge_towers(j, answer, *rule, question.interface);
  const bool any = std::ranges::any_of(answer.places, [](const Place& p) { return p.ok; });
  if (!any) return refuse_answer(j, call, answer, question, answer.reason);
  if (answer.editable) patch(j, call, answer, *rule);
  return released;
}

// Lenient: the question was not in the capture. What its answer reads as, strictly, is taken for
// it.
Verdict judge_orphan(Judging& j, MutableBytes pdu) noexcept {
  const dcerpc::CommonHeader& header = j.header();
  if (!header.first() || !header.last() || header.has_trailer()) return released;
  const HeldCall call{pdu, dcerpc::PduType::response, header.call_id};
  MapResponse response;
  if (!read_answer(j, call.stub({}), syntax_ndr32 | syntax_ndr64, response)) return released;
  if (response.status != 0 || response.towers.empty()) return released;
  if (response.towers[0].tower.kind != dcerpc::TowerKind::tcp) return released;
  QuestionItem guess;
  guess.syntax = syntax_ndr32 | syntax_ndr64;
  guess.interface = response.towers[0].tower.interface;
  guess.context = 0;
  const policy::InterfaceVerdict verdict = judge_interface_here(j, guess.interface, false);
  guess.rule = verdict.rule;
  Fact fact{verdict.allowed ? event::Kind::map_allowed : event::Kind::map_refused, verdict.reason,
            verdict.rule, &guess.interface};
  if (!verdict.allowed) {
    const Verdict refused = refuse(j, verdict.refuse, fact);
    if (!is_cut(refused)) deny_all(j, call, response);
    return refused;
  }
  tell(j.env, fact);
  return judge_whole_answer(j, guess, pdu, pdu);
}

}  // namespace

Verdict judge_mapper_answer(Judging& j, MutableBytes pdu, MutableBytes held_bytes) noexcept {
  const dcerpc::CommonHeader& header = j.header();
  Association& a = j.association;
  const bool known_call = find_call(j, header.call_id) != nullptr;
  const Verdict head = judge_answer_head(j);
  if (is_cut(head)) return head;
  QuestionItem* question = find_question(j, header.call_id);
  if (question == nullptr) {
    const bool orphan = j.lenient() && !known_call && header.type == dcerpc::PduType::response;
    return orphan ? judge_orphan(j, pdu) : released;
  }
  if (header.type == dcerpc::PduType::fault) {
    remove_question(j, header.call_id);
    return released;
  }
  if (header.first() && !question->open) {
    question->open = true;
    ++a.open_answers;
    question->bytes = question->fragments = 0;
  }
  const policy::Limits& limits = limits_of(j);
  question->bytes += header.frag_length;
  ++question->fragments;
  if (question->bytes > limits.mapper_answer_bytes ||
      question->fragments > limits.fragments_per_call)
    return cut(Reason::call_too_long);
  if (!header.last()) return held;
  Verdict verdict;
  switch (question->kind) {
    case QuestionItem::Kind::map:
      verdict = judge_whole_answer(j, *question, pdu, held_bytes);
      break;
    case QuestionItem::Kind::lookup:
      verdict = judge_lookup_answer(j, *question, pdu, held_bytes);
      break;
    case QuestionItem::Kind::activation:
    case QuestionItem::Kind::resolve:
      verdict = judge_activation_answer(j, *question, pdu, held_bytes);
      break;
  }
  remove_question(j, header.call_id);
  return verdict;
}

}  // namespace rpcgate::inspect
