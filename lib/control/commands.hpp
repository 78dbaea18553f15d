// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// From a request line to its answer: reads the line, finds the command in the table, checks its
// arguments and runs its handler. The handlers stand by noun in command/<noun>.cpp. Control core.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "control/arguments.hpp"
#include "control/reply.hpp"
#include "control/socket_server.hpp"

namespace rpcgate::control {

class Core;

// Answers one line of the control socket; `done` is called once, now or from a later turn.
void answer(Core& core, const std::string& line, SocketServer::Done done);

// An answer that is being made; handlers that wait for workers keep it.
struct Pending {
  Reply reply;
  SocketServer::Done done;
  void finish(const Result<void>& outcome) { done(reply.finish(outcome)); }
};
using PendingPtr = std::shared_ptr<Pending>;

// At once.
Result<void> status(Core& core, const Arguments& arguments, Reply& reply);
Result<void> show_ports(Core& core, const Arguments& arguments, Reply& reply);
Result<void> show_pinholes(Core& core, const Arguments& arguments, Reply& reply);
Result<void> show_flows(Core& core, const Arguments& arguments, Reply& reply);
Result<void> show_notifications(Core& core, const Arguments& arguments, Reply& reply);
Result<void> show_streams(Core& core, const Arguments& arguments, Reply& reply);
Result<void> show_rules(Core& core, const Arguments& arguments, Reply& reply);
Result<void> show_rpc_interfaces(Core& core, const Arguments& arguments, Reply& reply);
Result<void> show_counters(Core& core, const Arguments& arguments, Reply& reply);
Result<void> show_drops(Core& core, const Arguments& arguments, Reply& reply);
Result<void> show_reasons(Core& core, const Arguments& arguments, Reply& reply);
Result<void> show_refusals(Core& core, const Arguments& arguments, Reply& reply);
Result<void> show_events(Core& core, const Arguments& arguments, Reply& reply);
Result<void> learn(Core& core, const Arguments& arguments, Reply& reply);
Result<void> report(Core& core, const Arguments& arguments, Reply& reply);
Result<void> explain(Core& core, const Arguments& arguments, Reply& reply);
Result<void> config_check(Core& core, const Arguments& arguments, Reply& reply);
Result<void> config_save(Core& core, const Arguments& arguments, Reply& reply);
Result<void> config_test(Core& core, const Arguments& arguments, Reply& reply);
Result<void> list_commands(Reply& reply);

// When the workers have answered.
void close_client(Core& core, const Arguments& arguments, PendingPtr pending);
void close_pinhole(Core& core, const Arguments& arguments, PendingPtr pending);
void close_flow(Core& core, const Arguments& arguments, PendingPtr pending);
void config_apply(Core& core, const Arguments& arguments, PendingPtr pending);

}  // namespace rpcgate::control
