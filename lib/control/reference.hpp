// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// docs/reference/: the pages that are made from the tables in the code. Needs no EAL and no root.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace rpcgate::control {

struct ReferencePage {
  std::string name;  // "counters.md"
  std::string text;
};
std::vector<ReferencePage> reference_pages();
Result<void> write_reference(const std::string& folder);

}  // namespace rpcgate::control
