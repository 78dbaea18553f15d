// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The rules in force that name a client, and what they would give it.
#include "control/explain/story.hpp"
#include "policy/explain.hpp"
#include "policy/rule.hpp"

namespace rpcgate::control {
namespace {

void add(std::string& list, const std::string& what) {
  list += (list.empty() ? "" : ", ") + what;
}

std::string protocol_phrase(wire::Protocol protocol) {
  return protocol == wire::Protocol::tcp ? "TCP" : protocol == wire::Protocol::udp ? "UDP" : "IP";
}

std::string services_of(const policy::Rule& rule) {
  std::string list;
  if (rule.rpc) add(list, "the endpoint mapper at port " + std::to_string(rule.mapper_port));
  for (const auto port : rule.static_ports) add(list, "RPC at port " + std::to_string(port));
  for (const auto& plain : rule.plain)
    add(list, protocol_phrase(plain.protocol) + " port " + std::to_string(plain.port));
  return list;
}

std::string interfaces_of(const policy::Snapshot& rules, const policy::Rule& rule) {
  std::string list;
  for (const auto& granted : policy::granted_by(rules, rule.id)) {
    if (rule.action == policy::Action::allow && granted.denied) continue;
    const bool some = granted.opnums != "all";
    add(list, granted.name + (some ? " (opnums " + granted.opnums + ")" : ""));
  }
  return list;
}

std::string addresses_of(const policy::Rule& rule) {
  if (rule.outbound) return "servers on the outer side";
  const std::string outer = rule.outer.to_string();
  if (rule.server.is_unspecified() || rule.server == rule.outer) return outer;
  return outer + " (server " + rule.server.to_string() + ")";
}

}  // namespace

std::vector<NamingRule> rules_that_name(const policy::Snapshot& rules,
                                        const wire::IpAddress& client) {
  std::vector<NamingRule> found;
  for (const policy::Rule& rule : rules.rules()) {
    if (!rule.clients.contains(client)) continue;
    NamingRule naming;
    naming.name = rule.name;
    naming.allows = rule.action == policy::Action::allow;
    naming.outbound = rule.outbound;
    naming.holds = rule.holding == policy::Holding::open;
    naming.addresses = addresses_of(rule);
    naming.services = services_of(rule);
    naming.interfaces = interfaces_of(rules, rule);
    found.push_back(std::move(naming));
  }
  return found;
}

}  // namespace rpcgate::control
