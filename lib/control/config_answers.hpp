// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The answers about a configuration that need no running daemon: `config check` and `config test`.
// Used by the daemon and, on a file, by the client itself.
#pragma once

#include <span>

#include "control/arguments.hpp"
#include "control/reply.hpp"
#include "policy/compile.hpp"

namespace rpcgate::control {

// One row a diagnostic.
void add_diagnostics(Reply& reply, std::span<const config::Diagnostic> diagnostics);

// `text` under the name `file`: all errors and warnings. An error when there is any error.
Result<void> check_config(const std::string& text, const std::string& file, Reply& reply);

// Which rule decides, and why.
Result<void> test_config(const policy::Snapshot& snapshot, const Arguments& arguments,
                         Reply& reply);

}  // namespace rpcgate::control
