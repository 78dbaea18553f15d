// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// `show refusals`: by rule, interface and reason.
#include "control/commands.hpp"
#include "control/core.hpp"
#include "control/refusal_rows.hpp"

namespace rpcgate::control {

Result<void> show_refusals(Core& core, const Arguments& arguments, Reply& reply) {
  return list_refusals(
      core.events().refusals(), [&](policy::RuleId id) { return core.policy().rule_name(id); },
      arguments, reply);
}

}  // namespace rpcgate::control
