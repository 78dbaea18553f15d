// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The version the programs tell; RPCGATE_VERSION is the build's (meson.build).
#pragma once

#include <string_view>

namespace rpcgate::control {

inline constexpr std::string_view version = RPCGATE_VERSION;

}  // namespace rpcgate::control
