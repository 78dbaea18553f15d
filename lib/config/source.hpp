// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Where the rules stand in a configuration's text, so that one can be replaced and the rest of the
// file stays as its owner wrote it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace rpcgate::config {

// A key of a rule with its value: whole lines, and what comments follow them.
struct KeySource {
  std::string key;
  std::string text;
  bool table = false;  // [publish.limits], [[publish.interface]]: not on one line with others
};

struct RuleSource {
  std::string name;
  std::uint32_t first_line = 0;  // from 1: [[publish]] or [[outbound]]
  std::uint32_t end_line = 0;    // behind the last line; comments before the next section are its
  std::vector<KeySource> keys;   // in the order of the file
};

// The rules in the order of the file. Needs TOML whose rules are written [[publish]] and
// [[outbound]], each key on lines of its own; what is not fails with ErrorCode::invalid.
Result<std::vector<RuleSource>> rule_sources(std::string_view text);

// The lines of a text, from 1, `end` not among them.
std::string lines_of(std::string_view text, std::uint32_t first, std::uint32_t end);

}  // namespace rpcgate::config
