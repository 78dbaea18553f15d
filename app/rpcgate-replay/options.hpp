// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The command line of rpcgate-replay.
#pragma once

#include <string>

namespace rpcgate::replay {

struct Options {
  std::string config;
  std::string read;
  std::string write;   // empty: what leaves is not written
  std::string events;  // empty: nowhere; "-": standard output
  std::string learn;   // empty: rules are not learned
  bool merge = false;
  bool strict = false;
};

// False: `exit_code` is what the program should end with (help was asked for, or a mistake).
bool read_options(int argc, char** argv, Options& options, int& exit_code);

}  // namespace rpcgate::replay
