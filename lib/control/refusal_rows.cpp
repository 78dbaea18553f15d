// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/refusal_rows.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include <fmt/format.h>

#include "dcerpc/interfaces.hpp"
#include "event/event_json.hpp"

namespace rpcgate::control {
namespace {

using nlohmann::ordered_json;
using Entry = std::pair<Refusals::Key, Refusals::Count>;

std::string rule_cell(std::uint32_t id, const std::string& name) {
  return name.empty() && id != 0 ? fmt::format("#{:08x}", id) : name;
}

ordered_json to_row(const Entry& entry, const std::string& rule) {
  const auto& [key, count] = entry;
  ordered_json row;
  row["rule"] = rule;
  if (key.has_interface) {
    row["interface"]["uuid"] = key.uuid.to_string();
    row["interface"]["version"] = std::to_string(key.version);
    const auto name = dcerpc::interface_name({key.uuid, key.version, 0});
    if (!name.empty()) row["interface"]["name"] = name;
  }
  row["reason"] = stats::name_of(key.reason);
  row["count"] = count.count;
  row["last"] = event::to_rfc3339(count.last);
  return row;
}

}  // namespace

Result<void> list_refusals(const Refusals& refusals,
                           const std::function<std::string(std::uint32_t)>& rule_name,
                           const Arguments& arguments, Reply& reply) {
  const auto limit = arguments.number("limit", Refusals::limit);
  if (!limit) return tl::unexpected(limit.error());
  const std::string wanted = arguments.text("rule");
  std::vector<Entry> entries(refusals.by_key().begin(), refusals.by_key().end());
  std::ranges::stable_sort(entries, std::ranges::greater{},
                           [](const Entry& entry) { return entry.second.count; });
  for (const Entry& entry : entries) {
    const std::string rule = rule_cell(entry.first.rule, rule_name(entry.first.rule));
    if (!wanted.empty() && rule != wanted) continue;
    if (reply.rows() >= limit->value_or(1000)) {
      reply.note("there are more: --limit");
      break;
    }
    reply.row(to_row(entry, rule));
  }
  if (refusals.left_out() != 0)
    reply.note(fmt::format("{} more, of interfaces beyond the {} that are remembered",
                           refusals.left_out(), Refusals::limit));
  return {};
}

}  // namespace rpcgate::control
