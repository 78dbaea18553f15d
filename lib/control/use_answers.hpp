// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The answers about what clients made use of: `learn` and `report`. Used by the daemon on what it
// was told since its start and, on files of events, by the client itself.
#pragma once

#include <string>

#include "config/config.hpp"
#include "control/arguments.hpp"
#include "control/reply.hpp"
#include "learn/uses.hpp"

namespace rpcgate::control {

// One row whose `text` is the configuration `text`, its learning rules replaced.
Result<void> learn_rules(const std::string& text, const std::string& name, const learn::Uses& uses,
                         const Arguments& arguments, Reply& reply);

// One row with `text` and, for programs, `rules`.
Result<void> report_uses(const config::Config& config, const learn::Uses& uses,
                         const Arguments& arguments, Reply& reply);

// The events of a file; lines that are none are told in a note.
Result<learn::Uses> read_uses(const std::string& path, Reply& reply);

}  // namespace rpcgate::control
