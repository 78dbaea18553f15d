// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Mistakes that only show when rules, packs and ports are seen together. Internal to this module.
#pragma once

#include <vector>

#include "config/config.hpp"
#include "config/diagnostic.hpp"
#include "policy/compiled.hpp"

namespace rpcgate::policy {

// `compiled.rules[i]` is made of `config.rules[i]`.
void find_traps(const config::Config& config, const Compiled& compiled,
                std::vector<config::Diagnostic>& diagnostics);

}  // namespace rpcgate::policy
