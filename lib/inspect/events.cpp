// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// How the judgement tells what it did. A full ring loses the event and counts that; nothing waits.
#include "inspect/judging.hpp"
#include "policy/rule.hpp"

namespace rpcgate::inspect {
namespace {

event::Action action_of(policy::Refuse how) noexcept {
  switch (how) {
    case policy::Refuse::rpc_error:
      return event::Action::rpc_error;
    case policy::Refuse::reset:
      return event::Action::reset;
    case policy::Refuse::drop:
      return event::Action::dropped;
  }
  return event::Action::reset;
}

}  // namespace

bool tell(const Env& env, const Fact& fact) noexcept {
  const FlowView& flow = env.flow;
  event::Event e;
  e.time = env.now;
  e.kind = fact.kind;
  e.action = fact.action;
  e.reason = fact.reason;
  e.protection = fact.level;
  e.has_opnum = fact.has_opnum;
  e.opnum = fact.opnum;
  e.has_interface = fact.interface != nullptr;
  if (fact.interface != nullptr) e.interface = *fact.interface;
  e.rule = fact.rule != policy::no_rule ? fact.rule : flow.rule;
  e.client = flow.scope.client;
  e.client_port = flow.client_port;
  e.outer = fact.outer != nullptr ? *fact.outer : flow.scope.outer;
  e.outer_port = fact.outer_port != 0 ? fact.outer_port : flow.outer_port;
  e.server = fact.server != nullptr ? *fact.server : flow.server.address;
  e.server_port = fact.server_port != 0 ? fact.server_port : flow.server.port;
  e.pinhole = fact.pinhole != 0 ? fact.pinhole : flow.pinhole_id;
  e.flow = flow.flow_id;
  e.has_class = fact.clsid != nullptr;
  if (fact.clsid != nullptr) e.clsid = *fact.clsid;
  e.user.assign(fact.user);
  e.service.assign(fact.service);
  e.technique.assign(fact.technique);
  if (env.events.push(e)) return true;
  env.counters.counters.add(stats::Counter::events_lost);
  return false;
}

void tell_learned(Judging& j, const Fact& fact) noexcept {
  event::Fingerprint what;
  what.add(fact.kind).add(fact.rule).add(j.scope().client.octets()).add(j.scope().outer.octets());
  what.add(fact.interface->uuid.octets()).add(fact.interface->major).add(fact.opnum);
  what.add(fact.level).add(fact.reason);
  if (!j.env.learned.may_tell(what.value(), j.env.now)) return;
  if (!tell(j.env, fact)) j.env.learned.forget(what.value());
}

void count_poisoned(Judging& j) noexcept {
  if (j.poisoned) return;
  j.poisoned = true;
  j.env.counters.counters.add(stats::Counter::pdus_poisoned);
}

Verdict refuse(Judging& j, policy::Refuse how, Fact fact) noexcept {
  fact.action = action_of(how);
  tell(j.env, fact);
  if (how != policy::Refuse::rpc_error)
    return {Release::cut, fact.reason, how == policy::Refuse::drop};
  j.env.counters.reasons.add(fact.reason);
  count_poisoned(j);
  return released;
}

const policy::Limits& limits_of(const Judging& j) noexcept {
  const policy::Rule* rule = j.env.snapshot.rule(j.env.flow.rule);
  return rule == nullptr ? j.env.snapshot.limits() : rule->limits;
}

policy::Refuse refuse_of_flow(const Judging& j) noexcept {
  const policy::Rule* rule = j.env.snapshot.rule(j.env.flow.rule);
  return rule == nullptr ? policy::Refuse::rpc_error : rule->refuse;
}

}  // namespace rpcgate::inspect
