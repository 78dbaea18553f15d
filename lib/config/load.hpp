// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// From TOML to Config, with all errors at once, each with its file, line and column. What spans
// rules (two servers for one key, overlaps, packs' floors) is said by policy::compile(); use
// policy::load_and_compile() to hear everything. Control core and tools only; never throws.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "config/diagnostic.hpp"

namespace rpcgate::config {

struct LoadOptions {
  bool replay = false;      // ports need no device
  std::string packs_dir{};  // instead of the file's `packs-dir`
  bool user_packs = true;   // read `user-packs-dir` too
};

struct Loaded {
  Config config;  // as much of it as could be read
  std::vector<Diagnostic> diagnostics;
  bool ok() const noexcept { return !has_errors(diagnostics); }
};

Loaded load(const std::string& path, const LoadOptions& options = {});

// The same for a text in memory; `name` is what positions call it.
Loaded load_text(std::string_view text, const std::string& name, const LoadOptions& options = {});

// Where packs lie when nobody says otherwise: in the installation, else in the source tree.
std::string default_packs_dir();

}  // namespace rpcgate::config
