// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The reference pages of the configuration, made from the same tables that read it.
#pragma once

#include <string>

namespace rpcgate::config {

std::string reference_markdown();         // docs/reference/config.md
std::string limits_reference_markdown();  // docs/reference/limits.md

}  // namespace rpcgate::config
