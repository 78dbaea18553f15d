// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// `show events`: the latest, oldest first.

#include <algorithm>
#include <vector>

#include "control/commands.hpp"
#include "control/core.hpp"
#include "event/event_json.hpp"

namespace rpcgate::control {

Result<void> show_events(Core& core, const Arguments& arguments, Reply& reply) {
  const auto client = arguments.address("client");
  if (!client) return tl::unexpected(client.error());
  const auto limit = arguments.number("limit", EventLog::kept);
  if (!limit) return tl::unexpected(limit.error());
  const std::string kind = arguments.text("event");
  const auto kinds = event::event_table();
  const bool is_known =
      std::any_of(kinds.begin(), kinds.end(), [&](const auto& info) { return info.name == kind; });
  if (!kind.empty() && !is_known)
    return fail(ErrorCode::invalid, "event: there is no event '" + kind + "'");
  const std::string rule = arguments.text("rule");

  std::vector<const EventRecord*> chosen;
  const auto& latest = core.events().latest();
  for (auto record = latest.rbegin(); record != latest.rend(); ++record) {
    if (chosen.size() >= limit->value_or(1000)) break;
    if (*client && record->event.client != **client) continue;
    if (!kind.empty() && event::name_of(record->event.kind) != kind) continue;
    if (!rule.empty() && record->rule_name != rule) continue;
    chosen.push_back(&*record);
  }
  for (auto record = chosen.rbegin(); record != chosen.rend(); ++record)
    reply.raw_row(event::to_json((*record)->event, (*record)->rule_name));
  return {};
}

}  // namespace rpcgate::control
