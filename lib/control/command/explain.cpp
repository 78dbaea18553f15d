// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// `explain`: gathers what is known of a client; explain/story.hpp tells it.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "control/command/records.hpp"
#include "control/commands.hpp"
#include "control/core.hpp"
#include "control/explain/story.hpp"
#include "flow/table.hpp"
#include "notify/sessions.hpp"
#include "pinhole/table.hpp"

namespace rpcgate::control {
namespace {

constexpr std::size_t most_shown = 1000;  // of each kind

// What is open for the client, in records that workers change while they are read.
template <class Record, class Table, class Take>
void each_record(Core& core, std::atomic<Table*> interplane::WorkerShared::*which, Take take) {
  const Table* table = first_table(core, which);
  if (table == nullptr) return;
  Record record;
  for (std::uint32_t i = 0; i < table->records().capacity(); ++i)
    if (table->records().read_record(i, record)) take(record, i);
}

std::int64_t seconds_left(const pinhole::PinholeRecord& record, Instant now) {
  const Duration allowed = record.ever_used() ? record.idle : record.first_use;
  return std::max<std::int64_t>(0, whole_seconds(record.last_used() + allowed - now));
}

void add_pinholes(Core& core, ClientView& view) {
  using pinhole::PinholeRecord;
  each_record<PinholeRecord>(
      core, &interplane::WorkerShared::pinholes, [&](const PinholeRecord& record, std::uint32_t) {
        if (record.key.client != view.client || view.pinholes.size() >= most_shown) return;
        const auto named = std::min<std::size_t>(record.interface_count, record.interfaces.size());
        LivePinhole live;
        live.id = record.id;
        live.outer = record.key.outer;
        live.outer_port = record.key.outer_port;
        live.server = record.server_endpoint();
        live.rule = core.policy().rule_name(record.rule);
        live.interfaces.assign(record.interfaces.begin(), record.interfaces.begin() + named);
        live.connections = record.connections;
        live.connections_ever = record.connections_ever;
        live.age = whole_seconds(view.now - record.opened);
        live.left = record.connections != 0 ? 0 : seconds_left(record, view.now);
        view.pinholes.push_back(std::move(live));
      });
}

std::string kind_of(const flow::FlowImage& record) {
  if (record.has(flow::FlowFlag::mapper)) return "mapper";
  return record.has(flow::FlowFlag::inspected) ? "rpc" : "plain";
}

void add_flow(Core& core, ClientView& view, const flow::FlowImage& flow, std::uint32_t index) {
  if (flow.client().address != view.client || view.flows.size() >= most_shown) return;
  if (flow.has(flow::FlowFlag::cut)) return;
  LiveFlow live;
  live.id = flow::Table::id_of(index, flow.generation);
  live.client_port = flow.client().port;
  live.outer = flow.outer();
  live.server = flow.server();
  live.rule = core.policy().rule_name(flow.rule);
  live.kind = kind_of(flow);
  live.state = flow.is_tcp() ? std::string(flow::name_of(flow.phase)) : "open";
  live.bytes = flow.bytes[0] + flow.bytes[1];
  live.age = whole_seconds(view.now - flow.opened);
  view.flows.push_back(std::move(live));
}

void add_flows(Core& core, ClientView& view) {
  const auto* table = first_table(core, &interplane::WorkerShared::flows);
  if (table == nullptr) return;
  flow::FlowImage flow;
  for (std::uint32_t i = 0; i < table->arenas().records.capacity(); ++i)
    if (table->arenas().read(i, view.now, flow)) add_flow(core, view, flow, i);
}

void add_sessions(Core& core, ClientView& view) {
  using notify::SessionRecord;
  each_record<SessionRecord>(
      core, &interplane::WorkerShared::sessions, [&](const SessionRecord& record, std::uint32_t) {
        if (record.client != view.client || view.sessions.size() >= most_shown) return;
        view.sessions.push_back({record.outer, record.server, core.policy().rule_name(record.rule),
                                 record.registrations, record.passed,
                                 whole_seconds(view.now - record.opened)});
      });
}

}  // namespace

Result<void> explain(Core& core, const Arguments& arguments, Reply& reply) {
  const auto client = arguments.address("client");
  if (!client) return tl::unexpected(client.error());
  const wire::IpAddress address = client->value_or(wire::IpAddress{});
  std::vector<EventRecord> events;
  std::uint64_t forgotten = 0;
  if (const auto* history = core.events().by_client().find(address)) {
    events.assign(history->events.begin(), history->events.end());
    forgotten = history->older;
  }
  // Two workers may have told them in another order than they happened.
  std::ranges::stable_sort(events, {}, [](const EventRecord& record) { return record.event.time; });
  ClientView view{address, events, forgotten, {}, {}, {}, core.policy().snapshot(), real_now()};
  add_pinholes(core, view);
  add_flows(core, view);
  add_sessions(core, view);
  reply.row(story_json(view, tell_story(view)));
  return {};
}

}  // namespace rpcgate::control
