// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The limits in force (config/limits.hpp lists them with their defaults). A snapshot carries the
// file's; a rule carries its own copy, which differs where the rule says so.
#pragma once

#include <type_traits>

#include "config/limits.hpp"

namespace rpcgate::policy {

struct Limits : config::Limits {};
static_assert(std::is_trivially_copyable_v<Limits>);

}  // namespace rpcgate::policy
