// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// `show pinholes`: the records of all workers, read by index while they change.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "control/command/records.hpp"
#include "control/commands.hpp"
#include "control/core.hpp"
#include "dcerpc/interfaces.hpp"
#include "pinhole/table.hpp"

namespace rpcgate::control {
namespace {

using nlohmann::ordered_json;
using pinhole::PinholeRecord;

ordered_json to_json(const dcerpc::InterfaceId& interface) {
  ordered_json object;
  object["uuid"] = to_string(interface.uuid);
  object["version"] = std::to_string(interface.major) + '.' + std::to_string(interface.minor);
  const auto name = dcerpc::interface_name(interface);
  if (!name.empty()) object["name"] = name;
  return object;
}

// When it ends unless something happens; 0 while a connection is open.
std::int64_t seconds_left(const PinholeRecord& record, Instant now) {
  if (record.connections != 0) return 0;
  const Duration allowed = record.ever_used() ? record.idle : record.first_use;
  return std::max<std::int64_t>(0, whole_seconds(record.last_used() + allowed - now));
}

ordered_json to_row(Core& core, const PinholeRecord& record, Instant now) {
  ordered_json row;
  row["pinhole"] = record.id;
  row["client"] = record.key.client.to_string();
  row["outer"] = record.key.outer.to_string();
  row["outer_port"] = record.key.outer_port;
  row["server"] = record.server.to_string();
  row["server_port"] = record.server_port;
  row["rule"] = core.policy().rule_name(record.rule);
  row["interfaces"] = ordered_json::array();
  const auto named = std::min<std::size_t>(record.interface_count, record.interfaces.size());
  for (std::size_t i = 0; i < named; ++i)
    row["interfaces"].push_back(to_json(record.interfaces[i]));
  row["connections"] = record.connections.get();
  row["connections_ever"] = record.connections_ever.get();
  row["asked"] = record.asked.get();
  row["age"] = whole_seconds(now - record.opened);
  row["expires_in"] = seconds_left(record, now);
  return row;
}

}  // namespace

Result<void> show_pinholes(Core& core, const Arguments& arguments, Reply& reply) {
  const auto* table = first_table(core, &interplane::WorkerShared::pinholes);
  if (table == nullptr) return fail(ErrorCode::busy, "no worker runs yet");
  const Instant now = real_now();
  return show_records<PinholeRecord>(
      core, arguments, reply, table->records().capacity(),
      [&](std::size_t i, PinholeRecord& out) {
        return table->records().read_record(static_cast<std::uint32_t>(i), out);
      },
      [](const PinholeRecord& record) { return record.key.client; },
      [&](const PinholeRecord& record, std::size_t) { return to_row(core, record, now); });
}

}  // namespace rpcgate::control
