// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// `close client|pinhole|flow`: done by the worker that owns it, by message.

#include <nlohmann/json.hpp>

#include "control/commands.hpp"
#include "control/core.hpp"

namespace rpcgate::control {
namespace {

using Kind = interplane::Command::Kind;

constexpr Duration answer_deadline = seconds{5};

void send(Core& core, const interplane::Command& command, const PendingPtr& pending) {
  const unsigned workers = core.fabric().workers();
  core.workers().send(
      command, real_now() + answer_deadline,
      [pending, workers](const WorkerCommands::Outcome& outcome) {
        nlohmann::ordered_json row;
        row["flows"] = outcome.flows;
        row["pinholes"] = outcome.pinholes;
        pending->reply.row(row);
        if (outcome.answered < workers)
          return pending->finish(fail(ErrorCode::busy, "a worker did not answer in time"));
        if (outcome.flows + outcome.pinholes == 0)
          return pending->finish(fail(ErrorCode::not_found, "there is nothing to close"));
        pending->finish({});
      });
}

void close_by_id(Core& core, Kind kind, const Arguments& arguments, const PendingPtr& pending) {
  const auto id = arguments.number("id", ~std::uint64_t{0});
  if (!id) return pending->finish(tl::unexpected(id.error()));
  interplane::Command command;
  command.kind = kind;
  command.id = id->value_or(0);
  send(core, command, pending);
}

}  // namespace

void close_client(Core& core, const Arguments& arguments, PendingPtr pending) {
  const auto client = arguments.address("address");
  if (!client) return pending->finish(tl::unexpected(client.error()));
  interplane::Command command;
  command.kind = Kind::close_client;
  command.client = client->value_or(wire::IpAddress{});
  send(core, command, pending);
}

void close_pinhole(Core& core, const Arguments& arguments, PendingPtr pending) {
  close_by_id(core, Kind::close_pinhole, arguments, pending);
}

void close_flow(Core& core, const Arguments& arguments, PendingPtr pending) {
  close_by_id(core, Kind::close_flow, arguments, pending);
}

}  // namespace rpcgate::control
