// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "learn/report.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include <fmt/format.h>

#include "dcerpc/interfaces.hpp"
#include "learn/grants.hpp"
#include "stats/counters.hpp"

namespace rpcgate::learn {
namespace {

constexpr std::uint32_t dynamic_ports = 65536 - 49152;  // Windows' since Vista, IANA's

std::uint32_t ports_elsewhere(const config::Rule& rule) {
  std::size_t ports = rule.has_rpc() ? 1 + dynamic_ports + rule.static_ports->size() : 0;
  for (const auto& service : *rule.services) ports += service->ports.size();
  return static_cast<std::uint32_t>(ports);
}

RuleReport report_of(const std::string& name, const config::Rule* rule, const RuleUse* use) {
  RuleReport report;
  report.rule = name;
  if (rule != nullptr) {
    report.learning = *rule->action == config::Action::learn;
    report.ports_elsewhere = ports_elsewhere(*rule);
  }
  if (use == nullptr) return report;
  report.clients = use->clients.size();
  for (const auto& [port, used] : use->pinholes) {
    report.opened.push_back(port);
    if (used) report.used.push_back(port);
  }
  ClientUse all;
  std::map<InterfaceKey, std::size_t> askers;
  for (const auto& [client, one] : use->clients) {
    merge(all, one);
    for (const auto& [key, interface] : one.interfaces) ++askers[key];
  }
  for (const auto& [key, interface] : all.interfaces) {
    const bool called = !interface.operations.empty() || interface.called_back;
    const bool needed = called || (!report.learning && interface.bound != 0);
    report.interfaces.push_back({key, interface, askers[key], needed});
  }
  return report;
}

std::string ports_text(const std::vector<ServerPort>& ports) {
  std::string text;
  for (const ServerPort& port : ports)
    text += fmt::format("{}{}", text.empty() ? "" : ", ", port.port);
  return text;
}

std::string line_of(const InterfaceLine& line) {
  std::string text = "    " + dcerpc::name_or_uuid(line.key);
  if (!line.use.operations.empty()) text += ", opnums " + list_of(line.use.operations);
  text += fmt::format(" ({} client{}", line.clients, line.clients == 1 ? "" : "s");
  if (line.use.mapped != 0) text += fmt::format(", mapped {}", line.use.mapped);
  if (line.use.bound != 0) text += fmt::format(", bound {}", line.use.bound);
  if (line.use.refused != 0)
    text += fmt::format(", refused {}, last for {}", line.use.refused,
                        stats::name_of(line.use.last_reason));
  return text + ")\n";
}

std::string interfaces_text(const RuleReport& report) {
  std::string needed;
  std::string others;
  for (const InterfaceLine& line : report.interfaces)
    (line.needed ? needed : others) += line_of(line);
  std::string text =
      fmt::format("  interfaces: {} seen, {} needed\n", report.interfaces.size(), report.needed());
  if (!needed.empty()) text += "  needed:\n" + needed;
  if (!others.empty()) text += "  not needed:\n" + others;
  return text;
}

std::string rule_text(const RuleReport& report) {
  std::string text = fmt::format("rule '{}'{}: {} client{}\n", report.rule,
                                 report.learning ? ", which learns" : "", report.clients,
                                 report.clients == 1 ? "" : "s");
  if (report.ports_elsewhere != 0)
    text += fmt::format(
        "  ports: a packet filter would hold {} open; {} {} opened here for one "
        "client each, {} used{}\n",
        report.ports_elsewhere, report.opened.size(), report.opened.size() == 1 ? "was" : "were",
        report.used.size(), report.used.empty() ? "" : ": " + ports_text(report.used));
  return text + interfaces_text(report);
}

}  // namespace

std::size_t RuleReport::needed() const noexcept {
  return static_cast<std::size_t>(std::count_if(
      interfaces.begin(), interfaces.end(), [](const InterfaceLine& line) { return line.needed; }));
}

std::vector<RuleReport> report(const config::Config& config, const Uses& uses,
                               const std::string& only) {
  std::vector<RuleReport> reports;
  std::set<std::string> done;
  const auto add = [&](const std::string& name, const config::Rule* rule) {
    if (!done.insert(name).second || (!only.empty() && name != only)) return;
    reports.push_back(report_of(name, rule, uses.of(name)));
  };
  for (const config::Rule& rule : config.rules)
    if (*rule.action != config::Action::deny) add(*rule.name, &rule);
  for (const auto& [name, use] : uses.by_rule()) add(name, nullptr);
  return reports;
}

std::string to_text(const std::vector<RuleReport>& reports) {
  std::string text;
  std::uint64_t elsewhere = 0;
  std::size_t used = 0;
  std::set<InterfaceKey> seen;
  std::set<InterfaceKey> needed;
  for (const RuleReport& report : reports) {
    text += rule_text(report) + '\n';
    elsewhere += report.ports_elsewhere;
    used += report.used.size();
    for (const InterfaceLine& line : report.interfaces) {
      seen.insert(line.key);
      if (line.needed) needed.insert(line.key);
    }
  }
  return text + fmt::format(
                    "in all: of {} ports that would be open elsewhere {} used; of {} "
                    "interfaces seen {} needed\n",
                    elsewhere, used, seen.size(), needed.size());
}

}  // namespace rpcgate::learn
