// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Every command once: its words, arguments and help. `rpcgate` reads its command line by this
// table, completion and docs/reference/cli.md are made of it, and the daemon finds the handler by
// it (commands.cpp). Plain data: the client links this and nothing else of the daemon.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace rpcgate::control {

enum class CommandId : std::uint8_t {
  status,
  show_ports,
  show_pinholes,
  show_flows,
  show_notifications,
  show_streams,
  show_rules,
  show_rpc_interfaces,
  show_counters,
  show_drops,
  show_reasons,
  show_refusals,
  show_events,
  explain,
  report,
  learn,
  close_client,
  close_pinhole,
  close_flow,
  config_check,
  config_apply,
  config_save,
  config_test,
  commands,
};

enum class ArgumentKind : std::uint8_t {
  word,       // given by place
  option,     // --name VALUE
  file_text,  // by place: a file whose text is sent beside its name, as "text"
  output,     // by place: a file the client writes; never sent
  flag,       // --name
};

struct Argument {
  std::string_view name;   // in the request; --name on the command line
  std::string_view value;  // how help calls it
  ArgumentKind kind = ArgumentKind::option;
  bool required = false;
  std::string_view help;
};

enum class Layout : std::uint8_t {
  table,   // many rows
  record,  // one row, told as "key: value" lines
  text,    // one row whose "text" is the answer
  errors,  // rows of what is wrong where: "file:line:column: error: text"
};

struct Command {
  CommandId id;
  std::string_view path;
  std::span<const Argument> arguments;
  std::string_view help;
  Layout layout = Layout::table;
  bool works_without_daemon = false;
};

std::span<const Command> command_table() noexcept;  // by CommandId
const Command* find_command(std::string_view path) noexcept;

// "word", "option", ... as the `commands` command tells it.
std::string_view kind_name(ArgumentKind kind) noexcept;

}  // namespace rpcgate::control
