// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Notifications of new mail: Outlook registers a UDP port by a call to the store (MS-OXCRPC
// 3.1.4.5), and the server sends datagrams there. Which may pass is agreed on here: by the call
// where it can be read, by its success where it is sealed, or by the connection alone, as the rule
// says. A registration that can be read must name the client's own address: otherwise a client
// could aim the server at an inner host.
#include "dcerpc/emsmdb.hpp"
#include "inspect/lists.hpp"
#include "policy/limits.hpp"
#include "policy/rule.hpp"

namespace rpcgate::inspect {
namespace {

using policy::Notifications;
using stats::Reason;

constexpr std::uint8_t no_slot = notify::Sessions::no_slot;

const policy::Rule* rule_of(const Judging& j, const ContextItem& context) noexcept {
  return j.env.snapshot.rule(context.rule);
}

const ContextItem* store_context(const Judging& j) noexcept {
  for (ContextItem* c = first_context(j); c != nullptr; c = next_of(j, *c))
    if (c->state == ContextState::accepted && dcerpc::is_emsmdb(c->interface)) return c;
  return nullptr;
}

constexpr bool opens_without_call(Notifications how) noexcept {
  return how == Notifications::session || how == Notifications::ports;
}

void tell_armed(const Judging& j, const ContextItem* context, bool by_call) noexcept {
  Fact fact{event::Kind::notification_armed};
  if (context != nullptr) {
    fact.interface = &context->interface;
    fact.rule = context->rule;
  }
  fact.has_opnum = by_call;
  fact.opnum = dcerpc::register_push_opnum;
  if (const SecurityItem* security = first_security(j)) {
    fact.level = static_cast<std::uint8_t>(security->level);
    name_caller(fact, security);
  }
  tell(j.env, fact);
}

// Nothing is opened, and the call goes on: the client polls for what it is not told.
void tell_limit(const Judging& j) noexcept {
  Fact fact{event::Kind::limit_reached, Reason::notification_limit};
  fact.action = event::Action::dropped;
  j.env.counters.reasons.add(fact.reason);
  tell(j.env, fact);
}

Verdict refuse_registration(Judging& j, const ContextItem& context, const policy::Rule& rule,
                            Reason reason, std::uint8_t level, MutableBytes opnum) noexcept {
  j.association.request.poisoned = true;
  if (CallItem* call = find_call(j, j.header().call_id)) call->poisoned = true;
  Fact fact{event::Kind::request_refused, reason, rule.id, &context.interface};
  fact.has_opnum = true;
  fact.opnum = dcerpc::register_push_opnum;
  fact.level = level;
  const Verdict refused = refuse(j, rule.refuse, fact);
  if (!is_cut(refused)) poison(opnum);
  return refused;
}

struct Read {
  Reason reason = Reason::none;
  dcerpc::PushRegistration what;
};

// The stub of a request that is not sealed.
Read read_it(const Judging& j, Bytes tail, const ContextItem& context,
             const dcerpc::SecurityTrailer* trailer) noexcept {
  const dcerpc::CommonHeader& header = j.header();
  Read read{Reason::notification_malformed, {}};
  const bool known = context.accepted == syntax_ndr32 || context.accepted == syntax_ndr64;
  const dcerpc::Range stub = dcerpc::stub_range(header, trailer);
  if (!known || !header.last() || stub.offset < dcerpc::common_header_size) return read;
  const auto ndr = context.accepted == syntax_ndr64 ? dcerpc::Ndr::ndr64 : dcerpc::Ndr::ndr32;
  if (!dcerpc::read_push_registration(
          tail.subspan(stub.offset - dcerpc::common_header_size, stub.size), ndr, header.order,
          read.what))
    return read;
  const bool own = read.what.address == j.scope().client && read.what.port >= notify::lowest_port;
  read.reason = own ? Reason::none : Reason::notification_target;
  return read;
}

void reserve(Judging& j, const dcerpc::PushRegistration* what) noexcept {
  CallItem* call = find_call(j, j.header().call_id);
  if (call == nullptr) return;  // a MAYBE call: nobody learns whether it succeeded
  std::uint8_t slot = no_slot;
  if (j.association.session != no_item)
    slot = j.env.sessions.reserve(j.association.session,
                                  what == nullptr ? wire::L4Port{0} : what->port,
                                  what == nullptr ? Bytes{} : what->context);
  if (slot == no_slot) return tell_limit(j);
  call->registration = slot;
}

bool is_translated(const Judging& j) noexcept {
  return j.env.flow.client_seen != j.scope().client;
}

// Behind source NAT the server is told the address that it sees, and a port there. `stub`: the
// request's. False: no room, and the registration must not reach the server.
bool reserve_translated(Judging& j, const dcerpc::PushRegistration& what,
                        MutableBytes stub) noexcept {
  CallItem* call = find_call(j, j.header().call_id);
  if (call == nullptr || j.association.session == no_item || !what.address.is_v4()) return false;
  wire::L4Port port = what.port;
  const std::uint8_t slot =
      j.env.sessions.reserve_translated(j.association.session, port, what.context);
  if (slot == no_slot) return false;
  call->registration = slot;
  stub[what.port_offset] = static_cast<std::byte>(port >> 8);
  stub[what.port_offset + 1] = static_cast<std::byte>(port & 0xff);
  const Bytes address = as_bytes(j.env.flow.client_seen.v4_octets(), 4);
  std::copy(address.begin(), address.end(), stub.begin() + what.address_offset);
  return true;
}

}  // namespace

void note_session(Judging& j) noexcept {
  Association& a = j.association;
  if (a.mapper || a.session != no_item) return;
  const ContextItem* context = store_context(j);
  const policy::Rule* rule = context == nullptr ? nullptr : rule_of(j, *context);
  if (rule == nullptr || rule->notifications == Notifications::off) return;
  // Behind source NAT a datagram is known by the port that its registration was given.
  const bool all_open = opens_without_call(rule->notifications) && !is_translated(j);
  a.session = j.env.sessions.attach(
      {j.scope().client, j.scope().outer, j.env.flow.server.address, j.env.flow.client_seen,
       a.group, rule->id, j.env.snapshot.generation()},
      all_open, j.env.now);
  if (a.session == no_item) return tell_limit(j);
  if (all_open && j.env.sessions[a.session].connections == 1) tell_armed(j, context, false);
}

bool asks_for_notifications(const Judging& j, const dcerpc::RequestHeader& head) noexcept {
  if (j.association.mapper) return false;
  const ContextItem* context = find_context(j, head.context_id);
  if (context == nullptr || !dcerpc::is_emsmdb(context->interface)) return false;
  if (head.opnum == dcerpc::unregister_push_opnum)
    if (CallItem* call = find_call(j, j.header().call_id)) call->unregisters = true;
  return head.opnum == dcerpc::register_push_opnum;
}

Verdict judge_registration(Judging& j, MutableBytes tail) noexcept {
  const dcerpc::CommonHeader& header = j.header();
  const MutableBytes opnum = tail.subspan(dcerpc::opnum_offset - dcerpc::common_header_size, 2);
  dcerpc::SecurityTrailer trailer;
  if (header.has_trailer()) {
    const MutableBytes eight =
        tail.subspan(header.trailer_offset() - dcerpc::common_header_size, dcerpc::trailer_size);
    const Verdict verdict = judge_request_trailer(j, eight, opnum);
    if (is_cut(verdict) || j.association.request.poisoned) return verdict;
    if (dcerpc::read_trailer(header, eight, trailer) != Reason::none)
      return cut(Reason::pdu_malformed);
  }
  const ContextItem* context = find_context(j, j.association.request.context);
  const policy::Rule* rule = context == nullptr ? nullptr : rule_of(j, *context);
  if (rule == nullptr) return released;  // lenient
  const auto level =
      header.has_trailer() ? static_cast<std::uint8_t>(trailer.level) : std::uint8_t{1};
  if (is_translated(j) && level > static_cast<std::uint8_t>(dcerpc::AuthLevel::connect))
    return refuse_registration(j, *context, *rule, Reason::notification_sealed_behind_nat, level,
                               opnum);
  if (header.has_trailer() && trailer.level == dcerpc::AuthLevel::privacy) {
    if (rule->notifications == Notifications::registered)
      return refuse_registration(j, *context, *rule, Reason::notification_sealed, level, opnum);
    if (rule->notifications == Notifications::window) reserve(j, nullptr);
    return released;
  }
  const Read read = read_it(j, tail, *context, header.has_trailer() ? &trailer : nullptr);
  if (read.reason != Reason::none)
    return refuse_registration(j, *context, *rule, read.reason, level, opnum);
  if (is_translated(j)) {
    const MutableBytes stub = tail.subspan(header.stub_offset() - dcerpc::common_header_size);
    if (!reserve_translated(j, read.what, stub))
      return refuse_registration(j, *context, *rule, Reason::notification_limit, level, opnum);
    return released;
  }
  if (!opens_without_call(rule->notifications)) reserve(j, &read.what);
  return released;
}

void note_answered(Judging& j, const CallItem& call, bool fault) noexcept {
  const std::uint32_t session = j.association.session;
  if (session == no_item) return;
  if (call.unregisters && !fault) {
    const ContextItem* context = store_context(j);
    const policy::Rule* rule = context == nullptr ? nullptr : rule_of(j, *context);
    j.env.sessions.end_one(session, rule != nullptr && opens_without_call(rule->notifications));
  }
  if (call.registration == no_slot) return;
  if (fault) return j.env.sessions.withdraw(session, call.registration);
  j.env.sessions.confirm(session, call.registration);
  tell_armed(j, store_context(j), true);
}

void leave_session(Judging& j) noexcept {
  Association& a = j.association;
  if (a.session == no_item) return;
  for (const CallItem* call = item_at<CallItem>(j, a.first_call); call != nullptr;
       call = next_of(j, *call))
    if (call->registration != no_slot) j.env.sessions.withdraw(a.session, call->registration);
  j.env.sessions.detach(a.session, limits_of(j).notification_grace, j.env.now);
  a.session = no_item;
}

}  // namespace rpcgate::inspect
