// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// `show flows`: the records of all workers, read by index while they change.

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "control/command/records.hpp"
#include "control/commands.hpp"
#include "control/core.hpp"
#include "flow/table.hpp"

namespace rpcgate::control {
namespace {

using flow::Direction;
using flow::FlowFlag;
using flow::FlowImage;
using nlohmann::ordered_json;

std::string protocol_name(std::uint8_t protocol) {
  switch (static_cast<wire::Protocol>(protocol)) {
    case wire::Protocol::tcp:
      return "tcp";
    case wire::Protocol::udp:
      return "udp";
    case wire::Protocol::icmp:
      return "icmp";
    case wire::Protocol::icmpv6:
      return "icmpv6";
  }
  return std::to_string(protocol);
}

const char* kind_of(const FlowImage& record) {
  if (record.has(FlowFlag::mapper)) return "mapper";
  return record.has(FlowFlag::inspected) ? "rpc" : "plain";
}

std::string state_of(const FlowImage& record) {
  if (record.has(FlowFlag::cut)) return "cut";
  return record.is_tcp() ? std::string(flow::name_of(record.phase)) : "open";
}

ordered_json to_row(Core& core, const FlowImage& record, std::uint32_t index, Instant now) {
  const auto client = static_cast<std::size_t>(Direction::from_client);
  const auto server = static_cast<std::size_t>(Direction::from_server);
  ordered_json row;
  row["flow"] = flow::Table::id_of(index, record.generation);
  row["protocol"] = protocol_name(record.from_client.protocol);
  row["client"] = record.client().address.to_string();
  row["client_port"] = record.client().port;
  row["outer"] = record.outer().address.to_string();
  row["outer_port"] = record.outer().port;
  row["server"] = record.server().address.to_string();
  row["server_port"] = record.server().port;
  row["kind"] = kind_of(record);
  row["state"] = state_of(record);
  row["rule"] = core.policy().rule_name(record.rule);
  if (record.pinhole_id != 0) row["pinhole"] = record.pinhole_id;
  if (record.cut_reason != stats::Reason::none) row["reason"] = stats::name_of(record.cut_reason);
  row["packets_from_client"] = record.packets[client];
  row["packets_from_server"] = record.packets[server];
  row["bytes_from_client"] = record.bytes[client];
  row["bytes_from_server"] = record.bytes[server];
  row["age"] = whole_seconds(now - record.opened);
  row["idle"] = whole_seconds(now - record.last_seen());
  return row;
}

}  // namespace

Result<void> show_flows(Core& core, const Arguments& arguments, Reply& reply) {
  const auto* table = first_table(core, &interplane::WorkerShared::flows);
  if (table == nullptr) return fail(ErrorCode::busy, "no worker runs yet");
  const Instant now = real_now();
  return show_records<FlowImage>(
      core, arguments, reply, table->arenas().records.capacity(),
      [&](std::size_t i, FlowImage& out) {
        return table->arenas().read(static_cast<std::uint32_t>(i), now, out);
      },
      [](const FlowImage& record) { return record.client().address; },
      [&](const FlowImage& record, std::size_t i) {
        return to_row(core, record, static_cast<std::uint32_t>(i), now);
      });
}

}  // namespace rpcgate::control
