// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Requests: each PDU's context, opnum and level is judged, whatever was negotiated before; servers
// answer a bare request on a sealed connection. All fragments of a call say the same or the
// connection is cut, because servers differ in which of them they obey.
#include "dcerpc/emsmdb.hpp"
#include "inspect/lists.hpp"
#include "policy/limits.hpp"

namespace rpcgate::inspect {
namespace {

// Clients whose bind was refused send one or two requests that were under way.
constexpr std::uint8_t most_strays = 64;

using dcerpc::AuthLevel;
using dcerpc::RequestHeader;
using dcerpc::SecurityTrailer;

// What a PDU says of its protection.
struct Claim {
  policy::Protection level = policy::Protection::none;
  policy::Caller caller = policy::Caller::unauthenticated;
  SecurityItem* security = nullptr;

  policy::Mechanism mechanism() const noexcept {
    return security == nullptr ? policy::Mechanism::whichever : security->mechanism;
  }
  Terms terms() const noexcept { return {level, caller, mechanism()}; }
};
constexpr Claim best_claim{policy::Protection::privacy, policy::Caller::named};

policy::RequestVerdict ask(const Judging& j, const ContextItem& context, std::uint16_t opnum,
                           const Claim& claim) noexcept {
  return j.env.snapshot.judge_request(j.scope(), context.interface, opnum, claim.level,
                                      claim.caller, j.association.mapper, claim.mechanism());
}

// Clients send the requests of a CONNECT session without a trailer.
Claim bare_claim(const Judging& j) noexcept {
  const Association& a = j.association;
  if (!a.connect_context || a.trailer_seen) return {};
  for (SecurityItem* security = first_security(j); security != nullptr;
       security = next_of(j, *security))
    if (security->level == AuthLevel::connect)
      return {policy::Protection::connect, security->caller, security};
  return {policy::Protection::connect, policy::Caller::pending, nullptr};
}

// Before the trailer is seen: the best any security context of this connection could claim.
policy::RequestVerdict ask_best(const Judging& j, const ContextItem& context, std::uint16_t opnum,
                                Claim& best) noexcept {
  policy::RequestVerdict verdict;
  for (SecurityItem* security = first_security(j); security != nullptr;
       security = next_of(j, *security)) {
    const Claim claim{protection_of(security->level), security->caller, security};
    const policy::RequestVerdict one = ask(j, context, opnum, claim);
    // Of several refusals the one that says most is told: a level that is too low says least.
    if (best.security == nullptr || one.allowed ||
        verdict.reason == stats::Reason::protection_too_low) {
      verdict = one;
      best = claim;
    }
    if (one.allowed) break;
  }
  if (best.security != nullptr) return verdict;
  return ask(j, context, opnum, best = best_claim);  // its trailer will name no security context
}

// Of many like it enough were told.
Verdict refuse_untold(Judging& j) noexcept {
  j.association.request.poisoned = true;
  if (CallItem* call = find_call(j, j.header().call_id)) call->poisoned = true;
  count_poisoned(j);
  return released;
}

Verdict refuse_request(Judging& j, const ContextItem* context, std::uint16_t opnum,
                       const policy::RequestVerdict& why, const Claim& claim) noexcept {
  j.association.request.poisoned = true;
  if (CallItem* call = find_call(j, j.header().call_id)) call->poisoned = true;
  // One refusal a security context: its anonymous caller was told of when the token came.
  if (why.reason == stats::Reason::anonymous_caller && claim.security != nullptr &&
      why.refuse == policy::Refuse::rpc_error) {
    if (claim.security->told) return refuse_untold(j);
    claim.security->told = true;
  }
  Fact fact{event::Kind::request_refused, why.reason, why.rule};
  fact.interface = context == nullptr ? nullptr : &context->interface;
  fact.has_opnum = true;
  fact.opnum = opnum;
  fact.level = static_cast<std::uint8_t>(claim.level);
  fact.technique = why.technique;
  name_caller(fact, claim.security);
  return refuse(j, why.refuse, fact);
}

// Its like need not be asked for again (common_pdu.hpp). Not what is to be read whole.
void remember(const Judging& j, ContextItem& context, std::uint16_t opnum,
              const Claim& claim) noexcept {
  if (j.association.mapper || j.lenient() || opnum >= Granted::most) return;
  if (dcerpc::is_emsmdb(context.interface) &&
      (opnum == dcerpc::register_push_opnum || opnum == dcerpc::unregister_push_opnum))
    return;
  Granted& granted = context.granted;
  const std::uint32_t generation = j.env.snapshot.generation();
  if (granted.generation != generation || granted.terms != claim.terms())
    granted = {0, generation, claim.terms()};
  granted.opnums |= std::uint64_t{1} << opnum;
}

// The request passes; a rule that learns tells what it was.
Verdict let_pass(Judging& j, ContextItem& context, std::uint16_t opnum,
                 const policy::RequestVerdict& verdict, const Claim& claim) noexcept {
  if (!verdict.learning) {
    remember(j, context, opnum, claim);
    return released;
  }
  Fact fact{event::Kind::request_allowed, stats::Reason::none, verdict.rule, &context.interface};
  fact.has_opnum = true;
  fact.opnum = opnum;
  fact.level = static_cast<std::uint8_t>(claim.level);
  if (claim.level != policy::Protection::none && claim.caller != policy::Caller::named)
    fact.reason = stats::Reason::anonymous_caller;
  name_caller(fact, claim.security);
  tell_learned(j, fact);
  return released;
}

// The first fragment decides for its whole call.
Verdict judge_call(Judging& j, const RequestHeader& head) noexcept {
  const OpenRequest& r = j.association.request;
  ContextItem* context = find_context(j, head.context_id);
  if (context == nullptr || context->state == ContextState::poisoned) {
    if (context == nullptr && j.lenient()) return released;
    if (j.association.strays >= most_strays) {
      if (!j.lenient()) return cut(stats::Reason::unknown_context);
      return refuse_untold(j);  // the server of a capture accepted what was refused
    }
    ++j.association.strays;
    // The server does not know it either, and says so; the opnum is poisoned all the same.
    policy::RequestVerdict why;
    why.reason = stats::Reason::unknown_context;
    why.rule = j.env.flow.rule;
    why.refuse = refuse_of_flow(j);
    return refuse_request(j, context, head.opnum, why, Claim{});
  }
  Claim claim;
  policy::RequestVerdict verdict;
  if (r.has_auth && !j.lenient()) {
    verdict = ask_best(j, *context, head.opnum, claim);
  } else {
    claim = r.has_auth ? best_claim : bare_claim(j);
    verdict = ask(j, *context, head.opnum, claim);
  }
  if (!verdict.allowed) return refuse_request(j, context, head.opnum, verdict, claim);
  // Where a trailer follows, it says how the request is protected.
  return r.has_auth ? released : let_pass(j, *context, head.opnum, verdict, claim);
}

// A request whose first fragment has come.
OpenRequest opened(const dcerpc::CommonHeader& d, const RequestHeader& head) noexcept {
  OpenRequest r;
  r.open = true;
  r.call_id = d.call_id;
  r.context = head.context_id;
  r.opnum = head.opnum;
  r.has_object = head.has_object;
  r.object = head.object;
  r.has_auth = d.has_trailer();
  r.flags = lasting_flags(d);
  return r;
}

Verdict open_request(Judging& j, const RequestHeader& head) noexcept {
  Association& a = j.association;
  const dcerpc::CommonHeader& d = j.header();
  if (a.request.open && !a.request.faulted && !j.lenient())
    return cut(stats::Reason::pdu_unexpected);
  if (find_call(j, d.call_id) != nullptr) {
    // A mapper's question that was asked twice under one id could be answered with either.
    if (!j.lenient()) return cut(stats::Reason::call_id_reused);
    remove_call(j, d.call_id);
    remove_question(j, d.call_id);
  }
  a.asked = true;
  a.request = opened(d, head);
  if (d.has(dcerpc::flag_maybe)) return released;  // never answered
  const std::uint32_t limit = limits_of(j).outstanding_calls;
  if (a.calls >= limit) {
    if (!j.lenient()) return cut(stats::Reason::too_many_calls);
    remove_oldest_call(j);  // its answer was not in the capture
  }
  CallItem* call = add_call(j, d.call_id);
  if (call == nullptr) return cut(stats::Reason::state_table_full);
  call->context = head.context_id;
  call->opnum = head.opnum;
  call->level = d.has_trailer() ? 0 : static_cast<std::uint8_t>(bare_claim(j).level);
  return released;
}

bool same_call(const OpenRequest& r, const dcerpc::CommonHeader& d,
               const RequestHeader& head) noexcept {
  return r.context == head.context_id && r.opnum == head.opnum && r.has_object == head.has_object &&
         r.object == head.object && r.has_auth == d.has_trailer() && r.flags == lasting_flags(d);
}

}  // namespace

Verdict judge_request_head(Judging& j, MutableBytes rest) noexcept {
  OpenRequest& r = j.association.request;
  const dcerpc::CommonHeader& d = j.header();
  RequestHeader head;
  const stats::Reason bad = dcerpc::read_request(d, rest, head);
  if (bad != stats::Reason::none) return cut(bad);
  if (d.first()) {
    const Verdict opened = open_request(j, head);
    if (is_cut(opened)) return opened;
  } else if (!r.open || r.call_id != d.call_id) {
    return j.lenient() ? released : cut(stats::Reason::pdu_unexpected);
  } else if (!same_call(r, d, head)) {
    return cut(stats::Reason::fragments_disagree);
  }
  const std::uint32_t stub = stub_length(d);
  if (!d.last() && stub == 0) return cut(stats::Reason::pdu_malformed);
  const policy::Limits& limits = limits_of(j);
  r.bytes += stub;
  ++r.fragments;
  if (r.bytes > limits.call_bytes || r.fragments > limits.fragments_per_call)
    return cut(stats::Reason::call_too_long);
  if (d.last()) r.open = false;
  if (d.first()) {
    const Verdict verdict = judge_call(j, head);
    if (is_cut(verdict)) return verdict;
    r.registering = !r.poisoned && asks_for_notifications(j, head);
  }
  if (r.poisoned) {
    poison(rest.subspan(dcerpc::opnum_offset - dcerpc::common_header_size, 2));
    count_poisoned(j);
  }
  return released;
}

Verdict judge_request_trailer(Judging& j, MutableBytes eight, MutableBytes opnum) noexcept {
  Association& a = j.association;
  OpenRequest& r = a.request;
  SecurityTrailer trailer;
  const stats::Reason bad = dcerpc::read_trailer(j.header(), eight, trailer);
  if (bad != stats::Reason::none) return cut(bad);
  a.trailer_seen = true;
  if (r.call_id != j.header().call_id) return released;  // lenient: its beginning was not seen
  if (r.trailer_seen) {
    const bool same = r.auth_type == trailer.type && r.auth_level == trailer.level &&
                      r.auth_context == trailer.context_id;
    return same ? released : cut(stats::Reason::fragments_disagree);
  }
  r.trailer_seen = true;
  r.auth_type = trailer.type;
  r.auth_level = trailer.level;
  r.auth_context = trailer.context_id;
  if (CallItem* call = find_call(j, r.call_id))
    call->level = static_cast<std::uint8_t>(trailer.level);
  if (r.poisoned) return released;

  ContextItem* context = find_context(j, r.context);
  if (context == nullptr) return released;  // lenient
  SecurityItem* security = find_security(j, trailer.context_id);
  const bool known =
      security != nullptr && security->type == trailer.type && security->level == trailer.level;
  Claim claim{protection_of(trailer.level), policy::Caller::named, security};
  policy::RequestVerdict verdict;
  if (known || (security == nullptr && j.lenient())) {
    if (known) claim.caller = security->caller;
    verdict = ask(j, *context, r.opnum, claim);
  } else {
    verdict.reason = stats::Reason::auth_changed;
    verdict.rule = context->rule;
    verdict.refuse = refuse_of_flow(j);
  }
  if (verdict.allowed) return let_pass(j, *context, r.opnum, verdict, claim);
  const Verdict refused = refuse_request(j, context, r.opnum, verdict, claim);
  if (is_cut(refused)) return refused;
  poison(opnum.empty() ? eight.subspan(dcerpc::trailer_level_offset, 1) : opnum);
  return released;
}

}  // namespace rpcgate::inspect
