// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Questions to the endpoint mapper. All fragments of an ept_map call are held until the last; then
// the asked interface is judged. A refusal overwrites the UUID of the tower's first floor, and the
// server itself says "not registered". What is signed is read but not edited: there the opnum is
// poisoned, which the server refuses in every case. What is sealed cannot be read and is refused.
#include "dcerpc/endpoint_mapper.hpp"
#include "inspect/held_call.hpp"
#include "inspect/lists.hpp"
#include "policy/limits.hpp"

namespace rpcgate::inspect {
namespace {

using dcerpc::AuthLevel;
using dcerpc::MapRequest;
using dcerpc::Ndr;
using stats::Reason;

constexpr std::size_t scratch_size = 4096;
constexpr std::uint32_t most_towers = 8;

// A reading of the question in one transfer syntax. While the context's answer is awaited there may
// be two (the element offered both); they have to agree.
struct Reading {
  bool ok = false;
  MapRequest request;
};

struct Question {
  Reading ndr32;
  Reading ndr64;
  const MapRequest* best() const noexcept {
    if (ndr32.ok) return &ndr32.request;
    return ndr64.ok ? &ndr64.request : nullptr;
  }
  Syntaxes syntaxes() const noexcept {
    return static_cast<Syntaxes>((ndr32.ok ? syntax_ndr32 : 0) | (ndr64.ok ? syntax_ndr64 : 0));
  }
  bool agree() const noexcept {
    return !ndr32.ok || !ndr64.ok ||
           dcerpc::same_interface(ndr32.request.asked.tower.interface,
                                  ndr64.request.asked.tower.interface);
  }
};

Reading read_as(Ndr ndr, Bytes stub, wire::ByteOrder order) noexcept {
  Reading reading;
  reading.ok = dcerpc::read_map_request(stub, ndr, order, reading.request) == Reason::none &&
               reading.request.asked.tower.kind != dcerpc::TowerKind::unreadable;
  return reading;
}

Syntaxes syntaxes_of(const ContextItem* context) noexcept {
  if (context == nullptr) return syntax_ndr32 | syntax_ndr64;  // lenient: its bind was not seen
  if (context->state == ContextState::accepted) return context->accepted;
  return context->offered;
}

bool is_editable(const OpenRequest& r) noexcept {
  return !r.has_auth || r.auth_level <= AuthLevel::connect;
}

Verdict refuse_question(Judging& j, Reason reason, const policy::InterfaceVerdict& why,
                        const dcerpc::InterfaceId* asked) noexcept {
  const OpenRequest& r = j.association.request;
  Fact fact{event::Kind::map_refused, reason, why.rule, asked};
  fact.has_opnum = true;
  fact.opnum = r.opnum;
  fact.level = static_cast<std::uint8_t>(r.has_auth ? r.auth_level : AuthLevel::none);
  if (r.has_auth) name_caller(fact, find_security(j, r.auth_context));
  return refuse(j, why.refuse, fact);
}

// The call is not one that can be judged: its opnum goes in every fragment.
Verdict refuse_call(Judging& j, const HeldCall& call, Reason reason,
                    const policy::InterfaceVerdict& why,
                    const dcerpc::InterfaceId* asked = nullptr) noexcept {
  const Verdict refused = refuse_question(j, reason, why, asked);
  if (is_cut(refused)) return refused;
  call.poison_opnums();
  OpenRequest& r = j.association.request;
  r.poisoned = true;
  if (CallItem* item = find_call(j, r.call_id)) item->poisoned = true;
  return released;
}

Verdict refuse_call(Judging& j, const HeldCall& call, Reason reason) noexcept {
  policy::InterfaceVerdict why;
  why.rule = j.env.flow.rule;
  why.refuse = refuse_of_flow(j);
  return refuse_call(j, call, reason, why);
}

// The interface may not be had: the first floor's UUID goes.
Verdict refuse_interface(Judging& j, const HeldCall& call, const Question& question,
                         const policy::InterfaceVerdict& why, bool& poisoned) noexcept {
  const dcerpc::InterfaceId& asked = question.best()->asked.tower.interface;
  if (!is_editable(j.association.request)) return refuse_call(j, call, why.reason, why, &asked);
  const Verdict refused = refuse_question(j, why.reason, why, &asked);
  if (is_cut(refused)) return refused;
  for (const Reading* reading : {&question.ndr32, &question.ndr64})
    if (reading->ok) call.write_ff(reading->request.asked.uuid_offset(), 16);
  poisoned = true;
  return released;
}

// More towers than anybody uses would only be more to read in the answer.
void clamp_towers(const Judging& j, const HeldCall& call, const Question& question) noexcept {
  if (!is_editable(j.association.request)) return;
  for (const Reading* reading : {&question.ndr32, &question.ndr64})
    if (reading->ok && reading->request.max_towers > most_towers)
      call.write_u32(reading->request.max_towers_offset, most_towers, j.header().order);
}

void tell_allowed(const Judging& j, const dcerpc::InterfaceId& asked,
                  policy::RuleId rule) noexcept {
  const OpenRequest& r = j.association.request;
  Fact fact{event::Kind::map_allowed, Reason::none, rule, &asked};
  fact.level = static_cast<std::uint8_t>(r.has_auth ? r.auth_level : AuthLevel::none);
  if (r.has_auth) name_caller(fact, find_security(j, r.auth_context));
  tell(j.env, fact);
}

Verdict remember(Judging& j, const Question& question, policy::RuleId rule,
                 bool poisoned) noexcept {
  const OpenRequest& r = j.association.request;
  QuestionItem* item = add_question(j, r.call_id);
  if (item == nullptr) return cut(Reason::state_table_full);
  item->syntax = question.syntaxes();
  item->poisoned = poisoned;
  item->level = static_cast<std::uint8_t>(r.has_auth ? r.auth_level : AuthLevel::none);
  item->context = r.context;
  item->interface = question.best()->asked.tower.interface;
  item->rule = rule;
  return released;
}

// The last fragment has come.
Verdict judge_question(Judging& j, MutableBytes held_bytes, const ContextItem* context) noexcept {
  const HeldCall call{held_bytes, dcerpc::PduType::request, j.header().call_id};
  std::array<std::byte, scratch_size> scratch;  // not initialised: only what is filled is read
  const Bytes stub = call.stub(scratch);
  const Syntaxes syntaxes = syntaxes_of(context);
  Question question;
  if ((syntaxes & syntax_ndr32) != 0) question.ndr32 = read_as(Ndr::ndr32, stub, j.header().order);
  if ((syntaxes & syntax_ndr64) != 0) question.ndr64 = read_as(Ndr::ndr64, stub, j.header().order);
  const MapRequest* asked = question.best();
  if (asked == nullptr || !question.agree()) {
    if (context == nullptr) return released;  // lenient: perhaps no ept_map at all
    return refuse_call(j, call, Reason::mapper_malformed);
  }
  policy::InterfaceVerdict verdict = judge_interface_here(j, asked->asked.tower.interface, false);
  if (verdict.allowed && asked->asked.tower.kind != dcerpc::TowerKind::tcp) {
    verdict.allowed = false;  // the interface may be had, but not by a pipe or by datagrams
    verdict.reason = Reason::tower_not_acceptable;
  }
  bool poisoned = false;
  if (!verdict.allowed) {
    const Verdict refused = refuse_interface(j, call, question, verdict, poisoned);
    if (is_cut(refused) || !poisoned) return refused;
  } else {
    clamp_towers(j, call, question);
    tell_allowed(j, asked->asked.tower.interface, verdict.rule);
  }
  return remember(j, question, verdict.rule, poisoned);
}

bool asks_mapper(const Judging& j, const ContextItem* context) noexcept {
  if (j.association.request.opnum != static_cast<std::uint16_t>(dcerpc::MapperOp::map))
    return false;
  if (context == nullptr) return j.lenient();
  return dcerpc::same_interface(context->interface, dcerpc::ids::epmapper);
}

}  // namespace

Verdict judge_mapper_request(Judging& j, MutableBytes pdu, MutableBytes held_bytes) noexcept {
  const dcerpc::CommonHeader& header = j.header();
  OpenRequest& r = j.association.request;
  const MutableBytes rest =
      pdu.subspan(dcerpc::common_header_size, header.stub_offset() - dcerpc::common_header_size);
  Verdict verdict = judge_request_head(j, rest);
  if (is_cut(verdict)) return verdict;
  if (header.has_trailer()) {
    verdict = judge_request_trailer(j, pdu.subspan(header.trailer_offset(), dcerpc::trailer_size),
                                    pdu.subspan(dcerpc::opnum_offset, 2));
    if (is_cut(verdict)) return verdict;
  }
  if (r.call_id != header.call_id) return released;  // lenient: its beginning was not seen
  const ContextItem* context = find_context(j, r.context);
  if (r.poisoned || !asks_mapper(j, context)) return released;

  const HeldCall call{pdu, dcerpc::PduType::request, header.call_id};
  if (header.first()) {
    if (r.has_auth && r.auth_level == AuthLevel::privacy && context != nullptr)
      return refuse_call(j, call, Reason::mapper_authenticated);
    // An object UUID would shift the stub, and an unanswered question opens nothing: no client
    // sends either.
    if (r.has_object || header.has(dcerpc::flag_maybe))
      return refuse_call(j, call, Reason::mapper_malformed);
  }
  const std::uint32_t most = limits_of(j).mapper_request_bytes;
  if (r.bytes > std::min<std::uint32_t>(most, scratch_size)) return cut(Reason::call_too_long);
  r.gathering = !header.last();
  return r.gathering ? held : judge_question(j, held_bytes, context);
}

}  // namespace rpcgate::inspect
