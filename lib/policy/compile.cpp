// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "policy/compile.hpp"

#include <algorithm>
#include <chrono>
#include <map>

#include "policy/calendar.hpp"
#include "policy/compiled.hpp"
#include "policy/grants.hpp"
#include "policy/traps.hpp"

namespace rpcgate::policy {
namespace {

constexpr PortRange dynamic_ports{49152, 65535};  // IANA's, and Windows' since Vista

std::uint8_t mechanisms_of(const config::Rule& from) {
  unsigned bits = 0;
  const auto add = [&bits](Mechanism mechanism) { bits |= 1u << static_cast<unsigned>(mechanism); };
  for (const auto& word : *from.authentication) {
    switch (*word) {
      case config::Mechanism::kerberos:
        add(Mechanism::kerberos);
        break;
      case config::Mechanism::ntlm:
        add(Mechanism::ntlm);
        break;
      case config::Mechanism::netlogon:
        add(Mechanism::netlogon);
        break;
    }
  }
  return static_cast<std::uint8_t>(bits);
}

PrefixSet prefixes_of(const config::Value<std::vector<config::Value<config::ClientRef>>>& from) {
  std::vector<wire::Prefix> prefixes;
  for (const auto& ref : *from)
    prefixes.insert(prefixes.end(), ref->prefixes.begin(), ref->prefixes.end());
  return PrefixSet{prefixes};
}

Rule build_rule(const config::Rule& from) {
  Rule rule;
  rule.id = rule_id(*from.name);
  rule.outbound = from.outbound;
  rule.name = *from.name;
  rule.at = from.name.given ? from.name.at : from.at;
  rule.learning = *from.action == Action::learn;
  rule.action = rule.learning ? Action::allow : *from.action;
  rule.mode = from.outbound && !from.source_nat->given ? Mode::routed : *from.mode;
  rule.refuse = *from.refuse;
  rule.rpc = from.has_rpc();
  rule.anonymous = *from.anonymous;
  rule.mechanisms = mechanisms_of(from);
  rule.sealed_activation = *from.sealed_activation;
  rule.mapper_lookup = *from.mapper_lookup;
  rule.mapper_authentication = *from.mapper_authentication;
  rule.notifications = *from.notifications;
  for (const auto& range : *from.notification_ports) rule.notification_ports.push_back(*range);
  rule.clients = prefixes_of(from.clients);
  rule.to = prefixes_of(from.to);
  if (from.source_nat->given) rule.source_nat = from.source_nat->address;
  rule.outer = *from.outer;
  rule.server = *from.server;
  for (const auto& member : *from.also) rule.also.push_back(*member);
  rule.mapper_port = *from.mapper_port;
  for (const auto& range : *from.outer_ports) rule.outer_ports.push_back(*range);
  if (rule.outer_ports.empty()) rule.outer_ports.push_back(dynamic_ports);
  for (const auto& port : *from.static_ports) rule.static_ports.push_back(*port);
  for (const auto& service : *from.services)
    for (const auto& plain : service->ports) rule.plain.push_back({plain.protocol, plain.port});
  static_cast<config::Limits&>(rule.limits) = from.limits;
  return rule;
}

// What names a scope: its own address for a publishing rule, then its client; for an outbound rule
// client and server, whichever fewer rules name.
void index_scopes(Compiled& compiled) {
  std::map<wire::IpAddress, std::vector<AddressIndex::Entry>> by_outer;
  std::vector<AddressIndex::Entry> by_client;
  std::vector<AddressIndex::Entry> by_server;
  for (std::uint32_t i = 0; i < compiled.rules.size(); ++i) {
    const Rule& rule = compiled.rules[i];
    if (rule.outbound) {
      by_client.push_back({i, &rule.clients});
      by_server.push_back({i, &rule.to});
    } else {
      by_outer[rule.outer].push_back({i, &rule.clients});
    }
  }
  for (const auto& [outer, rules] : by_outer)
    compiled.by_outer.push_back({outer, AddressIndex{rules}});
  compiled.outbound_by_client = AddressIndex{by_client};
  compiled.outbound_by_server = AddressIndex{by_server};
}

void index_rules(Compiled& compiled) {
  auto& published = compiled.published;
  for (std::uint32_t i = 0; i < compiled.rules.size(); ++i) {
    const Rule& rule = compiled.rules[i];
    compiled.by_id.push_back({rule.id, i});
    if (rule.action != Action::allow) continue;
    if (rule.outbound && rule.translates_source()) published.push_back(rule.source_nat);
    if (!rule.outbound && rule.mode == Mode::nat) published.push_back(rule.outer);
  }
  std::sort(compiled.by_id.begin(), compiled.by_id.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  std::sort(published.begin(), published.end());
  published.erase(std::unique(published.begin(), published.end()), published.end());
  index_scopes(compiled);
}

void index_networks(const config::Config& config, Compiled& compiled) {
  for (std::size_t i = 0; i < config.ports.size(); ++i)
    for (const auto& network : *config.ports[i].networks)
      compiled.networks.push_back({*network, static_cast<int>(i)});
  std::stable_sort(compiled.networks.begin(), compiled.networks.end(),
                   [](const auto& a, const auto& b) { return a.prefix.bits() > b.prefix.bits(); });
  std::vector<PrefixSet> sets;
  for (const Compiled::Network& network : compiled.networks)
    sets.emplace_back(std::span{&network.prefix, 1});
  std::vector<AddressIndex::Entry> entries;
  for (std::uint32_t i = 0; i < sets.size(); ++i) entries.push_back({i, &sets[i]});
  compiled.networks_by_source = AddressIndex{entries};
}

void set_schedules(const config::Config& config, Instant at, Compiled& compiled,
                   std::vector<config::Diagnostic>& diagnostics) {
  for (const config::Schedule& schedule : config.schedules)
    if (!is_time_zone(*schedule.timezone))
      diagnostics.push_back({config::Severity::error, schedule.timezone.at,
                             config.files[schedule.timezone.at.file],
                             "there is no time zone '" + *schedule.timezone +
                                 "' in this machine's database (package tzdata)"});
  for (std::size_t i = 0; i < config.rules.size(); ++i) {
    const config::Schedule* schedule = config.schedule(*config.rules[i].schedule);
    if (schedule == nullptr) continue;
    const ScheduleState state = state_at(*schedule, at);
    compiled.rules[i].holding = state.holding;
    compiled.next_change = std::min(compiled.next_change, state.next_change);
  }
}

std::unique_ptr<Compiled> build(const config::Config& config, std::uint32_t generation, Instant at,
                                std::vector<config::Diagnostic>& diagnostics) {
  auto compiled = std::make_unique<Compiled>();
  compiled->generation = generation;
  static_cast<config::Limits&>(compiled->limits) = config.limits;
  for (const config::Rule& rule : config.rules) {
    compiled->rules.push_back(build_rule(rule));
    compiled->bodies.push_back(build_body(config, rule));
  }
  set_schedules(config, at, *compiled, diagnostics);
  index_rules(*compiled);
  index_networks(config, *compiled);
  return compiled;
}

LoadedPolicy compile_loaded(config::Loaded loaded, std::uint32_t generation) {
  LoadedPolicy policy;
  Compilation compilation = compile(loaded.config, generation, wall_now(), loaded.ok());
  policy.config = std::move(loaded.config);
  policy.diagnostics = std::move(loaded.diagnostics);
  policy.diagnostics.insert(policy.diagnostics.end(), compilation.diagnostics.begin(),
                            compilation.diagnostics.end());
  config::sort(policy.diagnostics);
  policy.snapshot = std::move(compilation.snapshot);
  return policy;
}

}  // namespace

Instant wall_now() {
  return Instant{
      std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch())};
}

std::unique_ptr<const Snapshot> recompile(const config::Config& config, std::uint32_t generation,
                                          Instant at) {
  std::vector<config::Diagnostic> known;
  return std::make_unique<const Snapshot>(build(config, generation, at, known));
}

Compilation compile(const config::Config& config, std::uint32_t generation, Instant at,
                    bool config_ok) {
  Compilation compilation;
  auto compiled = build(config, generation, at, compilation.diagnostics);
  find_traps(config, *compiled, compilation.diagnostics);
  config::sort(compilation.diagnostics);
  if (config_ok && !config::has_errors(compilation.diagnostics))
    compilation.snapshot = std::make_unique<const Snapshot>(std::move(compiled));
  return compilation;
}

LoadedPolicy load_and_compile(const std::string& path, std::uint32_t generation,
                              const config::LoadOptions& options) {
  return compile_loaded(config::load(path, options), generation);
}

LoadedPolicy load_text_and_compile(std::string_view text, const std::string& name,
                                   std::uint32_t generation, const config::LoadOptions& options) {
  return compile_loaded(config::load_text(text, name, options), generation);
}

}  // namespace rpcgate::policy
