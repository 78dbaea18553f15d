// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The table of commands for people: usage lines, help and shell completion. Used by the client and
// by the reference page.
#pragma once

#include <string>

#include "control/command_table.hpp"

namespace rpcgate::control {

std::string usage(const Argument& argument);  // "--client ADDRESS", "FILE"
std::string usage(const Command& command);    // "show flows [--client ADDRESS] [--limit N]"
std::string help();                           // all commands
std::string help(const Command& command);
std::string bash_completion();

}  // namespace rpcgate::control
