// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The look-up of candidates against asking every set.
#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "policy/compiled.hpp"
#include "policy_for_test.hpp"

namespace rpcgate::policy {
namespace {

using Numbers = std::vector<std::uint32_t>;

class Draw {
 public:
  explicit Draw(unsigned seed) : engine_(seed) {}
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(engine_() % n); }
  // 10.0.0.0/24 is small enough to ask every address of it; all and IPv6 now and then.
  wire::Prefix prefix() {
    if (below(10) == 0) return wire::Prefix::parse("::/0").value();
    if (below(10) == 0) return wire::Prefix::parse("2001:db8::/64").value();
    const std::uint32_t bits = 24 + below(9);
    const std::uint32_t mask = ~std::uint32_t{0} << (32 - bits);
    return {wire::IpAddress::from_v4((0x0a000000u | below(256)) & mask),
            static_cast<std::uint8_t>(96 + bits)};
  }
  PrefixSet set() {
    std::vector<wire::Prefix> prefixes;
    for (unsigned i = 0; i < below(5); ++i) prefixes.push_back(prefix());
    return PrefixSet{prefixes};
  }

 private:
  std::mt19937 engine_;
};

std::vector<wire::IpAddress> addresses() {
  std::vector<wire::IpAddress> all{
      ip("9.255.255.255"), ip("10.0.1.0"),       ip("::"),
      ip("2001:db8::"),    ip("2001:db8:0:1::"), ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")};
  for (std::uint32_t low = 0; low < 256; ++low)
    all.push_back(wire::IpAddress::from_v4(0x0a000000u | low));
  return all;
}

Numbers listed(const AddressIndex& index, const wire::IpAddress& address) {
  const auto rules = index.of(address);
  return {rules.begin(), rules.end()};
}

struct Sets {
  std::vector<PrefixSet> sets;
  std::vector<AddressIndex::Entry> entries;

  Sets(Draw& draw, std::uint32_t rules) {
    for (std::uint32_t i = 0; i < rules; ++i) sets.push_back(draw.set());
    for (std::uint32_t i = 0; i < rules; ++i) entries.push_back({i * 3, &sets[i]});
  }
  Numbers that_have(const wire::IpAddress& address) const {
    Numbers rules;
    for (const AddressIndex::Entry& entry : entries)
      if (entry.addresses->contains(address)) rules.push_back(entry.number);
    return rules;
  }
};

TEST(AddressIndex, ListsJustTheSetsThatHaveAnAddress) {
  Draw draw{1};
  for (int round = 0; round < 200; ++round) {
    const Sets sets{draw, draw.below(20)};
    const AddressIndex index{sets.entries};
    for (const wire::IpAddress& address : addresses())
      ASSERT_EQ(listed(index, address), sets.that_have(address)) << address.to_string();
  }
}

TEST(AddressIndex, ListsMoreRatherThanFewerWhereItMayNotBeLong) {
  Draw draw{2};
  bool shared = false;
  for (int round = 0; round < 200; ++round) {
    const Sets sets{draw, 5 + draw.below(20)};
    const std::size_t most = draw.below(60);
    const AddressIndex index{sets.entries, most};
    ASSERT_LE(index.listed(), std::max(most, sets.entries.size()));
    for (const wire::IpAddress& address : addresses()) {
      const Numbers rules = listed(index, address);
      const Numbers expected = sets.that_have(address);
      ASSERT_TRUE(std::is_sorted(rules.begin(), rules.end()));
      ASSERT_TRUE(std::includes(rules.begin(), rules.end(), expected.begin(), expected.end()))
          << address.to_string();
      shared |= rules != expected;
    }
  }
  EXPECT_TRUE(shared);
}

TEST(AddressIndex, KeepsOneListForRangesOfTheSameSets) {
  std::vector<PrefixSet> sets;
  const auto of = [&](const std::string& text) {
    const std::vector<wire::Prefix> prefixes{wire::Prefix::parse(text).value()};
    sets.emplace_back(prefixes);
  };
  of("0.0.0.0/0");
  for (int i = 0; i < 100; ++i) of("10.0." + std::to_string(2 * i) + ".0/24");
  std::vector<AddressIndex::Entry> entries;
  for (std::uint32_t i = 0; i < sets.size(); ++i) entries.push_back({i, &sets[i]});
  // None, the first alone, and the first with each of the others.
  EXPECT_EQ(AddressIndex{entries}.listed(), 1u + 100 * 2);
}

TEST(AddressIndex, IsEmptyWithoutSets) {
  EXPECT_TRUE(AddressIndex{}.of(ip("10.0.0.1")).empty());
  EXPECT_TRUE(AddressIndex{std::span<const AddressIndex::Entry>{}}.of(ip("10.0.0.1")).empty());
}

std::string prefixes_of(Draw& draw) {
  std::string text = "'0.0.0.0/0'";
  if (draw.below(4) == 0) return text;
  const std::uint32_t bits = 24 + draw.below(9);
  const std::uint32_t low = draw.below(256) & (~std::uint32_t{0} << (32 - bits));
  return "'10.0.0." + std::to_string(low) + "/" + std::to_string(bits) + "'";
}

std::string rule_of(Draw& draw, int number) {
  const std::string name = "name='r" + std::to_string(number) + "'\n";
  const std::string clients = "clients=[" + prefixes_of(draw) + "]\ninterfaces=['samr']\n";
  if (draw.below(2) == 0)
    return "[[outbound]]\n" + name + clients + "to=[" + prefixes_of(draw) + "]\n";
  return "[[publish]]\n" + name + clients + "server='10.1.0.1'\nouter='198.51.100." +
         std::to_string(draw.below(3)) + "'\n";
}

// Both directions, through a snapshot: the rules that name a scope are those a reader of the file
// finds, in his order.
TEST(AddressIndex, FindsEveryRuleOfASnapshotThatNamesAScope) {
  Draw draw{3};
  std::size_t found = 0;
  std::size_t outbound = 0;
  for (int round = 0; round < 20; ++round) {
    std::string text;
    for (int i = 0; i < 12; ++i) text += rule_of(draw, i);
    const LoadedPolicy policy = policy_of(text);
    ASSERT_NE(policy.snapshot, nullptr) << told(policy).front();
    const Compiled& compiled = policy.snapshot->compiled();
    for (int question = 0; question < 500; ++question) {
      Scope scope{wire::IpAddress::from_v4(0x0a000000u | draw.below(256)),
                  wire::IpAddress::from_v4(0xc6336400u | draw.below(4)), draw.below(2) == 0};
      if (scope.outbound) scope.outer = wire::IpAddress::from_v4(0x0a000000u | draw.below(256));
      Numbers expected;
      for (std::uint32_t i = 0; i < compiled.rules.size(); ++i)
        if (compiled.rules[i].names(scope)) expected.push_back(i);
      Numbers rules;
      for (const std::uint32_t i : compiled.rules_of(scope))
        if (compiled.rules[i].names(scope)) rules.push_back(i);
      ASSERT_EQ(rules, expected);
      (scope.outbound ? outbound : found) += rules.size();
    }
  }
  EXPECT_GT(found, 1000u);
  EXPECT_GT(outbound, 1000u);
}

// Of what client and server say the shorter list is gone through.
TEST(AddressIndex, LooksOutboundRulesUpByWhatFewerName) {
  std::string text;
  for (int i = 0; i < 20; ++i) {
    const std::string number = std::to_string(i);
    const std::string one = "'10.0." + number + ".0/24'";
    const std::string rest = "[[outbound]]\ninterfaces=['samr']\n";
    text += rest + "name='c" + number + "'\nclients=[" + one + "]\nto=['192.0.2.0/24']\n";
    text += rest + "name='s" + number + "'\nclients=['192.0.2.0/24']\nto=[" + one + "]\n";
  }
  const LoadedPolicy policy = policy_of(text);
  ASSERT_NE(policy.snapshot, nullptr) << told(policy).front();
  const Compiled& compiled = policy.snapshot->compiled();
  EXPECT_EQ(compiled.rules_of({ip("10.0.3.1"), ip("192.0.2.1"), true}).size(), 1u);
  EXPECT_EQ(compiled.rules_of({ip("192.0.2.1"), ip("10.0.3.1"), true}).size(), 1u);
}

TEST(AddressIndex, FindsTheLongestNetworkOfManyForASource) {
  std::string text =
      "[[port]]\nname='a'\nzone='outer'\nnetworks=['0.0.0.0/0','10.0.0.128/25']\n"
      "[[port]]\nname='b'\nzone='inner'\nnetworks=['10.0.0.0/8','10.0.0.192/26']\n"
      "[[publish]]\nname='r'\nclients=['192.0.2.0/24']\nouter='198.51.100.1'\n"
      "server='10.1.0.1'\ninterfaces=['samr']\n";
  const LoadedPolicy policy = policy_of(text);
  ASSERT_NE(policy.snapshot, nullptr) << told(policy).front();
  const auto port = [&](std::string_view source) {
    return policy.snapshot->ingress_port_of(ip(source));
  };
  EXPECT_EQ(port("9.0.0.1"), 0);
  EXPECT_EQ(port("10.0.0.127"), 1);
  EXPECT_EQ(port("10.0.0.128"), 0);
  EXPECT_EQ(port("10.0.0.191"), 0);
  EXPECT_EQ(port("10.0.0.192"), 1);
  EXPECT_EQ(port("10.0.1.0"), 1);
  EXPECT_EQ(port("2001:db8::1"), -1);
}

}  // namespace
}  // namespace rpcgate::policy
