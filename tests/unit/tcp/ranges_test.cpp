// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "tcp/ranges.hpp"

#include <random>
#include <set>

#include <gtest/gtest.h>

#include "tcp/payload.hpp"

namespace rpcgate::tcp {
namespace {

// Against a plain set of numbers; the space wraps in the middle.
TEST(Ranges, AreTheSetOfWhatWasAdded) {
  constexpr std::uint32_t origin = 0xffffffc0;
  for (unsigned seed = 0; seed < 2000; ++seed) {
    std::mt19937 random{seed};
    Ranges ranges;
    std::set<std::uint32_t> plain;
    for (int i = 0; i < 20; ++i) {
      const std::uint32_t begin = static_cast<std::uint32_t>(random() % 120);
      const std::uint32_t end = begin + 1 + static_cast<std::uint32_t>(random() % 12);
      if (!ranges.add(Seq{origin + begin}, Seq{origin + end})) continue;
      for (std::uint32_t at = begin; at < end; ++at) plain.insert(at);
    }
    std::set<std::uint32_t> seen;
    while (!ranges.empty()) {
      for (Seq at = ranges.begin(); at < ranges.end(); at = at + 1)
        EXPECT_TRUE(seen.insert(at.value() - origin).second) << "ranges overlap, seed " << seed;
      ranges.drop_first();
    }
    ASSERT_EQ(seen, plain) << "seed " << seed;
  }
}

TEST(Ranges, AFullListTakesOnlyWhatJoinsIt) {
  Ranges ranges;
  std::uint32_t at = 0;
  while (ranges.add(Seq{at}, Seq{at + 5})) at += 10;
  EXPECT_FALSE(ranges.add(Seq{at}, Seq{at + 1}));
  EXPECT_TRUE(ranges.add(Seq{5}, Seq{10}));  // closes the gap between the first two
  EXPECT_EQ(ranges.end(), Seq{15});
  EXPECT_TRUE(ranges.add(Seq{at}, Seq{at + 1}));
}

TEST(Payload, PiecesOfARangeComeInOrder) {
  std::vector<std::byte> bytes(30);
  const MutableBytes all{bytes};
  const std::array<MutableBytes, 3> more{all.subspan(7, 1), MutableBytes{}, all.subspan(8, 22)};
  const Payload payload{all.first(7), more};
  EXPECT_EQ(payload.size(), 30u);
  for (std::size_t from = 0; from <= 30; ++from) {
    for (std::size_t size = 0; from + size <= 30; ++size) {
      std::size_t next = from;
      EXPECT_TRUE(payload.for_each(from, size, [&](std::size_t at, MutableBytes piece) {
        EXPECT_EQ(at, next);
        EXPECT_EQ(piece.data(), bytes.data() + at);
        next += piece.size();
        return true;
      }));
      EXPECT_EQ(next, from + size);
    }
  }
}

}  // namespace
}  // namespace rpcgate::tcp
