// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Configurations: rules come into force just where no error was told, every mistake has a place in
// the text, and what is in force can be judged and explained.
#include <algorithm>
#include <string_view>

#include "config/packs.hpp"
#include "fuzz.hpp"
#include "policy/compile.hpp"
#include "policy/explain.hpp"

using namespace rpcgate;
using fuzz::require;

namespace {

void judge(const policy::Snapshot& snapshot, const policy::Rule& rule) {
  policy::Question question;
  question.scope.outer = rule.outer;
  if (!rule.clients.prefixes().empty())
    question.scope.client = rule.clients.prefixes().front().address();
  require(rule.names(question.scope));
  require(snapshot.rule(rule.id) == &rule);
  for (const auto& granted : policy::granted_by(snapshot, rule.id)) {
    question.interface = granted.interface;
    question.opnum = std::uint16_t{3};
    const auto request = snapshot.judge_request(question.scope, question.interface, 3,
                                                question.level, question.caller, false);
    const auto whole = snapshot.judge_interface(question.scope, question.interface, false);
    require(!request.allowed || whole.allowed);
    const auto answer = policy::explain(snapshot, question);
    require(answer.allowed == request.allowed && answer.reason == request.reason);
    require(answer.steps.size() == snapshot.rules().size() && !answer.text.empty());
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text;
  if (size != 0) text = {reinterpret_cast<const char*>(data), size};
  config::LoadOptions options;
  options.replay = true;
  options.packs_dir = RPCGATE_FUZZ_PACKS_DIR;
  options.user_packs = false;
  const auto policy = policy::load_text_and_compile(text, "fuzz.toml", 1, options);
  require((policy.snapshot != nullptr) != config::has_errors(policy.diagnostics));
  const auto lines = static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  for (const auto& diagnostic : policy.diagnostics) {
    require(!diagnostic.text.empty() && diagnostic.file == "fuzz.toml");
    require(diagnostic.at.line <= lines);
  }
  if (policy.snapshot != nullptr)
    for (const auto& rule : policy.snapshot->rules()) judge(*policy.snapshot, rule);

  config::Config alone;
  std::vector<config::Diagnostic> told;
  config::read_pack(text, "pack.toml", alone, told);
  require(alone.packs.size() + told.size() >= 1);
  return 0;
}
