// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The timers of flow records: arena/timer_wheel.hpp with Table::timer_links().
#pragma once

#include "arena/timer_wheel.hpp"

namespace rpcgate::flow {
using arena::TimerLinks;
using arena::TimerWheel;
}  // namespace rpcgate::flow
