// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Judging: worker code, no allocation, no exception. explain.cpp walks the same way with words.
#include <algorithm>

#include "dcerpc/emsmdb.hpp"
#include "policy/compiled.hpp"
#include "policy/snapshot.hpp"

namespace rpcgate::policy {
namespace {

using stats::Reason;

// The rules that speak of RPC for this client and address, in file order, until `decide(rule,
// body)` says true.
template <class Decide>
void walk(const Compiled& compiled, const Scope& scope, Decide&& decide) noexcept {
  for (const std::uint32_t index : compiled.rules_of(scope)) {
    const Rule& rule = compiled.rules[index];
    if (!rule.rpc || !rule.names(scope)) continue;
    if (decide(rule, compiled.bodies[index])) return;
  }
}

bool denies_all_rpc(const Rule& rule, const RuleBody& body) noexcept {
  return rule.action == Action::deny && rule.rpc && body.any && body.grants.empty();
}

// What is said when no rule decided: the first allowing rule that names the client refuses.
struct Undecided {
  const Rule* first = nullptr;
  Reason reason = Reason::no_rule;

  void saw(const Rule& rule, const RuleBody& body, const dcerpc::Uuid& uuid) noexcept {
    if (rule.action == Action::deny) return;
    if (first == nullptr) {
      first = &rule;
      reason = Reason::interface_not_granted;
    }
    if (reason == Reason::interface_not_granted && body.knows_uuid(uuid))
      reason = Reason::version_not_granted;
  }
  // The rule would have decided, were it the time for it.
  void came_too_late(const Rule& rule) noexcept {
    if (rule.action == Action::deny || reason == Reason::outside_schedule) return;
    first = &rule;
    reason = Reason::outside_schedule;
  }
};

bool is_activator(const dcerpc::InterfaceId& interface) noexcept {
  return interface.uuid == dcerpc::ids::system_activator.uuid ||
         interface.uuid == dcerpc::ids::activation.uuid;
}

bool allows_mechanism(const Rule& rule, Mechanism mechanism) noexcept {
  if (rule.mechanisms == 0 || mechanism == Mechanism::whichever) return true;
  return (rule.mechanisms & (1u << static_cast<unsigned>(mechanism))) != 0;
}

}  // namespace

Snapshot::Snapshot(std::unique_ptr<const Compiled> compiled) noexcept
    : compiled_(std::move(compiled)) {}
Snapshot::~Snapshot() = default;

std::uint32_t Snapshot::generation() const noexcept {
  return compiled_->generation;
}
const Limits& Snapshot::limits() const noexcept {
  return compiled_->limits;
}
std::span<const Rule> Snapshot::rules() const noexcept {
  return compiled_->rules;
}
std::span<const wire::IpAddress> Snapshot::published() const noexcept {
  return compiled_->published;
}

bool Snapshot::is_published(const wire::IpAddress& address) const noexcept {
  return std::binary_search(compiled_->published.begin(), compiled_->published.end(), address);
}

int Snapshot::ingress_port_of(const wire::IpAddress& source) const noexcept {
  for (const std::uint32_t longest_first : compiled_->networks_by_source.of(source)) {
    const Compiled::Network& network = compiled_->networks[longest_first];
    if (network.prefix.contains(source)) return network.port;
  }
  return -1;
}

const Rule* Snapshot::rule(RuleId id) const noexcept {
  const auto& index = compiled_->by_id;
  const auto at = std::lower_bound(
      index.begin(), index.end(), id,
      [](const Compiled::IdIndex& entry, RuleId wanted) { return entry.id < wanted; });
  return at != index.end() && at->id == id ? &compiled_->rules[at->rule] : nullptr;
}

const Rule* Snapshot::publishing(const Scope& scope) const noexcept {
  const Rule* found = nullptr;
  walk(*compiled_, scope, [&](const Rule& rule, const RuleBody& body) noexcept {
    if (rule.holding == Holding::closed) return false;
    if (rule.action == Action::allow) found = &rule;
    return found != nullptr || (denies_all_rpc(rule, body) && rule.holding == Holding::open);
  });
  return found;
}

Instant Snapshot::next_change() const noexcept {
  return compiled_->next_change;
}

bool Snapshot::may_name(const Rule& rule, const Scope& scope,
                        const wire::IpAddress& address) const noexcept {
  // Servers that listen on every address put 0.0.0.0 into a tower.
  return address.is_unspecified() || address == wire::IpAddress::from_v4(0) ||
         rule.serves(scope, address);
}

Admission Snapshot::admit(const Scope& scope, wire::Protocol protocol, wire::L4Port port,
                          Moment moment) const noexcept {
  Admission admission;
  const auto refused_by = [&](const Rule& rule) noexcept {
    admission.named = true;
    admission.rule = rule.id;
    admission.mode = rule.mode;
    admission.refuse = rule.refuse;
    admission.server = {rule.server_of(scope), port};
    admission.source_nat = rule.source_nat;
  };
  const Rule* denies_rpc = nullptr;
  for (const std::uint32_t index : compiled_->rules_of(scope)) {
    const Rule& rule = compiled_->rules[index];
    if (!rule.names(scope)) continue;
    if (!admission.named) refused_by(rule);
    const Service service = service_of(rule, protocol, port);
    if (!holds(rule.holding, rule.action, moment)) {
      if (service != Service::none && rule.action == Action::allow) {
        refused_by(rule);
        admission.reason = Reason::outside_schedule;
      }
      continue;
    }
    if (denies_rpc == nullptr && denies_all_rpc(rule, compiled_->bodies[index])) denies_rpc = &rule;
    if (service == Service::none) continue;
    const bool rpc = service != Service::plain;
    // A deny rule of some interfaces leaves the ports open for the others.
    if (rule.action == Action::deny && rpc) continue;
    admission.reason = Reason::port_not_granted;
    refused_by(rpc && denies_rpc != nullptr ? *denies_rpc : rule);
    if (rule.action == Action::allow && !(rpc && denies_rpc != nullptr))
      admission.service = service;
    return admission;
  }
  return admission;
}

InterfaceVerdict Snapshot::judge_interface(const Scope& scope, const dcerpc::InterfaceId& interface,
                                           bool on_mapper, Moment moment) const noexcept {
  if (is_endpoint_mapper(interface.uuid)) {
    const Rule* rule = publishing(scope);
    if (rule == nullptr) return {false, Reason::no_rule, no_rule, Refuse::drop};
    if (!on_mapper) return {false, Reason::interface_not_granted, rule->id, rule->refuse};
    if (interface.major != endpoint_mapper_major)
      return {false, Reason::version_not_granted, rule->id, rule->refuse};
    return {true, Reason::none, rule->id, rule->refuse};
  }
  // Activation opens ports, and is read on the mapper's port alone.
  if (is_activator(interface) && !on_mapper) {
    const Rule* rule = publishing(scope);
    if (rule == nullptr) return {false, Reason::no_rule, no_rule, Refuse::drop};
    return {false, Reason::interface_not_granted, rule->id, rule->refuse};
  }
  Undecided undecided;
  InterfaceVerdict verdict{false, Reason::no_rule, no_rule, Refuse::drop};
  bool decided = false;
  walk(*compiled_, scope, [&](const Rule& rule, const RuleBody& body) noexcept {
    const Grant* grant = body.speaks_for(interface);
    const Match match = match_interface(rule.action, grant);
    if (match == Match::no) {
      undecided.saw(rule, body, interface.uuid);
      return false;
    }
    if (!holds(rule.holding, rule.action, moment)) {
      undecided.came_too_late(rule);
      return false;
    }
    const bool allowed = match == Match::grants;
    verdict = {allowed, allowed ? Reason::none : Reason::interface_denied, rule.id, rule.refuse};
    if (!allowed) verdict.technique = grant->technique_of_all();
    decided = true;
    return true;
  });
  if (!decided && undecided.first != nullptr)
    verdict = {false, undecided.reason, undecided.first->id, undecided.first->refuse};
  return verdict;
}

InterfaceVerdict Snapshot::judge_class(const Scope& scope,
                                       const dcerpc::Uuid& clsid) const noexcept {
  InterfaceVerdict verdict{false, Reason::no_rule, no_rule, Refuse::drop};
  walk(*compiled_, scope, [&](const Rule& rule, const RuleBody& body) noexcept {
    if (!holds(rule.holding, rule.action, Moment::begins)) return false;
    const ClassGrant* entry = body.find_class(clsid);
    const bool denied = entry != nullptr && entry->denied;
    if (denied || (rule.action == Action::allow && (entry != nullptr || body.any_class))) {
      verdict = {!denied, denied ? Reason::class_denied : Reason::none, rule.id, rule.refuse};
      if (denied) verdict.technique = entry->technique;
      return true;
    }
    if (rule.action == Action::allow && verdict.rule == no_rule)
      verdict = {false, Reason::class_not_granted, rule.id, rule.refuse};
    return denies_all_rpc(rule, body);
  });
  return verdict;
}

bool Snapshot::may_call_back(const Scope& scope,
                             const dcerpc::InterfaceId& interface) const noexcept {
  bool may = false;
  walk(*compiled_, scope, [&](const Rule& rule, const RuleBody& body) noexcept {
    const Grant* grant = body.speaks_for(interface);
    const Match match = match_interface(rule.action, grant);
    if (match == Match::no || !holds(rule.holding, rule.action, Moment::goes_on)) return false;
    may = match == Match::grants && grant->callbacks;
    return true;
  });
  return may;
}

namespace {

RequestVerdict judge_mapper_request(const InterfaceVerdict& whole, const Rule* rule,
                                    std::uint16_t opnum) noexcept {
  bool harmless = opnum == ept_map_opnum || opnum == ept_lookup_handle_free_opnum;
  if (opnum == ept_lookup_opnum && rule != nullptr)
    harmless = rule->mapper_lookup != MapperLookup::refuse;
  const Reason reason = harmless || !whole.allowed ? whole.reason : Reason::mapper_operation;
  return {whole.allowed && harmless, reason, whole.rule, whole.refuse, Protection::none};
}

struct Asked {
  const dcerpc::InterfaceId& interface;
  std::uint16_t opnum;
  Protection level;
  Caller caller;
  Mechanism mechanism;
};

// What the rule that grants the operation demands of the call.
Reason demands(const Rule& rule, const Grant& grant, const Asked& asked) noexcept {
  const Protection floor = grant.floor_of(asked.opnum);
  if (asked.level < floor) return Reason::protection_too_low;
  if (floor != Protection::none && asked.caller != Caller::named && !grant.anonymous)
    return Reason::anonymous_caller;
  // A caller of whom nothing is known was accepted as nobody.
  if (asked.caller == Caller::named && !allows_mechanism(rule, asked.mechanism))
    return Reason::authentication_not_allowed;
  if (rule.notifications == Notifications::off && asked.opnum == dcerpc::register_push_opnum &&
      dcerpc::is_emsmdb(asked.interface))
    return Reason::notification_off;
  return Reason::none;
}

}  // namespace

RequestVerdict Snapshot::judge_request(const Scope& scope, const dcerpc::InterfaceId& interface,
                                       std::uint16_t opnum, Protection level, Caller caller,
                                       bool on_mapper, Mechanism mechanism) const noexcept {
  if (is_endpoint_mapper(interface.uuid))
    return judge_mapper_request(judge_interface(scope, interface, on_mapper), publishing(scope),
                                opnum);
  Undecided undecided;
  RequestVerdict verdict{false, Reason::no_rule, no_rule, Refuse::drop, Protection::none};
  bool decided = false;
  walk(*compiled_, scope, [&](const Rule& rule, const RuleBody& body) noexcept {
    const Grant* grant = body.speaks_for(interface);
    const Match match = match_request(rule.action, grant, opnum);
    if (match == Match::no) {
      undecided.saw(rule, body, interface.uuid);
      // The interface is granted, this operation is not: later rules may grant it.
      if (match_interface(rule.action, grant) == Match::grants) {
        if (undecided.reason != Reason::opnum_denied) undecided.first = &rule;
        undecided.reason = Reason::opnum_denied;
      }
      return false;
    }
    if (!holds(rule.holding, rule.action, Moment::goes_on)) {
      undecided.came_too_late(rule);
      return false;
    }
    decided = true;
    verdict.rule = rule.id;
    verdict.refuse = rule.refuse;
    if (match == Match::denies) {
      const OpnumSet& by = rule.action == Action::deny ? grant->matched : grant->denied;
      verdict.reason = by.all() ? Reason::interface_denied : Reason::opnum_denied;
      verdict.technique = grant->technique_of(opnum);
      return true;
    }
    verdict.floor = grant->floor_of(opnum);
    verdict.learning = rule.learning;
    verdict.reason = demands(rule, *grant, {interface, opnum, level, caller, mechanism});
    verdict.allowed = verdict.reason == Reason::none;
    return true;
  });
  if (!decided && undecided.first != nullptr) {
    verdict.rule = undecided.first->id;
    verdict.refuse = undecided.first->refuse;
    verdict.reason = undecided.reason;
  }
  return verdict;
}

}  // namespace rpcgate::policy
