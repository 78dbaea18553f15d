// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/command_table.hpp"

#include <iterator>

namespace rpcgate::control {
namespace {

using enum ArgumentKind;

constexpr Argument limit{"limit", "N", option, false, "At most N rows (default 1000)"};
constexpr Argument by_client{"client", "ADDRESS", option, false, "Only this client's"};
constexpr Argument by_rule{"rule", "NAME", option, false, "Only those under this rule"};
constexpr Argument by_port{"port", "NAME", option, false, "Only this NIC"};
constexpr Argument per_worker{"per-worker", "", flag, false, "One column a worker, not their sum"};
constexpr Argument all{"all", "", flag, false, "Also those that are zero"};

constexpr Argument port_arguments[] = {by_port};
constexpr Argument pinhole_arguments[] = {by_client, by_rule, limit};
constexpr Argument flow_arguments[] = {by_client, by_rule, limit};
constexpr Argument count_arguments[] = {all, per_worker};
constexpr Argument counter_arguments[] = {per_worker};
constexpr Argument event_arguments[] = {
    {"event", "NAME", option, false, "Only this kind of event"}, by_client, by_rule, limit};
constexpr Argument client_arguments[] = {
    {"address", "ADDRESS", word, true, "The client's address on the outer side"}};
constexpr Argument refusal_arguments[] = {by_rule, limit};
constexpr Argument explain_arguments[] = {
    {"client", "ADDRESS", word, true, "The client's address on the side it calls from"}};
constexpr Argument from_events{"events", "FILE", option, false,
                               "Of this file of events, not of what the daemon was told"};
constexpr Argument report_arguments[] = {
    {"rule", "NAME", option, false, "Only this rule"},
    from_events,
    {"config", "FILE", option, false, "With `events`: the configuration they belong to"}};
constexpr Argument learn_arguments[] = {
    {"rule", "NAME", option, false, "Only this rule; others that learn stay as they are"},
    {"merge", "", flag, false,
     "One rule for all clients of a rule that learns, not one for those who did alike"},
    from_events,
    {"config", "FILE", option, false, "With `events`: the configuration whose rules learned"}};
constexpr Argument pinhole_id[] = {{"id", "ID", word, true, "As `show pinholes` tells it"}};
constexpr Argument flow_id[] = {{"id", "ID", word, true, "As `show flows` tells it"}};
constexpr Argument config_in[] = {{"file", "FILE", file_text, true, "A configuration (TOML)"}};
constexpr Argument config_out[] = {{"file", "FILE", output, true, "Where to write it"}};
constexpr Argument test_arguments[] = {
    {"client", "ADDRESS", option, true, "Who calls"},
    {"to", "ADDRESS", option, true, "The published address it calls"},
    {"interface", "NAME|UUID[/VERSION]", option, true, "The RPC interface it asks for"},
    {"opnum", "N", option, false, "The operation it calls"},
    {"protection", "LEVEL", option, false,
     "How the call is protected: none, connect, packet, integrity or privacy (the default)"},
    {"config", "FILE", option, false, "Judge by this file, not by what is in force"},
};

constexpr Command table[] = {
    {CommandId::status, "status", {}, "How the daemon is", Layout::record},
    {CommandId::show_ports, "show ports", port_arguments, "The NICs"},
    {CommandId::show_pinholes, "show pinholes", pinhole_arguments, "The live pinholes"},
    {CommandId::show_flows, "show flows", flow_arguments, "The live connections"},
    {CommandId::show_notifications, "show notifications", pinhole_arguments,
     "Sessions whose clients may be notified by datagrams, and at which ports"},
    {CommandId::show_streams, "show streams", flow_arguments,
     "RPC connections of which bytes are kept here: how many, for how long, and why"},
    {CommandId::show_rules, "show rules", {}, "The rules in force and what each decided"},
    {CommandId::show_rpc_interfaces,
     "show rpc-interfaces",
     {},
     "RPC interfaces that clients asked for, and what became of it"},
    {CommandId::show_counters, "show counters", counter_arguments, "What the workers counted"},
    {CommandId::show_drops, "show drops", count_arguments, "Packets dropped, by cause"},
    {CommandId::show_reasons, "show reasons", count_arguments, "Refusals and resets, by reason"},
    {CommandId::show_refusals, "show refusals", refusal_arguments,
     "Refusals and resets by rule, interface and reason, as events told them: a client that dials "
     "what it may not have is told of once a second, `show reasons` counts each time"},
    {CommandId::show_events, "show events", event_arguments, "The latest events"},
    {CommandId::explain, "explain", explain_arguments,
     "What this client asked for, what became of it, by which rule and why, what to do, and what "
     "is "
     "open for it now; of its last 256 events, while it is among the last 4096 clients",
     Layout::text},
    {CommandId::report, "report", report_arguments,
     "By rule: of the ports that a packet filter would hold open which were used, of the "
     "interfaces that clients asked for which they needed; since the daemon started",
     Layout::text, true},
    {CommandId::learn, "learn", learn_arguments,
     "The configuration with rules that grant what was used under those with `action = \"learn\"`, "
     "and nothing else",
     Layout::text, true},
    {CommandId::close_client, "close client", client_arguments,
     "Close all connections and pinholes of a client", Layout::record},
    {CommandId::close_pinhole, "close pinhole", pinhole_id,
     "Close a pinhole and the connections through it", Layout::record},
    {CommandId::close_flow, "close flow", flow_id, "Close a connection", Layout::record},
    {CommandId::config_check, "config check", config_in,
     "All errors and warnings of a configuration; nothing is changed", Layout::errors, true},
    {CommandId::config_apply, "config apply", config_in,
     "Check a configuration and put its rules in force; with any error the old ones stay",
     Layout::errors},
    {CommandId::config_save, "config save", config_out, "Write the running configuration to a file",
     Layout::text},
    {CommandId::config_test, "config test", test_arguments,
     "Which rule decides about a call, and why", Layout::text, true},
    {CommandId::commands, "commands", {}, "All commands, for programs"},
};

constexpr bool is_by_id() {
  for (std::size_t i = 0; i < std::size(table); ++i)
    if (static_cast<std::size_t>(table[i].id) != i) return false;
  return true;
}
static_assert(is_by_id());

}  // namespace

std::span<const Command> command_table() noexcept {
  return table;
}

const Command* find_command(std::string_view path) noexcept {
  for (const Command& command : table)
    if (command.path == path) return &command;
  return nullptr;
}

std::string_view kind_name(ArgumentKind kind) noexcept {
  switch (kind) {
    case word:
      return "word";
    case option:
      return "option";
    case file_text:
      return "file";
    case output:
      return "output";
    case flag:
      return "flag";
  }
  return "";
}

}  // namespace rpcgate::control
