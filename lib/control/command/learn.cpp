// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// `learn` and `report`, of what the daemon was told since it started.
#include "control/commands.hpp"
#include "control/core.hpp"
#include "control/use_answers.hpp"

namespace rpcgate::control {

Result<void> learn(Core& core, const Arguments& arguments, Reply& reply) {
  return learn_rules(core.policy().text(), core.config_name(), core.events().uses(), arguments,
                     reply);
}

Result<void> report(Core& core, const Arguments& arguments, Reply& reply) {
  return report_uses(core.policy().config(), core.events().uses(), arguments, reply);
}

}  // namespace rpcgate::control
