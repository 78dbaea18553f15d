// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// When schedules hold: by the minute over whole weeks, over changes of summer time, at night.
#include "policy/calendar.hpp"

#include <ctime>
#include <string>

#include <gtest/gtest.h>

#include "policy_for_test.hpp"

namespace rpcgate::policy {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// "2026-03-29 01:00" in UTC.
Instant utc(const std::string& text) {
  std::tm parts{};
  EXPECT_NE(strptime(text.c_str(), "%Y-%m-%d %H:%M", &parts), nullptr) << text;
  return Instant{seconds{timegm(&parts)}};
}

config::Schedule schedule_of(const std::string& keys) {
  const auto loaded =
      config::load_text("[[schedule]]\nname = 's'\n" + keys, "t.toml", {.user_packs = false});
  EXPECT_EQ(loaded.config.schedules.size(), 1u);
  return loaded.config.schedules.at(0);
}

Holding at(const config::Schedule& schedule, const std::string& when) {
  return state_at(schedule, utc(when)).holding;
}

TEST(Calendar, OfficeHoursInBerlinFollowSummerTime) {
  const auto office = schedule_of(
      "days = ['mon', 'tue', 'wed', 'thu', 'fri']\nfrom = '08:00'\nto = '18:00'\n"
      "timezone = 'Europe/Berlin'\n");
  // Winter time is UTC+1, summer time UTC+2; the clocks changed on Sunday, 2026-03-29.
  EXPECT_EQ(at(office, "2026-03-27 06:59"), Holding::closed);
  EXPECT_EQ(at(office, "2026-03-27 07:00"), Holding::open);
  EXPECT_EQ(at(office, "2026-03-27 16:59"), Holding::open);
  EXPECT_EQ(at(office, "2026-03-27 17:00"), Holding::closed);
  EXPECT_EQ(at(office, "2026-03-29 10:00"), Holding::closed);  // Sunday
  EXPECT_EQ(at(office, "2026-03-30 05:59"), Holding::closed);
  EXPECT_EQ(at(office, "2026-03-30 06:00"), Holding::open);
  EXPECT_EQ(at(office, "2026-03-30 15:59"), Holding::open);
  EXPECT_EQ(at(office, "2026-03-30 16:00"), Holding::closed);
}

TEST(Calendar, ANightShiftEndsOnTheNextDay) {
  const auto night = schedule_of("days = ['fri']\nfrom = '22:00'\nto = '06:00'\n");
  EXPECT_EQ(at(night, "2026-11-27 21:59"), Holding::closed);
  EXPECT_EQ(at(night, "2026-11-27 22:00"), Holding::open);
  EXPECT_EQ(at(night, "2026-11-28 05:59"), Holding::open);  // Saturday
  EXPECT_EQ(at(night, "2026-11-28 06:00"), Holding::closed);
  EXPECT_EQ(at(night, "2026-11-28 22:30"), Holding::closed);
}

TEST(Calendar, ANightWithSummerTimesChangeIsAnHourShorterOrLonger) {
  const auto night =
      schedule_of("from = '22:00'\nto = '06:00'\ntimezone = 'Europe/Berlin'\ndays = ['sat']\n");
  const auto length = [&](const std::string& begins) {
    const ScheduleState open = state_at(night, utc(begins));
    EXPECT_EQ(open.holding, Holding::open) << begins;
    return open.next_change - utc(begins);
  };
  EXPECT_EQ(length("2026-03-28 21:00"), hours{7});  // into summer time
  EXPECT_EQ(length("2026-10-24 20:00"), hours{9});  // out of it
  EXPECT_EQ(length("2026-11-28 21:00"), hours{8});
}

TEST(Calendar, ATimeThatIsSkippedIsTheMomentOfTheChange) {
  const auto from = schedule_of("from = '02:30'\nto = '04:00'\ntimezone = 'Europe/Berlin'\n");
  EXPECT_EQ(at(from, "2026-03-29 00:59"), Holding::closed);
  EXPECT_EQ(at(from, "2026-03-29 01:00"), Holding::open);  // 03:00 of summer time
  EXPECT_EQ(at(from, "2026-03-29 02:00"), Holding::closed);
}

TEST(Calendar, ATimeThatHappensTwiceBeginsFirstAndEndsLast) {
  const auto twice = schedule_of("from = '02:15'\nto = '02:45'\ntimezone = 'Europe/Berlin'\n");
  // 02:15 is 00:15 and 01:15 of UTC on 2026-10-25.
  EXPECT_EQ(at(twice, "2026-10-25 00:14"), Holding::closed);
  EXPECT_EQ(at(twice, "2026-10-25 00:15"), Holding::open);
  EXPECT_EQ(at(twice, "2026-10-25 01:44"), Holding::open);
  EXPECT_EQ(at(twice, "2026-10-25 01:45"), Holding::closed);
}

TEST(Calendar, GraceComesAfterTheEnd) {
  const auto office = schedule_of("from = '08:00'\nto = '18:00'\ngrace = '5m'\n");
  EXPECT_EQ(at(office, "2026-11-28 17:59"), Holding::open);
  EXPECT_EQ(at(office, "2026-11-28 18:00"), Holding::grace);
  EXPECT_EQ(at(office, "2026-11-28 18:04"), Holding::grace);
  EXPECT_EQ(at(office, "2026-11-28 18:05"), Holding::closed);
  // A grace of days reaches into times that begin again.
  const auto long_grace = schedule_of("from = '08:00'\nto = '18:00'\ngrace = '3d'\n");
  EXPECT_EQ(at(long_grace, "2026-11-28 20:00"), Holding::grace);
  EXPECT_EQ(at(long_grace, "2026-11-28 09:00"), Holding::open);
}

TEST(Calendar, AWholeDayNeverEnds) {
  const auto always = schedule_of("days = ['mon']\n");
  EXPECT_EQ(at(always, "2026-11-30 00:00"), Holding::open);
  EXPECT_EQ(at(always, "2026-11-30 23:59"), Holding::open);
  EXPECT_EQ(at(always, "2026-12-01 00:00"), Holding::closed);
}

// Between two changes that were foretold nothing changes, and at each of them something may.
TEST(Calendar, NothingChangesUnforetold) {
  const char* const schedules[] = {
      "from = '22:00'\nto = '06:00'\ntimezone = 'America/New_York'\ngrace = '90m'\n",
      "days = ['mon', 'wed']\nfrom = '09:30'\nto = '17:00'\ntimezone = 'Asia/Kolkata'\n",
      "days = ['sun']\ntimezone = 'Pacific/Auckland'\ngrace = '12h'\n",
      "from = '01:30'\nto = '01:30'\ntimezone = 'Europe/London'\ndays = ['sat', 'sun']\n"};
  for (const char* keys : schedules) {
    const auto schedule = schedule_of(keys);
    for (const char* week : {"2026-03-05 00:00", "2026-03-26 00:00", "2026-10-22 00:00"}) {
      ScheduleState known = state_at(schedule, utc(week));
      for (Instant now = utc(week); now < utc(week) + hours{24 * 12}; now += minutes{5}) {
        const ScheduleState state = state_at(schedule, now);
        if (now >= known.next_change) known = state;
        ASSERT_EQ(state.holding, known.holding) << keys << to_ns(now);
        ASSERT_GT(state.next_change, now);
      }
    }
  }
}

TEST(Calendar, KnowsTheNamesOfZones) {
  EXPECT_TRUE(is_time_zone("Europe/Berlin"));
  EXPECT_TRUE(is_time_zone("UTC"));
  EXPECT_FALSE(is_time_zone("Europe/Atlantis"));
  EXPECT_FALSE(is_time_zone("../../etc/passwd"));
  EXPECT_FALSE(is_time_zone(""));
}

}  // namespace
}  // namespace rpcgate::policy
