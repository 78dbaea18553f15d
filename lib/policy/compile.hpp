// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// From a configuration to the rules in force, and the traps that only show when rules are seen
// together (two servers for one key, shadowed rules, 445, hardened DCOM, a pack's floors undercut).
// Control core and tools only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/load.hpp"
#include "policy/limits.hpp"
#include "policy/rule.hpp"
#include "policy/snapshot.hpp"

namespace rpcgate::policy {

struct Compilation {
  std::vector<config::Diagnostic> diagnostics;
  std::unique_ptr<const Snapshot> snapshot;  // null when there is an error
};

// `config` may hold errors that load() has already told: what can be looked at is still looked at,
// but pass `config_ok` false then, so that no snapshot is made.
// Schedules are those of the time `at`; Snapshot::next_change() says for how long.
Compilation compile(const config::Config& config, std::uint32_t generation, Instant at,
                    bool config_ok = true);

// The same rules at another time; `config` compiled before without errors.
std::unique_ptr<const Snapshot> recompile(const config::Config& config, std::uint32_t generation,
                                          Instant at);

// What time it is for schedules: the wall clock, however it is set.
Instant wall_now();

// Everything in one go, at this time, for `config check`, the daemon and replay. The snapshot is
// null when any diagnostic is an error; diagnostics are sorted by position.
struct LoadedPolicy {
  config::Config config;
  std::vector<config::Diagnostic> diagnostics;
  std::unique_ptr<const Snapshot> snapshot;
};
LoadedPolicy load_and_compile(const std::string& path, std::uint32_t generation,
                              const config::LoadOptions& options = {});
LoadedPolicy load_text_and_compile(std::string_view text, const std::string& name,
                                   std::uint32_t generation,
                                   const config::LoadOptions& options = {});

}  // namespace rpcgate::policy
