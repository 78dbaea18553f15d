// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "policy/calendar.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include <date/tz.h>

namespace rpcgate::policy {
namespace {

using date::days;
using date::local_days;

const date::time_zone* zone_of(const std::string& name) {
  try {
    return date::locate_zone(name);
  } catch (const std::exception&) {  // std::runtime_error: no such zone, or no database
    return nullptr;
  }
}

Instant instant_of(date::sys_seconds time) {
  return Instant{std::chrono::duration_cast<Duration>(time.time_since_epoch())};
}

Instant moment_of(const date::time_zone& zone, local_days day, std::uint16_t minutes,
                  date::choose which) {
  const date::local_seconds local = day + std::chrono::minutes{minutes};
  return instant_of(zone.to_sys(local, which));
}

bool begins_on(const config::Schedule& schedule, local_days day) {
  if (!schedule.days.given) return true;
  const auto weekday = static_cast<config::Weekday>(date::weekday{day}.c_encoding());
  return std::any_of(schedule.days->begin(), schedule.days->end(),
                     [weekday](const auto& listed) { return *listed == weekday; });
}

}  // namespace

bool is_time_zone(const std::string& name) {
  return zone_of(name) != nullptr;
}

ScheduleState state_at(const config::Schedule& schedule, Instant now) {
  const date::time_zone* zone = zone_of(*schedule.timezone);
  if (zone == nullptr) return {Holding::closed, Instant::max()};
  const date::sys_seconds time{std::chrono::floor<std::chrono::seconds>(now.time_since_epoch())};
  const local_days today = date::floor<days>(zone->to_local(time));
  const bool overnight = schedule.to->minutes <= schedule.from->minutes;
  // Beginnings that can still matter: yesterday's night, and what a grace of days reaches over.
  const auto reach = date::ceil<days>(*schedule.grace) + days{2};
  ScheduleState state{Holding::closed, Instant::max()};
  const auto sooner = [&state, now](Instant change) {
    if (change > now) state.next_change = std::min(state.next_change, change);
  };
  for (local_days day = today - reach; day <= today + days{8}; day += days{1}) {
    if (!begins_on(schedule, day)) continue;
    const Instant from = moment_of(*zone, day, schedule.from->minutes, date::choose::earliest);
    const Instant to = moment_of(*zone, overnight ? day + days{1} : day, schedule.to->minutes,
                                 date::choose::latest);
    const Instant over = to + *schedule.grace;
    if (from <= now && now < to)
      state.holding = Holding::open;
    else if (to <= now && now < over && state.holding == Holding::closed)
      state.holding = Holding::grace;
    for (const Instant change : {from, to, over}) sooner(change);
  }
  return state;
}

}  // namespace rpcgate::policy
