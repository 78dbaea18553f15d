// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The two compiled steering programs, as ELF objects in this program's memory.
#pragma once

#include "base/bytes.hpp"

namespace rpcgate::xdp {

Bytes xdp_object() noexcept;
Bytes tc_object() noexcept;

}  // namespace rpcgate::xdp
