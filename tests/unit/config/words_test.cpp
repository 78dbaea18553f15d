// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include <array>

#include <gtest/gtest.h>

#include "config/numbers.hpp"
#include "config/options.hpp"
#include "config/suggest.hpp"

namespace rpcgate::config {
namespace {

TEST(Suggest, CountsInsertingRemovingReplacingAndSwapping) {
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("clients", "clients"), 0u);
  EXPECT_EQ(edit_distance("client", "clients"), 1u);
  EXPECT_EQ(edit_distance("clinets", "clients"), 1u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(Suggest, ProposesTheNearestWordOrNone) {
  static constexpr std::array<std::string_view, 3> words{"server", "services", "schedule"};
  EXPECT_EQ(nearest("servces", words), "services");
  EXPECT_EQ(nearest("sever", words), "server");
  EXPECT_EQ(nearest("zzz", words), "");
  EXPECT_EQ(nearest(std::string(5000, 's'), words), "");
}

TEST(Numbers, DurationsHaveOneUnit) {
  EXPECT_EQ(parse_duration("90s"), Duration{seconds{90}});
  EXPECT_EQ(parse_duration("124m"), Duration{seconds{7440}});
  EXPECT_EQ(parse_duration("1d"), Duration{seconds{86400}});
  for (const char* text : {"", "s", "1", "-1s", "1.5h", "1 h", "99999999999999999999s", "1w"})
    EXPECT_FALSE(parse_duration(text)) << text;
  EXPECT_EQ(duration_text(seconds{7440}), "2h 4m");
  EXPECT_EQ(duration_text(seconds{0}), "0s");
}

TEST(Numbers, SizesAreBinary) {
  EXPECT_EQ(parse_size("64KiB"), 65536u);
  EXPECT_EQ(parse_size("2GiB"), 2ull << 30);
  for (const char* text : {"", "KiB", "1", "1KB", "99999999999999999GiB"})
    EXPECT_FALSE(parse_size(text)) << text;
  EXPECT_EQ(size_text(65536), "64 KiB");
  EXPECT_EQ(size_text(1000), "1000");
}

TEST(Numbers, RangesRunUpwards) {
  ASSERT_TRUE(parse_range("4-7"));
  EXPECT_EQ(parse_range("4-7")->high, 7);
  EXPECT_EQ(parse_range("65535")->low, 65535);
  for (const char* text : {"", "-", "7-4", "1-", "-1", "65536", "1-2-3"})
    EXPECT_FALSE(parse_range(text)) << text;
}

TEST(Options, DefaultsLieWithinTheirBounds) {
  const Limits defaults;
  for_each_option(limit_options, [&](const auto& option) {
    const auto& value = defaults.*option.field;
    std::int64_t number = 0;
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, Duration>)
      number = std::chrono::duration_cast<seconds>(value).count();
    else
      number = static_cast<std::int64_t>(value);
    EXPECT_GE(number, option.bounds.low) << option.key;
    EXPECT_LE(number, option.bounds.high) << option.key;
    EXPECT_NE(option.scope, Scope::none) << option.key;
    EXPECT_FALSE(option.unit.empty()) << option.key;
  });
}

}  // namespace
}  // namespace rpcgate::config
