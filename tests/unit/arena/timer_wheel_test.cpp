// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "arena/timer_wheel.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "dice.hpp"

namespace rpcgate::arena {
namespace {

constexpr Duration tick{1 << TimerWheel::tick_bits};
constexpr Instant start = instant_from_ns(1'700'000'000'000'000'000);

struct Timers {
  explicit Timers(std::size_t n) : links(n) {}
  std::vector<TimerLinks> links;
  TimerWheel wheel;

  auto access() {
    return [this](std::uint32_t i) noexcept -> TimerLinks& { return links[i]; };
  }
  std::vector<std::uint32_t> advance(Instant now, std::uint32_t budget = 1000000) {
    std::vector<std::uint32_t> fired;
    wheel.advance(now, access(), budget, [&](std::uint32_t i) { fired.push_back(i); });
    return fired;
  }
};

TEST(TimerWheel, FiresNeverEarlyAndAtMostATickLate) {
  for (const Duration in : {Duration{1}, tick, tick + Duration{1}, Duration{seconds{30}},
                            Duration{seconds{7440}}, Duration{std::chrono::hours{24}}}) {
    Timers t{1};
    t.wheel.arm(t.access(), 0, start + in, start);
    Instant now = start;
    while (t.wheel.armed() != 0) {
      const Instant next = std::max(now + Duration{1}, t.wheel.next_look(now));
      const auto fired = t.advance(next);
      now = next;
      if (!fired.empty()) break;
    }
    EXPECT_GE(now, start + in);
    EXPECT_LE(now, start + in + tick);
    EXPECT_FALSE(t.links[0].armed());
  }
}

TEST(TimerWheel, ATimeLongAgoFiresAtOnce) {
  Timers t{1};
  t.advance(start);
  t.wheel.arm(t.access(), 0, start - seconds{100}, start);
  EXPECT_EQ(t.advance(start).size(), 1u);
}

TEST(TimerWheel, TheEndOfTimeIsAYearAway) {
  Timers t{1};
  t.wheel.arm(t.access(), 0, Instant::max(), start);
  EXPECT_TRUE(t.advance(start + std::chrono::hours{24 * 300}).empty());
  EXPECT_TRUE(t.links[0].armed());
}

TEST(TimerWheel, ACancelledTimerNeverFires) {
  Timers t{3};
  for (std::uint32_t i = 0; i < 3; ++i) t.wheel.arm(t.access(), i, start + seconds{1}, start);
  t.wheel.cancel(t.access(), 1);
  t.wheel.cancel(t.access(), 1);
  const auto fired = t.advance(start + seconds{2});
  EXPECT_EQ(fired.size(), 2u);
  EXPECT_EQ(std::count(fired.begin(), fired.end(), 1u), 0);
  EXPECT_EQ(t.wheel.armed(), 0u);
  EXPECT_EQ(t.wheel.next_look(start), Instant::max());
}

TEST(TimerWheel, ArmedByATimeItFiresByTheEarliestOne) {
  Timers t{1};
  for (const int in : {10, 1, 5}) t.wheel.arm_by(t.access(), 0, start + seconds{in}, start);
  EXPECT_EQ(t.wheel.armed(), 1u);
  EXPECT_TRUE(t.advance(start + seconds{1} - tick).empty());
  EXPECT_EQ(t.advance(start + seconds{1} + tick).size(), 1u);
}

TEST(TimerWheel, LooksAtNoMoreThanItsBudgetAndGoesOnNextTime) {
  Timers t{100};
  for (std::uint32_t i = 0; i < 100; ++i) t.wheel.arm(t.access(), i, start + seconds{1}, start);
  std::size_t fired = 0;
  for (int turn = 0; turn < 10; ++turn) {
    const auto now_fired = t.advance(start + seconds{2}, 10);
    EXPECT_EQ(now_fired.size(), 10u);
    fired += now_fired.size();
  }
  EXPECT_EQ(fired, 100u);
}

TEST(TimerWheel, AnOwnerThatAlwaysArmsAnewDoesNotHoldUpTheTurn) {
  Timers t{1};
  t.wheel.arm(t.access(), 0, start, start);
  std::uint32_t calls = 0;
  const std::uint32_t seen =
      t.wheel.advance(start + seconds{1}, t.access(), 50, [&](std::uint32_t i) {
        ++calls;
        t.wheel.arm(t.access(), i, start, start + seconds{1});
      });
  EXPECT_EQ(seen, 50u);
  EXPECT_EQ(calls, 50u);
}

TEST(TimerWheel, ALeapOfTheClockFiresEverythingThatIsDueAndNothingElse) {
  Timers t{3};
  t.wheel.arm(t.access(), 0, start + seconds{10}, start);
  t.wheel.arm(t.access(), 1, start + std::chrono::hours{20}, start);
  t.wheel.arm(t.access(), 2, start + std::chrono::hours{30}, start);
  EXPECT_EQ(t.advance(start + std::chrono::hours{25}).size(), 2u);
  EXPECT_TRUE(t.links[2].armed());
  EXPECT_EQ(t.advance(start + std::chrono::hours{31}).size(), 1u);
}

TEST(TimerWheel, AgreesWithAMapUnderRandomUse) {
  tests::Dice dice{4};
  SCOPED_TRACE(dice.seed());
  constexpr std::uint32_t timers = 300;
  Timers t{timers};
  std::map<std::uint32_t, Instant> model;
  Instant now = start;
  const auto random_delay = [&]() -> Duration {
    const auto n = Duration{dice.below(1u << 30)};
    return dice.one_in(4) ? n * 20000 : dice.one_in(2) ? n * 50 : n;  // up to 6 hours, 54 s, 1 s
  };
  for (int step = 0; step < 40000; ++step) {
    const std::uint32_t i = dice.below(timers);
    switch (dice.below(4)) {
      case 0:
      case 1: {
        const Instant due = now + random_delay();
        t.wheel.arm(t.access(), i, due, now);
        model[i] = due;
        break;
      }
      case 2:
        t.wheel.cancel(t.access(), i);
        model.erase(i);
        break;
      default: {
        now += dice.one_in(50) ? random_delay() : Duration{dice.below(1u << 28)};
        const std::uint32_t budget = dice.one_in(3) ? 5 : 100000;
        const auto fired = t.advance(now, budget);
        for (const std::uint32_t f : fired) {
          ASSERT_EQ(model.count(f), 1u) << "step " << step;
          ASSERT_LE(model[f], now) << "step " << step;
          model.erase(f);
        }
        if (budget == 5) break;
        for (const auto& [who, due] : model) {
          ASSERT_GT(due + tick, now) << "timer " << who << " is late at step " << step;
        }
      }
    }
    ASSERT_EQ(t.wheel.armed(), model.size());
    for (const auto& [who, due] : model) ASSERT_TRUE(t.links[who].armed());
  }
}

}  // namespace
}  // namespace rpcgate::arena
