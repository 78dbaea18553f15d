// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// One request to the daemon's control socket and its answer, line by line.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/result.hpp"

namespace rpcgate::cli {

// A request as the socket takes it.
std::string to_request(const std::string& command,
                       const std::map<std::string, std::string>& arguments);

// Calls `on_line` for each line of the answer, the end line included. ErrorCode::not_found: no
// daemon listens there; denied: it does, but not to us.
Result<void> ask(const std::string& socket_path, const std::string& request,
                 const std::function<void(const std::string&)>& on_line);

}  // namespace rpcgate::cli
