// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// `show counters`, `show drops`, `show reasons`: sums over the workers.

#include <nlohmann/json.hpp>

#include "control/commands.hpp"
#include "control/core.hpp"

namespace rpcgate::control {
namespace {

using nlohmann::ordered_json;

template <class Get>
void show(Core& core, const Arguments& arguments, Reply& reply,
          std::span<const stats::CounterInfo> table, const char* group, bool all, Get get) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    std::uint64_t sum = 0;
    ordered_json each = ordered_json::object();
    for (unsigned w = 0; w < core.fabric().workers(); ++w) {
      const std::uint64_t value = get(core.fabric().worker(w).counters, i);
      each[std::to_string(w)] = value;
      sum += value;
    }
    if (sum == 0 && !all) continue;
    ordered_json row;
    row["name"] = table[i].name;
    row["value"] = sum;
    if (*group != '\0') row[group] = table[i].group;
    if (arguments.flag("per-worker")) row["workers"] = each;
    row["help"] = table[i].help;
    reply.row(row);
  }
}

}  // namespace

Result<void> show_counters(Core& core, const Arguments& arguments, Reply& reply) {
  show(core, arguments, reply, stats::counter_table(), "unit", true,
       [](const stats::WorkerCounters& counters, std::size_t i) {
         return counters.counters.get(static_cast<stats::Counter>(i));
       });
  return {};
}

Result<void> show_drops(Core& core, const Arguments& arguments, Reply& reply) {
  show(core, arguments, reply, stats::drop_table(), "stage", arguments.flag("all"),
       [](const stats::WorkerCounters& counters, std::size_t i) {
         return counters.drops.get(static_cast<stats::Drop>(i));
       });
  return {};
}

Result<void> show_reasons(Core& core, const Arguments& arguments, Reply& reply) {
  show(core, arguments, reply, stats::reason_table(), "", arguments.flag("all"),
       [](const stats::WorkerCounters& counters, std::size_t i) {
         return counters.reasons.get(static_cast<stats::Reason>(i));
       });
  return {};
}

}  // namespace rpcgate::control
