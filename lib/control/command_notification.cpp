// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// `show notifications`: the sessions of all workers, read by index while they change.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "control/commands.hpp"
#include "control/core.hpp"
#include "notify/sessions.hpp"

namespace rpcgate::control {
namespace {

using nlohmann::ordered_json;
using notify::SessionRecord;

std::int64_t whole_seconds(Duration duration) {
  return std::chrono::duration_cast<seconds>(duration).count();
}

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

const notify::Arena* records_of(Core& core) {
  for (unsigned w = 0; w < core.fabric().workers(); ++w)
    if (const auto* sessions = core.fabric().worker(w).sessions.load(std::memory_order_acquire))
      return &sessions->records();
  return nullptr;
}

}  // namespace

Result<void> show_notifications(Core& core, const Arguments& arguments, Reply& reply) {
  const auto client = arguments.address("client");
  if (!client) return tl::unexpected(client.error());
  const auto limit = arguments.number("limit", 100'000);
  if (!limit) return tl::unexpected(limit.error());
  const std::string rule = arguments.text("rule");
  const auto* records = records_of(core);
  if (records == nullptr) return fail(ErrorCode::busy, "no worker runs yet");
  const Instant now = real_now();
  SessionRecord record;
  for (std::uint32_t i = 0; i < records->capacity(); ++i) {
    if (!records->read_record(i, record)) continue;
    if (*client && record.client != **client) continue;
    if (!rule.empty() && core.policy().rule_name(record.rule) != rule) continue;
    if (reply.rows() >= limit->value_or(1000)) {
      reply.note("there are more: --limit");
      break;
    }
    reply.row(to_row(core, record, now));
  }
  return {};
}

}  // namespace rpcgate::control
