// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The configuration in force: its text, what it means, and the snapshot the workers read. A new one
// takes the old one's place whole or not at all: load, check, compile, publish, and free the old
// after every worker has left it behind. Control core.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "control/retirement.hpp"
#include "interplane/published.hpp"
#include "policy/compile.hpp"

namespace rpcgate::control {

class PolicyStore {
 public:
  PolicyStore(interplane::Published& published, Retirement& retirement) noexcept
      : published_(published), retirement_(retirement) {}
  ~PolicyStore();
  PolicyStore(const PolicyStore&) = delete;
  PolicyStore& operator=(const PolicyStore&) = delete;

  // The first configuration, checked already; `text` is what `config save` writes.
  void start(policy::LoadedPolicy loaded, std::string text);

  struct Outcome {
    bool applied = false;
    std::vector<config::Diagnostic> diagnostics;  // errors (then nothing changed) and warnings
    std::vector<std::string> needs_restart;       // what the file says and this process cannot do
  };
  // `taken_up`: all workers judge by the new rules (true), or some have not within the deadline.
  Outcome apply(const std::string& text, const std::string& name, Instant deadline,
                Retirement::Told taken_up);

  // A schedule has begun or ended, or the clock was set: the same rules, with what holds now.
  // False: nothing has changed.
  bool follow_schedules(Instant wall, Instant deadline);

  const config::Config& config() const noexcept { return config_; }
  const policy::Snapshot& snapshot() const noexcept { return *snapshot_; }
  const std::string& text() const noexcept { return text_; }
  // Name of a rule in force; empty when it is gone.
  std::string rule_name(policy::RuleId id) const;

 private:
  interplane::Published& published_;
  Retirement& retirement_;
  config::Config config_;
  std::string text_;
  std::unique_ptr<const policy::Snapshot> snapshot_;
  Instant compiled_at_{};  // by the wall clock
};

// Puts back into `next` what only a start can change, as `running` has it, and names each.
std::vector<std::string> keep_what_needs_restart(const config::Config& running,
                                                 config::Config& next);

}  // namespace rpcgate::control
