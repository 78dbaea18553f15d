// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/config_answers.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "event/event_json.hpp"
#include "policy/explain.hpp"

namespace rpcgate::control {
namespace {

using nlohmann::ordered_json;

Result<policy::Protection> parse_protection(const std::string& name) {
  using enum policy::Protection;
  for (const auto level : {none, connect, packet, integrity, privacy})
    if (event::protection_name(static_cast<std::uint8_t>(level)) == name) return level;
  return fail(ErrorCode::invalid,
              "protection: '" + name + "' is not none, connect, packet, integrity or privacy");
}

Result<policy::Question> read_question(const Arguments& arguments) {
  policy::Question question;
  const auto client = arguments.address("client");
  if (!client) return tl::unexpected(client.error());
  const auto outer = arguments.address("to");
  if (!outer) return tl::unexpected(outer.error());
  question.scope = {client->value_or(wire::IpAddress{}), outer->value_or(wire::IpAddress{})};
  const auto interface = policy::parse_interface(arguments.text("interface"));
  if (!interface) return tl::unexpected(interface.error());
  question.interface = *interface;
  const auto opnum = arguments.number("opnum", 0xffff);
  if (!opnum) return tl::unexpected(opnum.error());
  if (*opnum) question.opnum = static_cast<std::uint16_t>(**opnum);
  if (arguments.has("protection")) {
    const auto level = parse_protection(arguments.text("protection"));
    if (!level) return tl::unexpected(level.error());
    question.level = *level;
  }
  return question;
}

ordered_json to_json(const policy::Step& step) {
  ordered_json row;
  row["rule"] = step.name;
  row["line"] = step.at.line;
  row["decides"] = step.decides;
  row["why"] = step.why;
  return row;
}

std::string to_text(const policy::Explanation& explanation) {
  std::string text = explanation.text;
  for (const auto& step : explanation.steps)
    text += std::string("\n  ") + (step.decides ? "* " : "  ") + step.name + ": " + step.why;
  return text;
}

}  // namespace

void add_diagnostics(Reply& reply, std::span<const config::Diagnostic> diagnostics) {
  for (const auto& diagnostic : diagnostics) {
    ordered_json row;
    row["severity"] = diagnostic.severity == config::Severity::error ? "error" : "warning";
    row["file"] = diagnostic.file;
    row["line"] = diagnostic.at.line;
    row["column"] = diagnostic.at.column;
    row["text"] = diagnostic.text;
    reply.row(row);
  }
}

Result<void> check_config(const std::string& text, const std::string& file, Reply& reply) {
  const auto loaded = policy::load_text_and_compile(text, file, 1);
  add_diagnostics(reply, loaded.diagnostics);
  const auto errors =
      std::count_if(loaded.diagnostics.begin(), loaded.diagnostics.end(),
                    [](const auto& d) { return d.severity == config::Severity::error; });
  if (errors > 0)
    return fail(ErrorCode::invalid,
                std::to_string(errors) + (errors == 1 ? " error" : " errors") + " in " + file);
  const auto warnings = loaded.diagnostics.size();
  reply.note(file + ": no error, " + std::to_string(warnings) +
             (warnings == 1 ? " warning" : " warnings"));
  return {};
}

Result<void> test_config(const policy::Snapshot& snapshot, const Arguments& arguments,
                         Reply& reply) {
  const auto question = read_question(arguments);
  if (!question) return tl::unexpected(question.error());
  const auto explanation = policy::explain(snapshot, *question);
  ordered_json row;
  row["allowed"] = explanation.allowed;
  if (!explanation.allowed) row["reason"] = stats::name_of(explanation.reason);
  if (!explanation.rule_name.empty()) row["rule"] = explanation.rule_name;
  if (explanation.allowed) {
    row["protection"] = event::protection_name(static_cast<std::uint8_t>(explanation.floor));
    row["anonymous"] = explanation.anonymous;
    row["server"] = explanation.server.to_string();
  }
  row["text"] = to_text(explanation);
  row["steps"] = ordered_json::array();
  for (const auto& step : explanation.steps) row["steps"].push_back(to_json(step));
  reply.row(row);
  return {};
}

}  // namespace rpcgate::control
