// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/use_answers.hpp"

#include <fstream>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "dcerpc/interfaces.hpp"
#include "learn/event_reader.hpp"
#include "learn/report.hpp"
#include "learn/rules.hpp"

namespace rpcgate::control {
namespace {

using nlohmann::ordered_json;

ordered_json to_json(const learn::InterfaceLine& line) {
  ordered_json row;
  row["uuid"] = line.key.uuid.to_string();
  row["version"] = line.key.major;
  const auto name = dcerpc::interface_name({line.key.uuid, line.key.major, 0});
  if (!name.empty()) row["name"] = name;
  row["needed"] = line.needed;
  row["clients"] = line.clients;
  row["mapped"] = line.use.mapped;
  row["bound"] = line.use.bound;
  row["refused"] = line.use.refused;
  if (line.use.last_reason != stats::Reason::none)
    row["reason"] = stats::name_of(line.use.last_reason);
  row["opnums"] = ordered_json::array();
  for (const auto& [opnum, operation] : line.use.operations) row["opnums"].push_back(opnum);
  return row;
}

ordered_json to_json(const std::vector<learn::ServerPort>& ports) {
  ordered_json list = ordered_json::array();
  for (const learn::ServerPort& port : ports)
    list.push_back({{"server", port.server.to_string()}, {"port", port.port}});
  return list;
}

ordered_json to_json(const learn::RuleReport& report) {
  ordered_json row;
  row["rule"] = report.rule;
  row["learning"] = report.learning;
  row["clients"] = report.clients;
  row["ports_elsewhere"] = report.ports_elsewhere;
  row["ports_opened"] = to_json(report.opened);
  row["ports_used"] = to_json(report.used);
  row["interfaces_seen"] = report.interfaces.size();
  row["interfaces_needed"] = report.needed();
  row["interfaces"] = ordered_json::array();
  for (const learn::InterfaceLine& line : report.interfaces)
    row["interfaces"].push_back(to_json(line));
  return row;
}

void tell_left_out(const learn::Uses& uses, Reply& reply) {
  if (uses.left_out() != 0)
    reply.note(fmt::format("{} facts beyond the {} that are remembered are left out",
                           uses.left_out(), learn::Uses::limit));
}

}  // namespace

Result<void> learn_rules(const std::string& text, const std::string& name, const learn::Uses& uses,
                         const Arguments& arguments, Reply& reply) {
  learn::RuleOptions options;
  options.rule = arguments.text("rule");
  options.merge = arguments.has("merge");
  const auto rules = learn::learned_rules(text, name, uses, options);
  if (!rules) return tl::unexpected(rules.error());
  reply.row({{"text", *rules}});
  tell_left_out(uses, reply);
  return {};
}

Result<void> report_uses(const config::Config& config, const learn::Uses& uses,
                         const Arguments& arguments, Reply& reply) {
  const auto reports = learn::report(config, uses, arguments.text("rule"));
  if (reports.empty() && arguments.has("rule"))
    return fail(ErrorCode::not_found,
                "nothing is known of a rule '" + arguments.text("rule") + "'");
  ordered_json row;
  row["text"] = learn::to_text(reports);
  row["rules"] = ordered_json::array();
  for (const learn::RuleReport& report : reports) row["rules"].push_back(to_json(report));
  reply.row(row);
  tell_left_out(uses, reply);
  return {};
}

Result<learn::Uses> read_uses(const std::string& path, Reply& reply) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::io, "cannot read " + path);
  learn::Uses uses;
  const learn::ReadLines read = learn::read_events(file, uses);
  if (file.bad()) return fail(ErrorCode::io, "cannot read " + path);
  if (read.not_events != 0)
    reply.note(fmt::format("{} of {} lines of {} are no events", read.not_events,
                           read.not_events + read.events, path));
  return uses;
}

}  // namespace rpcgate::control
