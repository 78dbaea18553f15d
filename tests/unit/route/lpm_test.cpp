// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "route/lpm.hpp"

#include <random>

#include <gtest/gtest.h>

#include "route/table.hpp"

namespace rpcgate::route {
namespace {

using Entries = std::vector<std::pair<wire::Prefix, std::uint32_t>>;

wire::IpAddress ip(const char* text) {
  return wire::IpAddress::parse(text).value();
}
wire::Prefix net(const char* text) {
  return wire::Prefix::parse(text).value();
}

// Keeps only the first `bits` of an address.
wire::Prefix prefix_of(const wire::IpAddress& address, unsigned bits) {
  auto octets = address.octets();
  for (unsigned i = 0; i < 128; ++i)
    if (i >= bits) octets[i / 8] = static_cast<std::uint8_t>(octets[i / 8] & ~(0x80U >> (i % 8)));
  return {wire::IpAddress::from_v6_octets(octets.data()), static_cast<std::uint8_t>(bits)};
}

std::uint32_t naive(const Entries& entries, const wire::IpAddress& address) {
  std::uint32_t best = Lpm::none;
  int longest = -1;
  for (const auto& [prefix, value] : entries) {
    const bool v4 = prefix.address().is_v4() && prefix.bits() >= 96;
    if (v4 != address.is_v4() || !prefix.contains(address)) continue;
    if (int{prefix.bits()} >= longest) {
      longest = prefix.bits();
      best = value;
    }
  }
  return best;
}

TEST(Lpm, AnEmptyOneFindsNothing) {
  EXPECT_EQ(Lpm().lookup(ip("10.0.0.1")), Lpm::none);
  EXPECT_EQ(Lpm().lookup(ip("2001:db8::1")), Lpm::none);
}

TEST(Lpm, TheLongestPrefixWinsInWhateverOrderTheyCame) {
  const Lpm lpm({{net("10.1.2.0/24"), 3},
                 {net("0.0.0.0/0"), 1},
                 {net("10.1.2.3"), 4},
                 {net("10.0.0.0/8"), 2}});
  EXPECT_EQ(lpm.lookup(ip("192.0.2.1")), 1u);
  EXPECT_EQ(lpm.lookup(ip("10.200.0.1")), 2u);
  EXPECT_EQ(lpm.lookup(ip("10.1.2.4")), 3u);
  EXPECT_EQ(lpm.lookup(ip("10.1.2.3")), 4u);
}

TEST(Lpm, TheDefaultRoutesOfTheFamiliesAreApart) {
  const Lpm lpm({{net("0.0.0.0/0"), 4}, {net("::/0"), 6}});
  EXPECT_EQ(lpm.lookup(ip("10.0.0.1")), 4u);
  EXPECT_EQ(lpm.lookup(ip("2001:db8::1")), 6u);
}

TEST(Lpm, AHoleInsideAPrefixIsAHole) {
  const Lpm lpm({{net("10.0.0.0/8"), 1}, {net("10.1.0.0/16"), Lpm::none}, {net("10.1.2.0/24"), 2}});
  EXPECT_EQ(lpm.lookup(ip("10.0.0.1")), 1u);
  EXPECT_EQ(lpm.lookup(ip("10.1.1.1")), Lpm::none);
  EXPECT_EQ(lpm.lookup(ip("10.1.2.1")), 2u);
}

// Addresses near each other, so that prefixes nest and their edges are met.
wire::IpAddress random_address(std::mt19937& random, bool v4) {
  std::uniform_int_distribution<int> octet(0, 3);
  std::array<std::uint8_t, 16> octets{};
  if (v4)
    octets[10] = octets[11] = 0xff;
  else
    octets[0] = 0x20;
  for (std::size_t i = v4 ? 12 : 1; i < 16; ++i)
    octets[i] = static_cast<std::uint8_t>(octet(random) * 85);
  return wire::IpAddress::from_v6_octets(octets.data());
}

TEST(Lpm, AgreesWithASearchThroughAllPrefixes) {
  std::mt19937 random(7);
  for (unsigned round = 0; round < 20; ++round) {
    Entries entries;
    for (std::uint32_t i = 0; i < 300; ++i) {
      const bool v4 = i % 2 == 0;
      std::uniform_int_distribution<unsigned> length(v4 ? 96 : 0, 128);
      entries.emplace_back(prefix_of(random_address(random, v4), length(random)),
                           i % 17 == 0 ? Lpm::none : i);
    }
    const Lpm lpm(entries);
    for (unsigned i = 0; i < 1000; ++i) {
      const auto address = random_address(random, i % 2 == 0);
      ASSERT_EQ(lpm.lookup(address), naive(entries, address)) << address.to_string();
    }
    for (const auto& [prefix, value] : entries)
      ASSERT_EQ(lpm.lookup(prefix.address()), naive(entries, prefix.address()));
  }
}

TEST(Table, OfEqualPrefixesTheLowestMetricWins) {
  const std::vector<Route> routes{{net("0.0.0.0/0"), {ip("10.0.0.1"), 0}, 100},
                                  {net("0.0.0.0/0"), {ip("10.0.0.2"), 1}, 50},
                                  {net("0.0.0.0/0"), {ip("10.0.0.3"), 0}, 200}};
  const Table table(routes);
  ASSERT_NE(table.lookup(ip("8.8.8.8")), nullptr);
  EXPECT_EQ(table.lookup(ip("8.8.8.8"))->gateway, ip("10.0.0.2"));
  EXPECT_EQ(table.lookup(ip("8.8.8.8"))->port, 1);
}

TEST(Table, OnALinkTheDestinationIsTheNextHop) {
  const std::vector<Route> routes{{net("10.0.0.0/24"), {{}, 2}, 0}, {net("10.0.0.128/25"), {}, 0}};
  const Table table(routes);
  const Hop* hop = table.lookup(ip("10.0.0.7"));
  ASSERT_NE(hop, nullptr);
  EXPECT_EQ(hop->next(ip("10.0.0.7")), ip("10.0.0.7"));
  EXPECT_EQ(hop->port, 2);
  EXPECT_EQ(table.lookup(ip("10.0.0.130")), nullptr) << "an unreachable route";
  EXPECT_EQ(table.lookup(ip("10.0.1.1")), nullptr);
  EXPECT_EQ(Table().lookup(ip("10.0.0.7")), nullptr);
}

}  // namespace
}  // namespace rpcgate::route
