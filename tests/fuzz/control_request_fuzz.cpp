// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Request lines of the control socket: what is accepted is within its bounds and can be checked
// against every command.
#include "control/arguments.hpp"
#include "control/request.hpp"
#include "fuzz.hpp"

using namespace rpcgate;
using fuzz::require;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto request = control::parse_request(line);
  if (!request) return 0;
  require(line.size() <= control::request_line_limit);
  require(request->command.size() <= 64 && request->arguments.size() <= 32);
  for (const auto& command : control::command_table()) {
    const auto arguments = control::Arguments::check(command, *request);
    if (!arguments) continue;
    for (const auto& argument : command.arguments) {
      const auto number = arguments->number(argument.name, 100);
      require(!number || number->value_or(0) <= 100);
      static_cast<void>(arguments->address(argument.name));
    }
  }
  return 0;
}
