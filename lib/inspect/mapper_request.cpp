// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Questions to the endpoint mapper. All fragments of an ept_map call are held until the last; then
// the asked interface is judged. A refusal overwrites the UUID of the tower's first floor, and the
// server itself says "not registered". What is signed is read but not edited: there the opnum is
// poisoned, which the server refuses in every case. What is sealed cannot be read and is refused.
#include "inspect/lists.hpp"
#include "inspect/questions.hpp"
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

// The interface may not be had: the first floor's UUID goes.
Verdict refuse_interface(Judging& j, const HeldCall& call, const Question& question,
                         const policy::InterfaceVerdict& why, bool& poisoned) noexcept {
  const dcerpc::InterfaceId& asked = question.best()->asked.tower.interface;
  const Refusal refusal{event::Kind::map_refused, why.reason, why, &asked, nullptr};
  if (!is_editable(j.association.request)) return refuse_call(j, call, refusal);
  const Verdict refused = refuse_question(j, refusal);
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
    return refuse_call(j, call,
                       refusal_of_flow(j, event::Kind::map_refused, Reason::mapper_malformed));
  }
  policy::InterfaceVerdict verdict = judge_interface_here(j, asked->asked.tower.interface, false);
  if (verdict.allowed && (asked->asked.tower.kind != dcerpc::TowerKind::tcp ||
                          !dcerpc::has_known_syntax(asked->asked.tower))) {
    verdict.allowed = false;  // the interface may be had, but not by a pipe or by datagrams
    verdict.reason = Reason::tower_not_acceptable;
  }
  bool poisoned = false;
  if (!verdict.allowed) {
    const Verdict refused = refuse_interface(j, call, question, verdict, poisoned);
    if (is_cut(refused) || !poisoned) return refused;
  } else {
    clamp_towers(j, call, question);
    tell_allowed(j, event::Kind::map_allowed, &asked->asked.tower.interface, nullptr, verdict.rule);
  }
  QuestionItem* item = remember_question(j, QuestionItem::Kind::map, question.syntaxes(),
                                         question.best()->asked.tower.interface, verdict.rule);
  if (item == nullptr) return cut(Reason::state_table_full);
  item->poisoned = poisoned;
  return released;
}

bool is_mapper(const ContextItem* context) noexcept {
  return context != nullptr && dcerpc::same_interface(context->interface, dcerpc::ids::epmapper);
}

// What of the request is more than its header says.
enum class Asks : std::uint8_t { nothing, map, lookup, activation, resolve };
Asks what_it_asks(const Judging& j, const ContextItem* context) noexcept {
  const OpenRequest& r = j.association.request;
  if (r.opnum == static_cast<std::uint16_t>(dcerpc::MapperOp::map) &&
      (is_mapper(context) || (context == nullptr && j.lenient())))
    return Asks::map;
  if (context == nullptr) return Asks::nothing;
  if (is_mapper(context) && r.opnum == static_cast<std::uint16_t>(dcerpc::MapperOp::lookup))
    return Asks::lookup;
  if (is_activation(r, *context)) return Asks::activation;
  return is_resolve(r, *context) ? Asks::resolve : Asks::nothing;
}

bool is_sealed(const OpenRequest& r) noexcept {
  return r.has_auth && r.auth_level == AuthLevel::privacy;
}

bool reads_signed_calls(const Judging& j) noexcept {
  const policy::Rule* rule = j.env.snapshot.rule(j.env.flow.rule);
  return rule == nullptr || rule->mapper_authentication == policy::MapperAuthentication::read;
}

// The first fragment of a call to the mapper itself: can it be read at all?
Verdict judge_mapper_head(Judging& j, MutableBytes pdu, const ContextItem* context) noexcept {
  const OpenRequest& r = j.association.request;
  const HeldCall call{pdu, dcerpc::PduType::request, j.header().call_id};
  const bool too_protected =
      r.has_auth && (r.auth_level == AuthLevel::privacy ||
                     (r.auth_level > AuthLevel::connect && !reads_signed_calls(j)));
  if (too_protected && context != nullptr)
    return refuse_call(j, call,
                       refusal_of_flow(j, event::Kind::map_refused, Reason::mapper_authenticated));
  // An object UUID would shift the stub, and an unanswered question opens nothing: no client
  // sends either.
  if (r.has_object || j.header().has(dcerpc::flag_maybe))
    return refuse_call(j, call,
                       refusal_of_flow(j, event::Kind::map_refused, Reason::mapper_malformed));
  return released;
}

Verdict judge_whole_call(Judging& j, Asks asks, MutableBytes held_bytes,
                         const ContextItem* context) noexcept {
  switch (asks) {
    case Asks::nothing:
      break;
    case Asks::map:
      return judge_question(j, held_bytes, context);
    case Asks::lookup:
      return judge_lookup(j, held_bytes, *context);
    case Asks::activation:
      return judge_activation(j, held_bytes, *context);
    case Asks::resolve:
      return note_resolve(j, *context);
  }
  return released;
}

std::uint32_t most_bytes(const Judging& j, Asks asks) noexcept {
  const policy::Limits& limits = limits_of(j);
  return asks == Asks::activation
             ? limits.activation_bytes
             : std::min<std::uint32_t>(limits.mapper_request_bytes, scratch_size);
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
  const Asks asks = what_it_asks(j, context);
  if (r.poisoned || asks == Asks::nothing) return released;
  if (asks == Asks::resolve)  // nothing in it is judged
    return header.last() ? note_resolve(j, *context) : released;
  if (header.first()) {
    verdict = asks == Asks::activation ? judge_activation_head(j, pdu, *context)
                                       : judge_mapper_head(j, pdu, context);
    if (is_cut(verdict) || r.poisoned) return verdict;
  }
  if (asks == Asks::activation && is_sealed(r)) return released;  // as its rule wants it
  if (r.bytes > most_bytes(j, asks)) return cut(Reason::call_too_long);
  r.gathering = !header.last();
  return r.gathering ? held : judge_whole_call(j, asks, held_bytes, context);
}

}  // namespace rpcgate::inspect
