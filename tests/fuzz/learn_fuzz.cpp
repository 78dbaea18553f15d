// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Files that an operator hands over: lines of events, and a configuration whose rules are to be
// found in its text. The lines of the rules are of the text, in order, and none is in two.
#include <sstream>
#include <string>

#include "config/source.hpp"
#include "fuzz.hpp"
#include "learn/event_reader.hpp"
#include "learn/report.hpp"

using namespace rpcgate;
using fuzz::require;

namespace {

void read_lines(const std::string& text) {
  std::istringstream lines(text);
  learn::Uses uses;
  const learn::ReadLines read = learn::read_events(lines, uses);
  require(read.events + read.not_events <= text.size() + 1);
  require(!learn::to_text(learn::report({}, uses, {})).empty());
}

void find_rules(const std::string& text) {
  const auto rules = config::rule_sources(text);
  if (!rules) return;
  std::uint32_t done = 0;
  for (const config::RuleSource& rule : *rules) {
    require(rule.first_line > done && rule.end_line > rule.first_line);
    done = rule.end_line - 1;
    const std::string whole = config::lines_of(text, rule.first_line, rule.end_line) + '\n';
    for (const config::KeySource& key : rule.keys) require(whole.find(key.text) != whole.npos);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input{data, size};
  const std::string text(reinterpret_cast<const char*>(input.bytes.data()), input.bytes.size());
  if ((input.choice & 1) != 0)
    read_lines(text);
  else
    find_rules(text);
  return 0;
}
