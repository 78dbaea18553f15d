// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// When a schedule holds, by the wall clock of its time zone: changes of summer time, nights that
// end on the next day, grace. Control core and tools only.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "config/rule.hpp"
#include "policy/types.hpp"

namespace rpcgate::policy {

// Is the name in the time zone database of this machine?
bool is_time_zone(const std::string& name);

struct ScheduleState {
  Holding holding = Holding::open;
  Instant next_change = Instant::max();  // when `holding` may differ
};

// `schedule.timezone` has to be known. A local time that a change of summer time skips is taken as
// the moment of the change; one that happens twice, as its first for a beginning, its last for an
// end. Times that overlap (a night of 14 hours, a grace of days) hold as long as one of them does.
ScheduleState state_at(const config::Schedule& schedule, Instant now);

}  // namespace rpcgate::policy
