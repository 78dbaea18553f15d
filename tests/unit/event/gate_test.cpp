// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "event/gate.hpp"

#include <set>

#include <gtest/gtest.h>

namespace rpcgate::event {
namespace {

TEST(Gate, LetsTheSameThroughOnceInItsTime) {
  Gate<8> gate{seconds{10}};
  const Instant begin = instant_from_ns(1'000'000'000);
  EXPECT_TRUE(gate.may_tell(3, begin));
  EXPECT_FALSE(gate.may_tell(3, begin + seconds{9}));
  EXPECT_TRUE(gate.may_tell(4, begin + seconds{9}));
  EXPECT_TRUE(gate.may_tell(3, begin + seconds{10}));
}

TEST(Gate, TellsAgainWhatCouldNotBeTold) {
  Gate<8> gate{seconds{10}};
  const Instant begin = instant_from_ns(1'000'000'000);
  EXPECT_TRUE(gate.may_tell(3, begin));
  gate.forget(3);
  EXPECT_TRUE(gate.may_tell(3, begin));
}

TEST(Gate, ForgetsWhatSharesAnEntry) {
  Gate<8> gate{seconds{10}};
  const Instant begin = instant_from_ns(1'000'000'000);
  EXPECT_TRUE(gate.may_tell(3, begin));
  EXPECT_TRUE(gate.may_tell(11, begin));
  EXPECT_TRUE(gate.may_tell(3, begin));
}

// Neighbours differ, and fall into different entries.
TEST(Fingerprint, DependsOnEveryPartAndItsPlace) {
  std::set<std::uint64_t> all;
  for (std::uint16_t a = 0; a < 64; ++a)
    for (std::uint16_t b = 0; b < 64; ++b) all.insert(Fingerprint{}.add(a).add(b).value());
  EXPECT_EQ(all.size(), 4096u);
  std::set<std::uint64_t> entries;
  for (const std::uint64_t value : all) entries.insert(value % 4096);
  EXPECT_GT(entries.size(), 2300u);  // of random numbers 2589 are expected
}

}  // namespace
}  // namespace rpcgate::event
