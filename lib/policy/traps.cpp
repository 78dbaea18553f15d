// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "policy/traps.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "dcerpc/emsmdb.hpp"
#include "dcerpc/uuid.hpp"
#include "policy/grants.hpp"

namespace rpcgate::policy {
namespace {

using config::Severity;

class Traps {
 public:
  Traps(const config::Config& config, const Compiled& compiled,
        std::vector<config::Diagnostic>& diagnostics)
      : config_(config), compiled_(compiled), diagnostics_(diagnostics) {}

  void names_that_collide();
  void pairs();
  void local_services();
  void floors_undercut();
  void dcom();
  void notifications();
  void servers_nobody_answers_for();

 private:
  const Rule& rule(std::size_t i) const { return compiled_.rules[i]; }
  const RuleBody& body(std::size_t i) const { return compiled_.bodies[i]; }
  std::string called(std::size_t i) const {
    return "rule '" + rule(i).name + "' at " + to_string(config_, rule(i).at);
  }
  // Rules that could not be read whole are left alone; what is wrong with them was told.
  bool usable(std::size_t i) const {
    if (rule(i).outbound) return !rule(i).to.empty() && !rule(i).clients.empty();
    return config_.rules[i].outer.given && !rule(i).clients.empty() &&
           (rule(i).action == Action::deny || !rule(i).server.is_unspecified());
  }
  // Are there clients and addresses of which both speak?
  bool meet(std::size_t i, std::size_t j) const {
    if (rule(i).outbound != rule(j).outbound || !rule(i).clients.overlaps(rule(j).clients))
      return false;
    return rule(i).outbound ? rule(i).to.overlaps(rule(j).to) : rule(i).outer == rule(j).outer;
  }
  bool covers_addresses(const Rule& a, const Rule& b) const {
    return a.clients.covers(b.clients) && (!a.outbound || a.to.covers(b.to));
  }
  static std::string address_of(const Rule& rule) {
    return rule.outbound ? "servers outside" : rule.outer.to_string();
  }
  void say(Severity severity, const config::Position& at, std::string text) {
    diagnostics_.push_back({severity, at, config_.files[at.file], std::move(text)});
  }
  bool two_servers(std::size_t earlier, std::size_t later);
  bool ports_with_two_meanings(std::size_t earlier, std::size_t later);
  bool shadowed(std::size_t earlier, std::size_t later) const;
  std::string differing_decision(std::size_t earlier, std::size_t later) const;
  std::string differing_port(std::size_t earlier, std::size_t later) const;

  const config::Config& config_;
  const Compiled& compiled_;
  std::vector<config::Diagnostic>& diagnostics_;
};

void Traps::names_that_collide() {
  for (std::size_t i = 0; i < compiled_.rules.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (rule(i).id == rule(j).id && rule(i).name != rule(j).name)
        say(Severity::error, rule(i).at,
            "the name '" + rule(i).name + "' has the same hash as '" + rule(j).name +
                "': choose another");
}

std::string first_common(const RuleBody& a, const RuleBody& b) {
  for (const Grant& grant : a.grants) {
    const Grant* other = b.speaks_for(grant.key);
    if (other != nullptr && grant.matched.overlaps(other->matched)) return grant.name;
  }
  for (const Grant& grant : b.grants) {
    const Grant* other = a.speaks_for(grant.key);
    if (other != nullptr && grant.matched.overlaps(other->matched)) return grant.name;
  }
  return a.any && b.any ? "any" : std::string{};
}

// One mapper connection leads to one server, and the port it names to the same one.
bool Traps::two_servers(std::size_t earlier, std::size_t later) {
  const Rule& a = rule(earlier);
  const Rule& b = rule(later);
  if (a.action != Action::allow || b.action != Action::allow || a.server == b.server || a.outbound)
    return false;
  const config::Rule& source = config_.rules[later];
  const config::Position at = source.server.given ? source.server.at : b.at;
  if (a.rpc && b.rpc) {
    const std::string common = first_common(body(earlier), body(later));
    const std::string lead = common.empty() ? "RPC" : "interface '" + common + "'";
    say(Severity::error, at,
        "two servers for one client: " + lead + " of " + a.outer.to_string() + " would be at " +
            b.server.to_string() + ", but " + called(earlier) + " sends the same clients to " +
            a.server.to_string());
    return true;
  }
  return false;
}

struct UsedPort {
  wire::Protocol protocol;
  wire::L4Port port;
  Service service;
};

std::vector<UsedPort> ports_of(const Rule& rule) {
  std::vector<UsedPort> ports;
  if (rule.rpc) {
    ports.push_back({wire::Protocol::tcp, rule.mapper_port, Service::mapper});
    for (const wire::L4Port port : rule.static_ports)
      ports.push_back({wire::Protocol::tcp, port, Service::rpc});
  }
  for (const PlainService& plain : rule.plain)
    ports.push_back({plain.protocol, plain.port, Service::plain});
  return ports;
}

std::string_view service_name(Service service) {
  switch (service) {
    case Service::none:
      return "nothing";
    case Service::mapper:
      return "the endpoint mapper";
    case Service::rpc:
      return "a static RPC port";
    case Service::plain:
      return "a plain service";
  }
  return "?";
}

bool Traps::ports_with_two_meanings(std::size_t earlier, std::size_t later) {
  const Rule& a = rule(earlier);
  const Rule& b = rule(later);
  if (a.action != Action::allow || b.action != Action::allow) return false;
  bool told = false;
  for (const UsedPort& used : ports_of(b)) {
    const Service other = service_of(a, used.protocol, used.port);
    if (other == Service::none) continue;
    const std::string port = (used.protocol == wire::Protocol::udp ? "UDP port " : "TCP port ") +
                             std::to_string(used.port) + " of " + address_of(b);
    if (other != used.service)
      say(Severity::error, b.at,
          port + " is " + std::string{service_name(used.service)} + " here, but " +
              std::string{service_name(other)} + " of " + called(earlier) +
              " for the same clients");
    else if (used.service == Service::plain && a.server != b.server)
      say(Severity::error, b.at,
          "two servers for one client: " + port + " would lead to " + b.server.to_string() +
              ", but " + called(earlier) + " sends the same clients to " + a.server.to_string());
    else
      continue;
    told = true;
  }
  return told;
}

// Does the earlier rule decide all that the later one could?
bool Traps::shadowed(std::size_t earlier, std::size_t later) const {
  const Rule& a = rule(earlier);
  const Rule& b = rule(later);
  if (!covers_addresses(a, b) || config_.rules[earlier].schedule.given) return false;
  for (const UsedPort& used : ports_of(b)) {
    const bool decided = service_of(a, used.protocol, used.port) != Service::none;
    if (!decided &&
        !(a.action == Action::deny && body(earlier).any && used.service != Service::plain))
      return false;
  }
  if (!b.rpc) return true;
  if (!a.rpc) return false;
  if (body(later).any && !body(earlier).any) return false;
  const auto decides = [&](const Grant& wanted) {
    const Grant* grant = body(earlier).speaks_for(wanted.key);
    if (grant == nullptr) return false;
    OpnumSet decided = grant->matched;
    decided.add(grant->denied);
    return decided.covers(wanted.matched) && decided.covers(wanted.denied);
  };
  const RuleBody& wanted = body(later);
  if (!std::all_of(wanted.grants.begin(), wanted.grants.end(), decides)) return false;
  // The later `any` takes what the earlier one left of its listed interfaces.
  return !wanted.any || std::all_of(body(earlier).grants.begin(), body(earlier).grants.end(),
                                    [](const Grant& grant) { return grant.matched.all(); });
}

std::string Traps::differing_decision(std::size_t earlier, std::size_t later) const {
  const Rule& a = rule(earlier);
  const Rule& b = rule(later);
  if (!a.rpc || !b.rpc) return {};
  std::set<InterfaceKey> keys;
  for (const Grant& grant : body(earlier).grants) keys.insert(grant.key);
  for (const Grant& grant : body(later).grants) keys.insert(grant.key);
  const auto differs = [&](const Grant& first, const Grant& second) -> std::string {
    if (!first.matched.overlaps(second.matched)) return {};
    const std::string& name = first.name != "any" ? first.name : second.name;
    if (a.action != b.action) return "one allows interface '" + name + "', the other denies it";
    if (a.action == Action::deny) return {};
    if (first.floor != second.floor)
      return "interface '" + name + "' needs " + std::string{name_of(first.floor)} + " in one, " +
             std::string{name_of(second.floor)} + " in the other";
    if (first.anonymous != second.anonymous)
      return "anonymous callers of interface '" + name + "' are accepted by one alone";
    return {};
  };
  for (const InterfaceKey& key : keys) {
    const Grant* first = body(earlier).speaks_for(key);
    const Grant* second = body(later).speaks_for(key);
    if (first == nullptr || second == nullptr) continue;
    std::string text = differs(*first, *second);
    if (!text.empty()) return text;
  }
  if (body(earlier).any && body(later).any)
    return differs(body(earlier).any_grant, body(later).any_grant);
  return {};
}

std::string Traps::differing_port(std::size_t earlier, std::size_t later) const {
  if (rule(earlier).action == rule(later).action) return {};
  for (const PlainService& plain : rule(later).plain)
    if (service_of(rule(earlier), plain.protocol, plain.port) == Service::plain)
      return "one allows port " + std::to_string(plain.port) + ", the other denies it";
  return {};
}

void Traps::pairs() {
  std::set<std::size_t> told;  // one word about a rule that never decides is enough
  for (std::size_t later = 0; later < compiled_.rules.size(); ++later)
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      const Rule& a = rule(earlier);
      const Rule& b = rule(later);
      if (!usable(earlier) || !usable(later) || !meet(earlier, later) || told.contains(later))
        continue;
      const bool servers = two_servers(earlier, later);
      const bool ports = ports_with_two_meanings(earlier, later);
      if (servers || ports) continue;
      if (shadowed(earlier, later)) {
        say(Severity::warning, b.at,
            "this rule never decides: " + called(earlier) + " covers all its clients and decides " +
                "all that it names");
        told.insert(later);
        continue;
      }
      // First the exception, then the rule: that is how rules are meant to overlap.
      if (covers_addresses(b, a) && !covers_addresses(a, b)) continue;
      std::string text = differing_decision(earlier, later);
      if (text.empty()) text = differing_port(earlier, later);
      if (!text.empty())
        say(Severity::warning, b.at,
            "overlaps " + called(earlier) + ", which goes first for the clients of both: " + text);
    }
}

void Traps::local_services() {
  for (const config::LocalService& service : config_.local_services) {
    if (!service.address.given) continue;
    for (std::size_t i = 0; i < compiled_.rules.size(); ++i) {
      const wire::IpAddress& ours = rule(i).outbound ? rule(i).source_nat : rule(i).outer;
      if (!usable(i) || ours != *service.address || rule(i).action == Action::deny) continue;
      say(Severity::error, service.address.at,
          service.address->to_string() + (rule(i).outbound ? " is used by " : " is published by ") +
              called(i) +
              ": all its ports are the rules', a service of the box there is out of reach");
      break;
    }
  }
}

void Traps::floors_undercut() {
  for (std::size_t i = 0; i < compiled_.rules.size(); ++i) {
    const config::Rule& from = config_.rules[i];
    if (rule(i).action == Action::deny) continue;
    std::string below;
    for (const Grant& grant : body(i).grants) {
      const config::InterfaceEntry* entry = pack_entry(config_, from, grant.key);
      if (entry == nullptr || grant.floor >= *entry->protection) continue;
      const auto own = std::find_if(
          from.interface_entries.begin(), from.interface_entries.end(), [&](const auto& e) {
            return e.resolved && key_of(e.id) == grant.key && e.protection.given;
          });
      const std::string text =
          "'" + grant.name + "' (" + std::string{name_of(*entry->protection)} + ")";
      if (own != from.interface_entries.end())
        say(Severity::warning, own->protection.at,
            "protection " + std::string{name_of(grant.floor)} +
                " is lower than the pack demands of " + text);
      else
        below += (below.empty() ? "" : ", ") + text;
    }
    if (!below.empty())
      say(Severity::warning, from.protection.at,
          "protection " + std::string{name_of(*from.protection)} +
              " is lower than the packs demand of " + below);
  }
}

void Traps::notifications() {
  const InterfaceKey store{dcerpc::emsmdb_uuid, 0};
  for (std::size_t i = 0; i < compiled_.rules.size(); ++i) {
    const config::Rule& from = config_.rules[i];
    if (!from.notifications.given || rule(i).action == Action::deny) continue;
    const Grant* grant = body(i).speaks_for(store);
    const std::string how = "notifications = \"" + std::string{name_of(*from.notifications)} + "\"";
    if (grant == nullptr)
      say(Severity::warning, from.notifications.at,
          how + " has no effect: the rule does not grant 'emsmdb'");
    else if (rule(i).notifications == Notifications::registered &&
             grant->floor_of(dcerpc::register_push_opnum) == Protection::privacy)
      say(Severity::warning, from.notifications.at,
          how +
              " refuses every registration: protection privacy seals them; \"window\" does not "
              "need to read them");
  }
}

// MS-DCOM 3.1.2.5.2.3
constexpr std::uint16_t remote_activation_opnum = 0;
constexpr std::uint16_t create_opnum = 4;

// Since the hardening of DCOM (CVE-2021-26414) activation is signed or sealed: what is signed can
// be read but not rewritten, what is sealed cannot even be read.
void Traps::dcom() {
  for (std::size_t i = 0; i < compiled_.rules.size(); ++i) {
    if (rule(i).action == Action::deny || !usable(i)) continue;
    const Grant* activates = nullptr;
    Protection floor = Protection::none;
    for (const auto& [id, opnum] : {std::pair{dcerpc::ids::activation, remote_activation_opnum},
                                    std::pair{dcerpc::ids::system_activator, create_opnum}}) {
      const Grant* grant = body(i).find(key_of(id));
      if (grant == nullptr || grant->matched.empty() || grant->denied.all()) continue;
      activates = grant;
      floor = std::max(floor, grant->floor_of(opnum));
    }
    if (activates == nullptr) {
      if (!body(i).any && config_.rules[i].classes.given)
        say(Severity::warning, config_.rules[i].classes.at,
            "'classes' has no effect: the rule grants neither 'isystemactivator' nor "
            "'iactivation'");
      continue;
    }
    const std::string lead = "the rule grants DCOM ('" + activates->name + "'): ";
    const bool some = std::any_of(body(i).classes.begin(), body(i).classes.end(),
                                  [](const ClassGrant& entry) { return !entry.denied; });
    if (!some && !body(i).any_class)
      say(Severity::warning, rule(i).at,
          lead + "but no class that may be activated: 'classes' or a pack with classes is needed");
    if (floor == Protection::privacy && !rule(i).sealed_activation)
      say(Severity::warning, rule(i).at,
          lead +
              "with protection = \"privacy\" activation is sealed and will be refused, because "
              "its class and the ports it is answered with cannot be read; protection = "
              "\"integrity\" for this interface lets it be read, or give the server fixed ports, "
              "list them in 'static-ports' and say sealed-activation = true");
    if (rule(i).sealed_activation && rule(i).static_ports.empty())
      say(Severity::warning, config_.rules[i].sealed_activation.at,
          lead +
              "sealed activation opens no port: give the server fixed ports and list them in "
              "'static-ports'");
    if (rule(i).mode == Mode::nat && !rule(i).outbound)
      say(Severity::warning, rule(i).at,
          lead +
              "the addresses in a signed activation cannot be changed behind NAT: let the "
              "server's name resolve to " +
              rule(i).outer.to_string() + " for the clients");
  }
}

void Traps::servers_nobody_answers_for() {
  if (compiled_.networks.empty()) return;
  for (std::size_t i = 0; i < compiled_.rules.size(); ++i) {
    if (rule(i).action == Action::deny || !usable(i) || rule(i).outbound) continue;
    int port = -1;
    for (const auto& network : compiled_.networks)
      if (port < 0 && network.prefix.contains(rule(i).server)) port = network.port;
    if (port >= 0 && *config_.ports[static_cast<std::size_t>(port)].zone == config::Zone::inner)
      continue;
    const config::Rule& from = config_.rules[i];
    say(Severity::warning, from.server.given ? from.server.at : rule(i).at,
        "server " + rule(i).server.to_string() + " is in no inner port's 'networks'" +
            (port >= 0 ? " but in those of outer port '" +
                             *config_.ports[static_cast<std::size_t>(port)].name + "'"
                       : std::string{}) +
            ": its answers would be dropped as spoofed-source");
  }
}

}  // namespace

void find_traps(const config::Config& config, const Compiled& compiled,
                std::vector<config::Diagnostic>& diagnostics) {
  Traps traps{config, compiled, diagnostics};
  traps.names_that_collide();
  traps.pairs();
  traps.local_services();
  traps.floors_undercut();
  traps.dcom();
  traps.notifications();
  traps.servers_nobody_answers_for();
}

}  // namespace rpcgate::policy
