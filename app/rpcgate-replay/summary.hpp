// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What a replay saw, as text for people.
#pragma once

#include <string>

#include "replay.hpp"
#include "stats/counters.hpp"

namespace rpcgate::replay {

std::string summary(const Totals& totals, const stats::WorkerCounters& counters, bool truncated);

}  // namespace rpcgate::replay
