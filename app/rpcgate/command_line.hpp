// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The command line of rpcgate, read by the table of commands (control/command_table.hpp).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "control/command_table.hpp"

namespace rpcgate::cli {

struct CommandLine {
  std::string socket = "/run/rpcgate/control.sock";
  bool json = false;
  bool help = false;
  bool version = false;
  std::string completion;                        // the shell's name
  const control::Command* command = nullptr;     // null with help, version or completion alone
  std::map<std::string, std::string> arguments;  // by name; flags are "true"
};

Result<CommandLine> parse(const std::vector<std::string>& words);

}  // namespace rpcgate::cli
