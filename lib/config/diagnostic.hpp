// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What is wrong with a configuration, in the words of `rpcgate config check`. All of it is
// collected before anybody is told.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/config.hpp"

namespace rpcgate::config {

enum class Severity : std::uint8_t { error, warning };

struct Diagnostic {
  Severity severity = Severity::error;
  Position at;
  std::string file;  // the name behind at.file
  std::string text;
};

// "rpcgate.toml:12:3: error: ..." (GNU Coding Standards, "Formatting Error Messages").
std::string to_string(const Diagnostic& diagnostic);

bool has_errors(std::span<const Diagnostic> diagnostics) noexcept;

// In the order of the files, lines and columns; what is said twice is said once.
void sort(std::vector<Diagnostic>& diagnostics);

}  // namespace rpcgate::config
