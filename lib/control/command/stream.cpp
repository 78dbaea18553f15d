// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// `show streams`: what the stream stage keeps of each RPC connection, and why.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "control/command/records.hpp"
#include "control/commands.hpp"
#include "flow/table.hpp"

namespace rpcgate::control {
namespace {

using flow::FlowImage;
using flow::ShownHalf;
using flow::ShownStreams;
using nlohmann::ordered_json;

// One direction of a connection.
struct Row {
  FlowImage flow;
  policy::RuleId rule = policy::no_rule;
  std::uint32_t index = 0;  // of the flow's record
  bool from_client = true;
  ShownHalf half;
};

bool keeps_anything(const ShownHalf& half) {
  return half.held != 0 || half.owed != 0 || half.pinned != 0 || half.out_of_order != 0;
}

std::string why(const ShownHalf& half) {
  std::string all;
  const auto add = [&all](bool holds, const char* text) {
    if (!holds) return;
    if (!all.empty()) all += "; ";
    all += text;
  };
  add(half.out_of_order != 0, "bytes before them are missing");
  add(half.held != 0, "not judged yet");
  add(half.owed != 0, "acknowledged here, not yet by the far end");
  add(half.pinned != 0 && half.held == 0 && half.owed == 0, "judged, not yet acknowledged");
  return all;
}

// The directions of all streams of all workers, two of each stream.
class Directions {
 public:
  Directions(Core& core, Instant now)
      : now_(now), flows_(first_table(core, &interplane::WorkerShared::flows)) {
    for (unsigned w = 0; w < core.fabric().workers(); ++w)
      if (const auto* streams = core.fabric().worker(w).streams.load(std::memory_order_acquire))
        all_.push_back(streams);
  }
  bool running() const { return flows_ != nullptr && !all_.empty(); }
  std::size_t count() const {
    std::size_t sum = 0;
    for (const ShownStreams* streams : all_) sum += streams->size() * 2;
    return sum;
  }
  bool read(std::size_t i, Row& out) const {
    for (const ShownStreams* streams : all_) {
      if (i / 2 < streams->size()) return read((*streams)[i / 2], i % 2, out);
      i -= streams->size() * 2;
    }
    return false;
  }

 private:
  bool read(const flow::ShownStream& stream, std::size_t side, Row& out) const {
    out.index = stream.flow;
    if (out.index == flow::ShownStream::no_flow) return false;
    out.half = stream.halves[side];
    out.from_client = side == 0;
    if (!keeps_anything(out.half) || !flows_->arenas().read(out.index, now_, out.flow))
      return false;
    out.rule = out.flow.rule;
    return true;
  }
  Instant now_;
  const flow::Table* flows_;
  std::vector<const ShownStreams*> all_;
};

ordered_json to_row(Core& core, const Row& row, Instant now) {
  ordered_json out;
  out["flow"] = flow::Table::id_of(row.index, row.flow.generation);
  out["client"] = row.flow.client().address.to_string();
  out["client_port"] = row.flow.client().port;
  out["outer"] = row.flow.outer().address.to_string();
  out["outer_port"] = row.flow.outer().port;
  out["server"] = row.flow.server().address.to_string();
  out["rule"] = core.policy().rule_name(row.rule);
  out["sent_by"] = row.from_client ? "client" : "server";
  out["held"] = row.half.held.get();
  out["in_custody"] = row.half.owed.get();
  out["pinned_memory"] = row.half.pinned.get();
  out["out_of_order_memory"] = row.half.out_of_order.get();
  out["resends"] = row.half.resends.get();
  const std::int64_t since = row.half.waiting_since_ns;
  out["waiting"] =
      since == 0 ? 0 : std::max<std::int64_t>(0, whole_seconds(now - instant_from_ns(since)));
  out["why"] = why(row.half);
  return out;
}

}  // namespace

Result<void> show_streams(Core& core, const Arguments& arguments, Reply& reply) {
  const Instant now = real_now();
  const Directions directions(core, now);
  if (!directions.running()) return fail(ErrorCode::busy, "no worker runs yet");
  return show_records<Row>(
      core, arguments, reply, directions.count(),
      [&](std::size_t i, Row& out) { return directions.read(i, out); },
      [](const Row& row) { return row.flow.client().address; },
      [&](const Row& row, std::size_t) { return to_row(core, row, now); });
}

}  // namespace rpcgate::control
