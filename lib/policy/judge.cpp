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

// The rules that publish RPC, or deny it, for this client and address, in file order, until
// `decide(rule, body)` says true.
template <class Decide>
void walk(const Compiled& compiled, const Scope& scope, Decide&& decide) noexcept {
  const auto* candidates = compiled.rules_of(scope.outer);
  if (candidates == nullptr) return;
  for (const std::uint32_t index : *candidates) {
    const PublishRule& rule = compiled.rules[index];
    if (!rule.rpc || !rule.clients.contains(scope.client)) continue;
    if (decide(rule, compiled.bodies[index])) return;
  }
}

bool denies_all_rpc(const PublishRule& rule, const RuleBody& body) noexcept {
  return rule.action == Action::deny && rule.rpc && body.any && body.grants.empty();
}

// What is said when no rule decided: the first allowing rule that names the client refuses.
struct Undecided {
  const PublishRule* first = nullptr;
  Reason reason = Reason::no_rule;

  void saw(const PublishRule& rule, const RuleBody& body, const dcerpc::Uuid& uuid) noexcept {
    if (rule.action == Action::deny) return;
    if (first == nullptr) {
      first = &rule;
      reason = Reason::interface_not_granted;
    }
    if (reason == Reason::interface_not_granted && body.knows_uuid(uuid))
      reason = Reason::version_not_granted;
  }
};

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
std::span<const PublishRule> Snapshot::rules() const noexcept {
  return compiled_->rules;
}
std::span<const wire::IpAddress> Snapshot::published() const noexcept {
  return compiled_->published;
}

bool Snapshot::is_published(const wire::IpAddress& address) const noexcept {
  return std::binary_search(compiled_->published.begin(), compiled_->published.end(), address);
}

int Snapshot::ingress_port_of(const wire::IpAddress& source) const noexcept {
  for (const Compiled::Network& network : compiled_->networks)
    if (network.prefix.contains(source)) return network.port;
  return -1;
}

const PublishRule* Snapshot::rule(RuleId id) const noexcept {
  const auto& index = compiled_->by_id;
  const auto at = std::lower_bound(
      index.begin(), index.end(), id,
      [](const Compiled::IdIndex& entry, RuleId wanted) { return entry.id < wanted; });
  return at != index.end() && at->id == id ? &compiled_->rules[at->rule] : nullptr;
}

const PublishRule* Snapshot::publishing(const Scope& scope) const noexcept {
  const PublishRule* found = nullptr;
  walk(*compiled_, scope, [&](const PublishRule& rule, const RuleBody& body) noexcept {
    if (rule.action == Action::allow) found = &rule;
    return found != nullptr || denies_all_rpc(rule, body);
  });
  return found;
}

bool Snapshot::may_name(const PublishRule& rule, const wire::IpAddress& address) const noexcept {
  // Servers that listen on every address put 0.0.0.0 into a tower.
  if (address == rule.server || address.is_unspecified() || address == wire::IpAddress::from_v4(0))
    return true;
  return std::find(rule.also.begin(), rule.also.end(), address) != rule.also.end();
}

Admission Snapshot::admit(const Scope& scope, wire::Protocol protocol,
                          wire::L4Port port) const noexcept {
  Admission admission;
  const auto* candidates = compiled_->rules_of(scope.outer);
  if (candidates == nullptr) return admission;
  const auto refused_by = [&](const PublishRule& rule) noexcept {
    admission.named = true;
    admission.rule = rule.id;
    admission.mode = rule.mode;
    admission.refuse = rule.refuse;
    admission.server.address = rule.server;
    admission.server.port = port;
  };
  const PublishRule* denies_rpc = nullptr;
  for (const std::uint32_t index : *candidates) {
    const PublishRule& rule = compiled_->rules[index];
    if (!rule.clients.contains(scope.client)) continue;
    if (!admission.named) refused_by(rule);
    if (denies_rpc == nullptr && denies_all_rpc(rule, compiled_->bodies[index])) denies_rpc = &rule;
    const Service service = service_of(rule, protocol, port);
    if (service == Service::none) continue;
    const bool rpc = service != Service::plain;
    if (rule.action == Action::deny) {
      // A deny rule of some interfaces leaves the ports open for the others.
      if (rpc) continue;
      refused_by(rule);
      return admission;
    }
    if (rpc && denies_rpc != nullptr) {
      refused_by(*denies_rpc);
      return admission;
    }
    refused_by(rule);
    admission.service = service;
    return admission;
  }
  return admission;
}

InterfaceVerdict Snapshot::judge_interface(const Scope& scope, const dcerpc::InterfaceId& interface,
                                           bool on_mapper) const noexcept {
  if (is_endpoint_mapper(interface.uuid)) {
    const PublishRule* rule = publishing(scope);
    if (rule == nullptr) return {false, Reason::no_rule, no_rule, Refuse::drop};
    if (!on_mapper) return {false, Reason::interface_not_granted, rule->id, rule->refuse};
    if (interface.major != endpoint_mapper_major)
      return {false, Reason::version_not_granted, rule->id, rule->refuse};
    return {true, Reason::none, rule->id, rule->refuse};
  }
  const InterfaceKey key = key_of(interface);
  Undecided undecided;
  InterfaceVerdict verdict{false, Reason::no_rule, no_rule, Refuse::drop};
  bool decided = false;
  walk(*compiled_, scope, [&](const PublishRule& rule, const RuleBody& body) noexcept {
    const Match match = match_interface(rule.action, body.speaks_for(key));
    if (match == Match::no) {
      undecided.saw(rule, body, interface.uuid);
      return false;
    }
    const bool allowed = match == Match::grants;
    verdict = {allowed, allowed ? Reason::none : Reason::interface_denied, rule.id, rule.refuse};
    decided = true;
    return true;
  });
  if (!decided && undecided.first != nullptr)
    verdict = {false, undecided.reason, undecided.first->id, undecided.first->refuse};
  return verdict;
}

RequestVerdict Snapshot::judge_request(const Scope& scope, const dcerpc::InterfaceId& interface,
                                       std::uint16_t opnum, Protection level, Caller caller,
                                       bool on_mapper) const noexcept {
  if (is_endpoint_mapper(interface.uuid)) {
    const InterfaceVerdict whole = judge_interface(scope, interface, on_mapper);
    const bool harmless = opnum == ept_map_opnum || opnum == ept_lookup_handle_free_opnum;
    const Reason reason = harmless || !whole.allowed ? whole.reason : Reason::mapper_operation;
    return {whole.allowed && harmless, reason, whole.rule, whole.refuse, Protection::none};
  }
  const InterfaceKey key = key_of(interface);
  Undecided undecided;
  RequestVerdict verdict{false, Reason::no_rule, no_rule, Refuse::drop, Protection::none};
  bool decided = false;
  walk(*compiled_, scope, [&](const PublishRule& rule, const RuleBody& body) noexcept {
    const Grant* grant = body.speaks_for(key);
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
    decided = true;
    verdict.rule = rule.id;
    verdict.refuse = rule.refuse;
    if (match == Match::denies) {
      const OpnumSet& by = rule.action == Action::deny ? grant->matched : grant->denied;
      verdict.reason = by.all() ? Reason::interface_denied : Reason::opnum_denied;
      return true;
    }
    verdict.floor = grant->floor_of(opnum);
    if (level < verdict.floor)
      verdict.reason = Reason::protection_too_low;
    else if (verdict.floor != Protection::none && caller != Caller::named && !grant->anonymous)
      verdict.reason = Reason::anonymous_caller;
    else if (rule.notifications == Notifications::off && opnum == dcerpc::register_push_opnum &&
             dcerpc::is_emsmdb(interface))
      verdict.reason = Reason::notification_off;
    else
      verdict.reason = Reason::none;
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
