// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The rows of `show refusals`, those that happened most first.
#pragma once

#include <functional>
#include <string>

#include "control/arguments.hpp"
#include "control/refusals.hpp"
#include "control/reply.hpp"

namespace rpcgate::control {

// `rule_name(id)`: empty when the rule is gone.
Result<void> list_refusals(const Refusals& refusals,
                           const std::function<std::string(std::uint32_t)>& rule_name,
                           const Arguments& arguments, Reply& reply);

}  // namespace rpcgate::control
