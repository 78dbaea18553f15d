// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// `show rules`, `show rpc-interfaces`: what is in force and what was decided by it.

#include <nlohmann/json.hpp>

#include "config/words.hpp"
#include "control/commands.hpp"
#include "control/core.hpp"
#include "dcerpc/interfaces.hpp"
#include "event/event_json.hpp"

namespace rpcgate::control {
namespace {

using event::Kind;
using nlohmann::ordered_json;

void add_tally(ordered_json& row, const Tally& tally) {
  row["maps"] = tally.of(Kind::map_allowed);
  row["maps_refused"] = tally.of(Kind::map_refused);
  row["pinholes"] = tally.of(Kind::pinhole_opened);
  row["binds"] = tally.of(Kind::bind_allowed);
  row["binds_refused"] = tally.of(Kind::bind_refused);
  row["requests_refused"] = tally.of(Kind::request_refused);
  row["connections_refused"] = tally.of(Kind::connection_refused);
  row["resets"] = tally.of(Kind::connection_reset);
  if (tally.last_reason != stats::Reason::none)
    row["last_reason"] = stats::name_of(tally.last_reason);
  if (tally.last != Instant{}) row["last"] = event::to_rfc3339(tally.last);
}

std::string clients_of(const config::Rule& rule) {
  std::string text;
  for (const auto& client : *rule.clients) text += (text.empty() ? "" : ", ") + client->text;
  return text;
}

std::string services_of(const config::Rule& rule) {
  if (!rule.services.given) return "rpc";
  std::string text;
  for (const auto& service : *rule.services) text += (text.empty() ? "" : ", ") + service->text;
  return text;
}

}  // namespace

Result<void> show_rules(Core& core, const Arguments&, Reply& reply) {
  const auto& tallies = core.events().by_rule();
  for (const auto& rule : core.policy().snapshot().rules()) {
    ordered_json row;
    row["rule"] = rule.name;
    row["action"] = rule.learning ? "learn" : config::name_of(rule.action);
    if (const auto* as_written = core.policy().config().rule(rule.name)) {
      row["clients"] = clients_of(*as_written);
      row["services"] = services_of(*as_written);
    }
    row["outer"] = rule.outer.to_string();
    if (!rule.server.is_unspecified()) row["server"] = rule.server.to_string();
    row["mode"] = rule.mode == policy::Mode::nat ? "nat" : "routed";
    const auto tally = tallies.find(rule.id);
    add_tally(row, tally == tallies.end() ? Tally{} : tally->second);
    reply.row(row);
  }
  return {};
}

Result<void> show_rpc_interfaces(Core& core, const Arguments&, Reply& reply) {
  for (const auto& [key, tally] : core.events().by_interface()) {
    ordered_json row;
    row["uuid"] = to_string(key.uuid);
    row["version"] = key.major;
    row["name"] = dcerpc::name_of(key.uuid);
    add_tally(row, tally);
    reply.row(row);
  }
  return {};
}

}  // namespace rpcgate::control
