// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Reading packs: *.toml in the directory of the product and in the operator's own. Internal to this
// module.
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/diagnostic.hpp"

namespace rpcgate::config {

// Adds the packs of a directory to config.packs, in the order of their file names. A directory that
// does not exist is told only when `required`.
void read_packs(const std::string& directory, bool required, const Position& at, Config& config,
                std::vector<Diagnostic>& diagnostics);

// The same for one pack in memory.
void read_pack(std::string_view text, const std::string& name, Config& config,
               std::vector<Diagnostic>& diagnostics);

// A whole file, or what went wrong. Refuses what no configuration is: over a mebibyte.
Result<std::string> read_file(const std::string& path);

}  // namespace rpcgate::config
