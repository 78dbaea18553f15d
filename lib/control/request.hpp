// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// One line of the control socket, read: {"v":1,"command":"show pinholes","arguments":{...}}. The
// line is hostile until read: its length, depth and shape are bounded, and whatever is not
// understood is refused whole.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace rpcgate::control {

inline constexpr int protocol_version = 1;
// A whole configuration file travels in a request.
inline constexpr std::size_t request_line_limit = std::size_t{1} << 20;

struct Request {
  std::string command;                                        // words joined by one space
  std::map<std::string, std::string, std::less<>> arguments;  // numbers and booleans as text
};

Result<Request> parse_request(std::string_view line);

}  // namespace rpcgate::control
