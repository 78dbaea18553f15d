// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Policies of a text, and addresses and interfaces as they are written.
#pragma once

#include <string>
#include <vector>

#include "policy/compile.hpp"
#include "policy/explain.hpp"

namespace rpcgate::policy {

inline LoadedPolicy policy_of(std::string_view text, bool user_packs = false) {
  config::LoadOptions options;
  options.replay = true;
  options.packs_dir = RPCGATE_TEST_PACKS_DIR;
  options.user_packs = user_packs;  // the text says where they are
  return load_text_and_compile(text, "t.toml", 7, options);
}

inline std::vector<std::string> told(const LoadedPolicy& policy) {
  std::vector<std::string> lines;
  for (const config::Diagnostic& diagnostic : policy.diagnostics)
    lines.push_back(to_string(diagnostic));
  return lines;
}

inline wire::IpAddress ip(std::string_view text) {
  return wire::IpAddress::parse(text).value();
}
inline Scope scope(std::string_view client, std::string_view outer) {
  return {ip(client), ip(outer)};
}
inline dcerpc::InterfaceId interface(std::string_view text) {
  return parse_interface(text).value();
}

}  // namespace rpcgate::policy
