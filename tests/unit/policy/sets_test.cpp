// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include <random>

#include <gtest/gtest.h>

#include "policy/compiled.hpp"
#include "policy_for_test.hpp"

namespace rpcgate::policy {
namespace {

PrefixSet set_of(std::initializer_list<const char*> texts) {
  std::vector<wire::Prefix> prefixes;
  for (const char* text : texts) prefixes.push_back(wire::Prefix::parse(text).value());
  return PrefixSet{prefixes};
}

TEST(PrefixSet, HoldsJustItsPrefixes) {
  const PrefixSet set = set_of({"10.0.0.0/8", "10.1.0.0/16", "192.0.2.7", "2001:db8::/32"});
  for (const char* text : {"10.0.0.0", "10.255.255.255", "192.0.2.7", "2001:db8::ffff"})
    EXPECT_TRUE(set.contains(ip(text))) << text;
  for (const char* text : {"9.255.255.255", "11.0.0.0", "192.0.2.6", "192.0.2.8", "2001:db9::"})
    EXPECT_FALSE(set.contains(ip(text))) << text;
  EXPECT_FALSE(PrefixSet{}.contains(ip("10.0.0.1")));
  EXPECT_TRUE(set_of({"::/0"}).contains(ip("10.0.0.1")));
  EXPECT_FALSE(set_of({"0.0.0.0/0"}).contains(ip("2001:db8::1")));
}

TEST(PrefixSet, CoversAndOverlapsAsSetsOfAddressesDo) {
  const PrefixSet net = set_of({"192.0.2.0/24"});
  const PrefixSet halves = set_of({"192.0.2.128/25", "192.0.2.0/25"});
  const PrefixSet gap = set_of({"192.0.2.0/26", "192.0.2.128/25"});
  EXPECT_TRUE(halves.covers(net));
  EXPECT_TRUE(net.covers(halves));
  EXPECT_FALSE(gap.covers(net));
  EXPECT_TRUE(gap.overlaps(net));
  EXPECT_TRUE(net.overlaps(gap));
  EXPECT_FALSE(net.overlaps(set_of({"192.0.3.0/24"})));
  EXPECT_TRUE(set_of({"::/0"}).covers(net));
  EXPECT_TRUE(net.covers(PrefixSet{}));
}

TEST(PrefixSet, AgreesWithLookingAtEveryPrefix) {
  std::mt19937 engine{1};
  const auto random = [&] { return static_cast<std::uint32_t>(engine()); };
  for (int round = 0; round < 200; ++round) {
    std::vector<wire::Prefix> prefixes;
    for (unsigned i = 0; i < random() % 12; ++i) {
      const unsigned bits = 24 + random() % 9;
      const std::uint32_t mask = ~std::uint32_t{0} << (32 - bits);
      prefixes.emplace_back(wire::IpAddress::from_v4((0x0a000000u | (random() & 0x3ffu)) & mask),
                            static_cast<std::uint8_t>(96 + bits));
    }
    const PrefixSet set{prefixes};
    for (std::uint32_t low = 0; low < 0x400; ++low) {
      const auto address = wire::IpAddress::from_v4(0x0a000000u | low);
      bool expected = false;
      for (const wire::Prefix& prefix : prefixes) expected |= prefix.contains(address);
      ASSERT_EQ(set.contains(address), expected) << address.to_string();
    }
  }
}

TEST(OpnumSet, IsASet) {
  OpnumSet some = OpnumSet::of({0, 3, 4, 5, 200});
  EXPECT_EQ(some.to_string(), "0, 3-5, 200");
  EXPECT_TRUE(some.contains(200));
  EXPECT_FALSE(some.contains(201));
  EXPECT_FALSE(some.contains(65535));
  some.remove(OpnumSet::of({200, 4}));
  EXPECT_EQ(some.to_string(), "0, 3, 5");
  EXPECT_TRUE(OpnumSet::everything().covers(some));
  EXPECT_FALSE(some.covers(OpnumSet::everything()));
  EXPECT_TRUE(some.overlaps(OpnumSet::of({5, 900})));
  EXPECT_FALSE(some.overlaps(OpnumSet::of({900})));
  EXPECT_FALSE(OpnumSet{}.overlaps(OpnumSet::everything()));
  OpnumSet rest = OpnumSet::everything();
  rest.remove(OpnumSet::of({0}));
  EXPECT_FALSE(rest.all());
  EXPECT_TRUE(rest.contains(65535));
  EXPECT_FALSE(rest.contains(0));
  rest.remove(OpnumSet::everything());
  EXPECT_TRUE(rest.empty());
}

}  // namespace
}  // namespace rpcgate::policy
