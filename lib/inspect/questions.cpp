// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "inspect/questions.hpp"

#include "inspect/lists.hpp"
#include "inspect/opening.hpp"

namespace rpcgate::inspect {
namespace {

using dcerpc::AuthLevel;
using stats::Reason;

std::uint8_t level_of(const OpenRequest& r) noexcept {
  return static_cast<std::uint8_t>(r.has_auth ? r.auth_level : AuthLevel::none);
}

void describe_call(const Judging& j, Fact& fact) noexcept {
  const OpenRequest& r = j.association.request;
  fact.has_opnum = true;
  fact.opnum = r.opnum;
  fact.level = level_of(r);
  if (r.has_auth) name_caller(fact, find_security(j, r.auth_context));
}

}  // namespace

Syntaxes syntaxes_of(const ContextItem* context) noexcept {
  if (context == nullptr) return syntax_ndr32 | syntax_ndr64;
  return context->state == ContextState::accepted ? context->accepted : context->offered;
}

Syntaxes syntaxes_of_answer(const Judging& j, const QuestionItem& question) noexcept {
  const ContextItem* context = find_context(j, question.context);
  return context != nullptr && context->state == ContextState::accepted ? context->accepted
                                                                        : question.syntax;
}

bool is_editable(const OpenRequest& r) noexcept {
  return !r.has_auth || r.auth_level <= AuthLevel::connect;
}

Reason read_editable(const Judging& j, const QuestionItem& question, Bytes pdu,
                     bool& editable) noexcept {
  editable = question.level <= static_cast<std::uint8_t>(AuthLevel::connect);
  if (!j.header().has_trailer()) return Reason::none;
  dcerpc::SecurityTrailer trailer;
  const Reason bad = dcerpc::read_trailer_of(j.header(), pdu, trailer);
  if (bad == Reason::none) editable = editable && trailer.level <= AuthLevel::connect;
  return bad;
}

Refusal refusal_of_flow(const Judging& j, event::Kind kind, Reason reason) noexcept {
  Refusal refusal{kind, reason, {}, nullptr, nullptr};
  refusal.why.rule = j.env.flow.rule;
  refusal.why.refuse = refuse_of_flow(j);
  return refusal;
}

Verdict refuse_question(Judging& j, const Refusal& refusal) noexcept {
  Fact fact{refusal.kind, refusal.reason, refusal.why.rule, refusal.asked};
  fact.clsid = refusal.clsid;
  fact.technique = refusal.why.technique;
  describe_call(j, fact);
  return refuse(j, refusal.why.refuse, fact);
}

Verdict refuse_call(Judging& j, const HeldCall& call, const Refusal& refusal) noexcept {
  const Verdict refused = refuse_question(j, refusal);
  if (is_cut(refused)) return refused;
  call.poison_opnums();
  OpenRequest& r = j.association.request;
  r.poisoned = true;
  if (CallItem* item = find_call(j, r.call_id)) item->poisoned = true;
  return released;
}

void tell_allowed(const Judging& j, event::Kind kind, const dcerpc::InterfaceId* interface,
                  const dcerpc::Uuid* clsid, policy::RuleId rule, Reason reason) noexcept {
  Fact fact{kind, reason, rule, interface};
  fact.clsid = clsid;
  describe_call(j, fact);
  fact.has_opnum = kind != event::Kind::map_allowed ||
                   fact.opnum != static_cast<std::uint16_t>(dcerpc::MapperOp::map);
  tell(j.env, fact);
}

QuestionItem* remember_question(Judging& j, QuestionItem::Kind kind, Syntaxes syntaxes,
                                const dcerpc::InterfaceId& interface,
                                policy::RuleId rule) noexcept {
  const OpenRequest& r = j.association.request;
  QuestionItem* item = add_question(j, r.call_id);
  if (item == nullptr) return nullptr;
  item->kind = kind;
  item->syntax = syntaxes;
  item->level = level_of(r);
  item->context = r.context;
  item->interface = interface;
  item->rule = rule;
  return item;
}

bool is_acceptable(const Judging& j, const dcerpc::PlacedTower& placed,
                   const dcerpc::InterfaceId& asked, const policy::Rule& rule) noexcept {
  const dcerpc::Tower& tower = placed.tower;
  return tower.kind == dcerpc::TowerKind::tcp && dcerpc::has_known_syntax(tower) &&
         dcerpc::same_interface(tower.interface, asked) && may_open(rule, tower.port) &&
         j.env.snapshot.may_name(rule, j.scope(), tower.address);
}

void write_place(const HeldCall& call, const dcerpc::PlacedTower& placed, wire::L4Port port,
                 const wire::IpAddress* address) noexcept {
  if (!dcerpc::has_place(placed.tower.kind)) return;
  const std::byte big_endian[] = {static_cast<std::byte>(port >> 8),
                                  static_cast<std::byte>(port & 0xff)};
  call.write(placed.port_offset(), big_endian);
  if (address != nullptr && address->is_v4())
    call.write(placed.address_offset(), as_bytes(address->v4_octets(), 4));
}

void blank_tower(const HeldCall& call, const dcerpc::PlacedTower& placed) noexcept {
  constexpr std::uint32_t uuid_size = 16;
  if (!dcerpc::has_place(placed.tower.kind))  // a name of a host, or who knows what
    return call.write_ff(placed.offset, placed.size);
  call.write_ff(placed.uuid_offset(), uuid_size);
  const wire::IpAddress nowhere = wire::IpAddress::from_v4(0);
  write_place(call, placed, 0, &nowhere);
}

}  // namespace rpcgate::inspect
