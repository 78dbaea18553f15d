// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What a rule of the configuration grants, from its packs, interfaces and entries. Internal to this
// module.
#pragma once

#include "config/config.hpp"
#include "policy/compiled.hpp"

namespace rpcgate::policy {

// The rule's grants. A range of versions becomes one grant a major version.
RuleBody build_body(const config::Config& config, const config::Rule& rule);

// The least that the packs of a rule demand of an interface, before the rule's own word; null when
// no pack of the rule grants it.
const config::InterfaceEntry* pack_entry(const config::Config& config, const config::Rule& rule,
                                         const InterfaceKey& key);

}  // namespace rpcgate::policy
