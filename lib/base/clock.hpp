// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Time on both planes: nanoseconds since the Unix epoch that never go back. The daemon takes the
// wall clock once at start and adds the monotonic clock; replay and tests set it by hand. Stages
// never ask for the time: a turn is given one Instant.
#pragma once

#include <chrono>
#include <cstdint>

namespace rpcgate {

using Duration = std::chrono::nanoseconds;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Timeline {  // the tag of our time line
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<Timeline>;
  static constexpr bool is_steady = true;
};
using Instant = Timeline::time_point;

inline constexpr Instant instant_from_ns(std::int64_t ns) noexcept {
  return Instant{Duration{ns}};
}
inline constexpr std::int64_t to_ns(Instant t) noexcept {
  return t.time_since_epoch().count();
}

// The real time line: wall clock at first use plus elapsed monotonic time. Any thread.
Instant real_now() noexcept;

}  // namespace rpcgate
