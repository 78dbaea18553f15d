// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The timer wheel, on 65,536 records of which 256 random ones are armed, cancelled or due.
#include <memory>
#include <random>

#include "arena/timer_wheel.hpp"
#include "parts.hpp"

namespace rpcgate::bench {
namespace {

constexpr unsigned batch = 256;
constexpr std::uint32_t records = 65'536;
constexpr Instant begin = instant_from_ns(1'700'000'000'000'000'000);

struct Timers {
  Timers() : links(records), chosen(batch), dues(batch) {}

  auto access() {
    return [this](std::uint32_t i) noexcept -> arena::TimerLinks& { return links[i]; };
  }
  // Other records, and other times between a tick and `longest` away.
  void choose(Duration longest) {
    std::uniform_int_distribution<std::int64_t> later{1 << arena::TimerWheel::tick_bits,
                                                      longest.count()};
    const std::uint32_t stride = (dice() % (records / batch)) | 1;
    for (unsigned i = 0; i < batch; ++i) {
      chosen[i] = (i * 197 + stride * 4099) % records;
      dues[i] = now + Duration{later(dice)};
    }
  }
  void arm() {
    for (unsigned i = 0; i < batch; ++i) wheel->arm(access(), chosen[i], dues[i], now);
  }
  void cancel() {
    for (const std::uint32_t record : chosen) wheel->cancel(access(), record);
  }

  std::unique_ptr<arena::TimerWheel> wheel = std::make_unique<arena::TimerWheel>();
  std::vector<arena::TimerLinks> links;
  std::vector<std::uint32_t> chosen;
  std::vector<Instant> dues;
  Instant now = begin;
  std::mt19937 dice{7};
};

constexpr Duration minutes{std::chrono::minutes{4}};

void arm(benchmark::State& state) {
  Timers timers;
  measure(
      state, "timer", batch,
      [&] {
        timers.cancel();
        timers.choose(minutes);
      },
      [&] { timers.arm(); });
}

void cancel(benchmark::State& state) {
  Timers timers;
  measure(
      state, "timer", batch,
      [&] {
        timers.choose(minutes);
        timers.arm();
      },
      [&] { timers.cancel(); });
}

// All of a batch fall due within sixteen ticks.
void expire(benchmark::State& state) {
  constexpr Duration while_due{16 << arena::TimerWheel::tick_bits};
  Timers timers;
  unsigned expired = 0;
  std::uint64_t slices = 0;
  measure(
      state, "timer", batch,
      [&] {
        timers.choose(while_due);
        timers.arm();
        timers.now += while_due + Duration{1 << arena::TimerWheel::tick_bits};
        ++slices;
      },
      [&] {
        timers.wheel->advance(timers.now, timers.access(), records,
                              [&](std::uint32_t) { ++expired; });
      });
  if (expired != slices * batch) state.SkipWithError("not every timer fired");
}

}  // namespace

void add_timers(const Plan& plan) {
  add(plan, "timer_arm", arm);
  add(plan, "timer_cancel", cancel);
  add(plan, "timer_expire", expire);
}

}  // namespace rpcgate::bench
