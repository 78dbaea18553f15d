// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "policy/compile.hpp"

#include <algorithm>

#include "policy/compiled.hpp"
#include "policy/grants.hpp"
#include "policy/traps.hpp"

namespace rpcgate::policy {
namespace {

constexpr PortRange dynamic_ports{49152, 65535};  // IANA's, and Windows' since Vista

PublishRule build_rule(const config::Publish& from) {
  PublishRule rule;
  rule.id = rule_id(*from.name);
  rule.name = *from.name;
  rule.at = from.name.given ? from.name.at : from.at;
  rule.action = *from.action;
  rule.mode = *from.mode;
  rule.refuse = *from.refuse;
  rule.rpc = from.has_rpc();
  rule.anonymous = *from.anonymous;
  rule.notifications = *from.notifications;
  for (const auto& range : *from.notification_ports) rule.notification_ports.push_back(*range);
  std::vector<wire::Prefix> prefixes;
  for (const auto& client : *from.clients)
    prefixes.insert(prefixes.end(), client->prefixes.begin(), client->prefixes.end());
  rule.clients = PrefixSet{prefixes};
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

void index_rules(Compiled& compiled) {
  for (std::uint32_t i = 0; i < compiled.rules.size(); ++i) {
    const PublishRule& rule = compiled.rules[i];
    compiled.by_id.push_back({rule.id, i});
    const auto same = [&](const Compiled::OuterRules& entry) { return entry.outer == rule.outer; };
    auto at = std::find_if(compiled.by_outer.begin(), compiled.by_outer.end(), same);
    if (at == compiled.by_outer.end())
      at = compiled.by_outer.insert(at, Compiled::OuterRules{rule.outer, {}});
    at->rules.push_back(i);
    if (rule.action == Action::allow && rule.mode == Mode::nat)
      compiled.published.push_back(rule.outer);
  }
  std::sort(compiled.by_id.begin(), compiled.by_id.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  std::sort(compiled.by_outer.begin(), compiled.by_outer.end(),
            [](const auto& a, const auto& b) { return a.outer < b.outer; });
  auto& published = compiled.published;
  std::sort(published.begin(), published.end());
  published.erase(std::unique(published.begin(), published.end()), published.end());
}

void index_networks(const config::Config& config, Compiled& compiled) {
  for (std::size_t i = 0; i < config.ports.size(); ++i)
    for (const auto& network : *config.ports[i].networks)
      compiled.networks.push_back({*network, static_cast<int>(i)});
  std::stable_sort(compiled.networks.begin(), compiled.networks.end(),
                   [](const auto& a, const auto& b) { return a.prefix.bits() > b.prefix.bits(); });
}

LoadedPolicy compile_loaded(config::Loaded loaded, std::uint32_t generation) {
  LoadedPolicy policy;
  Compilation compilation = compile(loaded.config, generation, loaded.ok());
  policy.config = std::move(loaded.config);
  policy.diagnostics = std::move(loaded.diagnostics);
  policy.diagnostics.insert(policy.diagnostics.end(), compilation.diagnostics.begin(),
                            compilation.diagnostics.end());
  config::sort(policy.diagnostics);
  policy.snapshot = std::move(compilation.snapshot);
  return policy;
}

}  // namespace

Compilation compile(const config::Config& config, std::uint32_t generation, bool config_ok) {
  Compilation compilation;
  auto compiled = std::make_unique<Compiled>();
  compiled->generation = generation;
  static_cast<config::Limits&>(compiled->limits) = config.limits;
  for (const config::Publish& rule : config.publish) {
    compiled->rules.push_back(build_rule(rule));
    compiled->bodies.push_back(build_body(config, rule));
  }
  index_rules(*compiled);
  index_networks(config, *compiled);
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
