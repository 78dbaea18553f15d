// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The command line of rpcgated.
#pragma once

#include <optional>
#include <string>

namespace rpcgate::daemon {

struct Options {
  std::string config = "/etc/rpcgate/rpcgate.toml";
  bool check = false;           // tell what is wrong with the configuration, and end
  std::string write_reference;  // a folder: write docs/reference/ there, and end
};

// Nothing: the process is to end with `exit_code` (help, version, wrong usage).
std::optional<Options> read_options(int argc, char** argv, int& exit_code);

}  // namespace rpcgate::daemon
