// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/commands.hpp"

#include <exception>
#include <nlohmann/json.hpp>
#include <utility>

#include "control/request.hpp"

namespace rpcgate::control {
namespace {

using AtOnce = Result<void> (*)(Core&, const Arguments&, Reply&);

AtOnce at_once_handler(CommandId id) {
  switch (id) {
    case CommandId::status:
      return status;
    case CommandId::show_ports:
      return show_ports;
    case CommandId::show_pinholes:
      return show_pinholes;
    case CommandId::show_flows:
      return show_flows;
    case CommandId::show_notifications:
      return show_notifications;
    case CommandId::show_streams:
      return show_streams;
    case CommandId::show_rules:
      return show_rules;
    case CommandId::show_rpc_interfaces:
      return show_rpc_interfaces;
    case CommandId::show_counters:
      return show_counters;
    case CommandId::show_drops:
      return show_drops;
    case CommandId::show_reasons:
      return show_reasons;
    case CommandId::show_refusals:
      return show_refusals;
    case CommandId::show_events:
      return show_events;
    case CommandId::explain:
      return explain;
    case CommandId::learn:
      return learn;
    case CommandId::report:
      return report;
    case CommandId::config_check:
      return config_check;
    case CommandId::config_save:
      return config_save;
    case CommandId::config_test:
      return config_test;
    case CommandId::commands:
      return [](Core&, const Arguments&, Reply& reply) { return list_commands(reply); };
    case CommandId::close_client:
    case CommandId::close_pinhole:
    case CommandId::close_flow:
    case CommandId::config_apply:
      return nullptr;
  }
  return nullptr;
}

void run(Core& core, CommandId id, const Arguments& arguments, const PendingPtr& pending) {
  if (const AtOnce handler = at_once_handler(id))
    return pending->finish(handler(core, arguments, pending->reply));
  if (id == CommandId::close_client) return close_client(core, arguments, pending);
  if (id == CommandId::close_pinhole) return close_pinhole(core, arguments, pending);
  if (id == CommandId::close_flow) return close_flow(core, arguments, pending);
  config_apply(core, arguments, pending);
}

}  // namespace

void answer(Core& core, const std::string& line, SocketServer::Done done) {
  const auto pending = std::make_shared<Pending>();
  pending->done = std::move(done);
  const auto request = parse_request(line);
  if (!request) return pending->finish(tl::unexpected(request.error()));
  const Command* command = find_command(request->command);
  if (command == nullptr)
    return pending->finish(fail(ErrorCode::not_found, "no command '" + request->command + "'"));
  const auto arguments = Arguments::check(*command, *request);
  if (!arguments) return pending->finish(tl::unexpected(arguments.error()));
  try {
    run(core, command->id, *arguments, pending);
  } catch (const std::exception& e) {  // an answer that cannot be made must not end the daemon
    pending->finish(fail(ErrorCode::exhausted, e.what()));
  }
}

Result<void> list_commands(Reply& reply) {
  for (const Command& command : command_table()) {
    nlohmann::ordered_json row;
    row["command"] = command.path;
    row["help"] = command.help;
    row["arguments"] = nlohmann::ordered_json::array();
    for (const Argument& argument : command.arguments) {
      row["arguments"].push_back({{"name", argument.name},
                                  {"value", argument.value},
                                  {"kind", kind_name(argument.kind)},
                                  {"required", argument.required},
                                  {"help", argument.help}});
    }
    reply.row(row);
  }
  return {};
}

}  // namespace rpcgate::control
