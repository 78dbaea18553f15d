// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// `rpcgate learn`: rules that grant what was used, and nothing else, in the place of those that
// learnt it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "config/load.hpp"
#include "learn/uses.hpp"

namespace rpcgate::learn {

struct RuleOptions {
  std::string rule{};  // this one alone; empty: all that learn
  bool merge = false;  // one rule for all its clients, rather than one for those who did alike
  config::LoadOptions load{};
};

// The configuration `text`, whose rules with `action = "learn"` are replaced. What such a rule says
// beside grants and clients stays as it is written; one under which nothing was done goes, and a
// comment says so. Fails where no rule learns, and where the text has errors.
Result<std::string> learned_rules(std::string_view text, const std::string& name, const Uses& uses,
                                  const RuleOptions& options);

}  // namespace rpcgate::learn
