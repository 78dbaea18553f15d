// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// `show notifications`: the sessions of all workers, read by index while they change.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "control/command/records.hpp"
#include "control/commands.hpp"
#include "control/core.hpp"
#include "notify/sessions.hpp"

namespace rpcgate::control {
namespace {

using nlohmann::ordered_json;
using notify::SessionRecord;

ordered_json to_row(Core& core, const SessionRecord& record, Instant now) {
  ordered_json row;
  row["client"] = record.client.to_string();
  row["outer"] = record.outer.to_string();
  row["server"] = record.server.to_string();
  row["rule"] = core.policy().rule_name(record.rule);
  row["group"] = record.group;
  row["connections"] = record.connections.get();
  row["registrations"] = record.registrations.get();
  row["ports"] = ordered_json::array();
  for (const auto& port : record.ports)
    if (port != 0) row["ports"].push_back(port.get());
  row["passed"] = record.passed.get();
  row["age"] = whole_seconds(now - record.opened);
  const std::int64_t left = whole_seconds(instant_from_ns(record.ends_ns) - now);
  row["expires_in"] = record.connections != 0 ? 0 : std::max<std::int64_t>(0, left);
  return row;
}

}  // namespace

Result<void> show_notifications(Core& core, const Arguments& arguments, Reply& reply) {
  const auto* table = first_table(core, &interplane::WorkerShared::sessions);
  if (table == nullptr) return fail(ErrorCode::busy, "no worker runs yet");
  const Instant now = real_now();
  return show_records<SessionRecord>(
      core, arguments, reply, table->records().capacity(),
      [&](std::size_t i, SessionRecord& out) {
        return table->records().read_record(static_cast<std::uint32_t>(i), out);
      },
      [](const SessionRecord& record) { return record.client; },
      [&](const SessionRecord& record, std::size_t) { return to_row(core, record, now); });
}

}  // namespace rpcgate::control
