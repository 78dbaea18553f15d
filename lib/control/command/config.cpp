// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// `config check|apply|save|test`.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "control/commands.hpp"
#include "control/config_answers.hpp"
#include "control/core.hpp"
#include "control/log.hpp"

namespace rpcgate::control {
namespace {

constexpr Duration take_up_deadline = seconds{5};

}  // namespace

Result<void> config_check(Core&, const Arguments& arguments, Reply& reply) {
  return check_config(arguments.text("text"), arguments.text("file"), reply);
}

Result<void> config_save(Core& core, const Arguments&, Reply& reply) {
  nlohmann::ordered_json row;
  row["name"] = core.config_name();
  row["text"] = core.policy().text();
  reply.row(row);
  return {};
}

Result<void> config_test(Core& core, const Arguments& arguments, Reply& reply) {
  if (arguments.has("config"))  // the client reads files, with its own rights
    return fail(ErrorCode::invalid, "config: the daemon reads no file; the client tests it itself");
  return test_config(core.policy().snapshot(), arguments, reply);
}

void config_apply(Core& core, const Arguments& arguments, PendingPtr pending) {
  const std::string file = arguments.text("file");
  const std::string text = arguments.text("text");
  const auto taken_up = [pending](bool by_all) {
    if (!by_all) pending->reply.note("a worker has not taken the new rules up yet");
    pending->finish({});
  };
  const auto outcome = core.policy().apply(text, file, real_now() + take_up_deadline, taken_up);
  add_diagnostics(pending->reply, outcome.diagnostics);
  if (!outcome.applied)
    return pending->finish(
        fail(ErrorCode::invalid, file + " has errors; the rules in force have not changed"));
  core.set_config_name(file);
  for (const auto& what : outcome.needs_restart)
    pending->reply.note(what + ": takes effect when the daemon starts again");
  const auto generation = core.policy().snapshot().generation();
  pending->reply.note("in force: " + file + ", generation " + std::to_string(generation));
  if (auto updated = core.slow_path().update_steering(); !updated) {
    log::error(updated.error().what);
    pending->reply.note("the steering of frames was not updated: " + updated.error().what);
  }
  event::Event committed;
  committed.kind = event::Kind::policy_committed;
  core.tell(committed);
  log::info("rules of " + file + " are in force, generation " + std::to_string(generation));
}

}  // namespace rpcgate::control
