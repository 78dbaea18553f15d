// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Reading a text as the tests of this module do: with the packs of the source tree alone.
#pragma once

#include <string>
#include <vector>

#include "config/load.hpp"

namespace rpcgate::config {

inline Loaded load_for_test(std::string_view text, bool replay = true) {
  LoadOptions options;
  options.replay = replay;
  options.packs_dir = RPCGATE_TEST_PACKS_DIR;
  options.user_packs = false;
  return load_text(text, "t.toml", options);
}

// Every diagnostic as the operator reads it.
inline std::vector<std::string> told(const Loaded& loaded) {
  std::vector<std::string> lines;
  for (const Diagnostic& diagnostic : loaded.diagnostics) lines.push_back(to_string(diagnostic));
  return lines;
}

}  // namespace rpcgate::config
