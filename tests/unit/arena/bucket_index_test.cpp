// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "arena/bucket_index.hpp"

#include <map>
#include <set>

#include <gtest/gtest.h>

#include "arena/keyed_hash.hpp"
#include "arena/tally.hpp"
#include "dice.hpp"

namespace rpcgate::arena {
namespace {

std::uint64_t hash_of(std::uint64_t key) {
  return keyed_hash<8>(&key, {0x1234567890abcdef, 0xfedcba0987654321});
}

TEST(BucketIndex, AgreesWithAMapUnderRandomUse) {
  tests::Dice dice{2};
  SCOPED_TRACE(dice.seed());
  constexpr std::uint32_t keys = 4000;
  BucketIndex index{keys / 2};
  std::map<std::uint32_t, std::uint32_t> model;
  std::vector<std::uint64_t> key_at(keys);
  for (std::uint32_t i = 0; i < keys; ++i)
    key_at[i] = std::uint64_t{dice.below(1u << 30)} << 20 | i;
  for (int step = 0; step < 100000; ++step) {
    const std::uint32_t i = dice.below(keys);
    const std::uint64_t hash = hash_of(key_at[i]);
    const auto found = index.find(hash, [&](std::uint32_t r) { return r == i; });
    ASSERT_EQ(found != none, model.count(i) == 1) << "step " << step;
    if (found != none) {
      ASSERT_TRUE(index.erase(hash, i));
      ASSERT_FALSE(index.erase(hash, i));
      model.erase(i);
    } else if (index.insert(hash, i)) {
      model[i] = i;
    }
    ASSERT_EQ(index.entries(), model.size());
  }
  EXPECT_GT(model.size(), keys / 3);
}

TEST(BucketIndex, HoldsWhatItWasMadeForHoweverOftenTheSeedChanges) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    BucketIndex index{10000};
    for (std::uint64_t key = 0; key < 10000; ++key)
      ASSERT_TRUE(
          index.insert(keyed_hash<8>(&key, {seed * 77, seed}), static_cast<std::uint32_t>(key)));
  }
}

TEST(BucketIndex, FillsToMoreThanFourFifthsBeforeItRefuses) {
  BucketIndex index{1000};
  std::uint64_t key = 0;
  while (index.insert(hash_of(key), static_cast<std::uint32_t>(key))) ++key;
  EXPECT_GT(key * 10, index.capacity() * 8);
  // Those that were moved to make room are still found.
  for (std::uint64_t k = 0; k < key; ++k)
    ASSERT_NE(index.find(hash_of(k), [&](std::uint32_t r) { return r == k; }), none) << k;
  // And are there once only.
  for (std::uint64_t k = 0; k < key; ++k) {
    ASSERT_TRUE(index.erase(hash_of(k), static_cast<std::uint32_t>(k)));
    ASSERT_FALSE(index.erase(hash_of(k), static_cast<std::uint32_t>(k))) << k;
  }
}

TEST(BucketIndex, EqualHashesShareTheirTwoBucketsAndThenAreRefused) {
  BucketIndex index{10000};
  unsigned fit = 0;
  while (fit < 100 && index.insert(0x00ab'cdef'1234'5678, fit)) ++fit;
  EXPECT_EQ(fit, 2 * BucketIndex::ways);
  ASSERT_TRUE(index.erase(0x00ab'cdef'1234'5678, 3));
  EXPECT_TRUE(index.insert(0x00ab'cdef'1234'5678, 99));
}

TEST(BucketIndex, AnIndexOfOneBucketWorks) {
  BucketIndex index{1};
  for (std::uint32_t i = 0; i < 5; ++i) ASSERT_TRUE(index.insert(hash_of(i), i));
  for (std::uint32_t i = 0; i < 5; ++i) ASSERT_TRUE(index.erase(hash_of(i), i));
  EXPECT_EQ(index.entries(), 0u);
}

TEST(KeyedHash, EveryBitOfTheKeyAndOfTheSeedMatters) {
  std::array<std::uint8_t, 40> key{};
  std::set<std::uint64_t> seen{keyed_hash<40>(key.data(), {1, 2})};
  for (unsigned bit = 0; bit < 320; ++bit) {
    key[bit / 8] = static_cast<std::uint8_t>(1u << (bit % 8));
    seen.insert(keyed_hash<40>(key.data(), {1, 2}));
    key[bit / 8] = 0;
  }
  for (unsigned bit = 0; bit < 64; ++bit) {
    seen.insert(keyed_hash<40>(key.data(), {1 ^ std::uint64_t{1} << bit, 2}));
    seen.insert(keyed_hash<40>(key.data(), {1, 2 ^ std::uint64_t{1} << bit}));
  }
  EXPECT_EQ(seen.size(), 1u + 320 + 128);
}

TEST(KeyedHash, KeysThatCollideUnderOneSeedDoNotUnderAnother) {
  // Low 12 bits, as a table of 4096 buckets would use them; who knew the first seed gains nothing.
  std::map<std::uint64_t, std::vector<std::uint64_t>> by_bucket;
  for (std::uint64_t key = 0; key < 200000; ++key)
    by_bucket[keyed_hash<8>(&key, {11, 12}) & 4095].push_back(key);
  std::set<std::uint64_t> elsewhere;
  const auto& colliding = by_bucket.begin()->second;
  ASSERT_GT(colliding.size(), 20u);
  for (const std::uint64_t key : colliding) elsewhere.insert(keyed_hash<8>(&key, {21, 22}) & 4095);
  EXPECT_GT(elsewhere.size() * 10, colliding.size() * 9);
}

TEST(Tally, CountsPerOwnerAndForgetsOwnersWithNothing) {
  tests::Dice dice{3};
  SCOPED_TRACE(dice.seed());
  Arena<TallyEntry> arena{256, 1};
  Tally tally{arena, 0};
  std::map<std::pair<std::uint32_t, unsigned>, std::uint32_t> model;
  for (int step = 0; step < 20000; ++step) {
    const std::uint32_t n = dice.below(60);
    const unsigned kind = dice.below(2);
    const TallyKey key{wire::IpAddress::from_v4(n), n % 3};
    if (dice.one_in(2)) {
      ASSERT_TRUE(tally.add(key, kind));
      ++model[{n, kind}];
    } else if (model[{n, kind}] > 0) {
      tally.subtract(key, kind);
      --model[{n, kind}];
    }
    ASSERT_EQ(tally.count(key, kind), (model[{n, kind}]));
  }
  for (auto& [who, count] : model)
    while (count > 0) {
      tally.subtract({wire::IpAddress::from_v4(who.first), who.first % 3}, who.second);
      --count;
    }
  EXPECT_EQ(tally.owners(), 0u);
  EXPECT_EQ(arena.in_use(), 0u);
}

TEST(Tally, AFullTableRefusesNewOwnersAndKeepsCountingOldOnes) {
  Arena<TallyEntry> arena{4, 1};
  Tally tally{arena, 0};
  for (std::uint32_t n = 0; n < arena.capacity(); ++n)
    ASSERT_TRUE(tally.add({wire::IpAddress::from_v4(n), 0}, 0));
  EXPECT_FALSE(tally.add({wire::IpAddress::from_v4(99), 0}, 0));
  EXPECT_TRUE(tally.add({wire::IpAddress::from_v4(1), 0}, 0));
  EXPECT_EQ(tally.count({wire::IpAddress::from_v4(1), 0}, 0), 2u);
}

}  // namespace
}  // namespace rpcgate::arena
