// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "tcp/kept_bytes.hpp"

#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace rpcgate::tcp {
namespace {

class KeptBytes : public testing::Test {
 protected:
  BlockArena arena_{256, 1};
  BlockPool pool_{arena_};
  Chain chain_;

  void TearDown() override {
    chain_.clear(pool_);
    EXPECT_EQ(pool_.in_use(), 0u);
  }
  static std::vector<std::byte> bytes(std::size_t size, int value) {
    return std::vector<std::byte>(size, static_cast<std::byte>(value));
  }
};

TEST_F(KeptBytes, ContiguousBytesShareBlocks) {
  for (std::uint32_t i = 0; i < 232; ++i)
    ASSERT_TRUE(chain_.append(pool_, Seq{i}, bytes(1, static_cast<int>(i))));
  EXPECT_EQ(chain_.blocks, 2u);
  std::vector<std::byte> out(232);
  ASSERT_TRUE(chain_.read(pool_, Seq{0}, out));
  EXPECT_EQ(out[200], std::byte{200});
}

TEST_F(KeptBytes, AHoleIsNotReadAcross) {
  ASSERT_TRUE(chain_.append(pool_, Seq{0}, bytes(10, 1)));
  ASSERT_TRUE(chain_.append(pool_, Seq{20}, bytes(10, 2)));
  std::vector<std::byte> out(11);
  EXPECT_FALSE(chain_.read(pool_, Seq{0}, out));
  EXPECT_FALSE(chain_.read(pool_, Seq{25}, out));
  EXPECT_TRUE(chain_.read(pool_, Seq{20}, MutableBytes{out}.first(10)));
}

TEST_F(KeptBytes, OverlayChangesOnlyWhereTheyMeetAndTellsOfIt) {
  ASSERT_TRUE(chain_.append(pool_, Seq{0xfffffffe}, bytes(4, 7)));  // around the wrap
  auto target = bytes(8, 0);
  EXPECT_TRUE(chain_.overlay(pool_, Seq{0xfffffffc}, target));
  const auto expected = std::vector<int>{0, 0, 7, 7, 7, 7, 0, 0};
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(static_cast<int>(target[i]), expected[i]);
  EXPECT_FALSE(chain_.overlay(pool_, Seq{0xfffffffc}, target));
}

TEST_F(KeptBytes, AnEmptyPoolIsReported) {
  EXPECT_FALSE(chain_.append(pool_, Seq{0}, bytes(1025 * 116, 1)));
}

TEST_F(KeptBytes, InsertionInAnyOrderKeepsTheFirstOfEachByte) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    std::mt19937 random{seed};
    std::map<std::uint32_t, std::byte> model;
    const Seq base{0xffffff00};
    for (int round = 0; round < 12; ++round) {
      const auto at = static_cast<std::uint32_t>(random() % 600);
      const auto piece = bytes(1 + random() % 200, static_cast<int>(random() % 256));
      ASSERT_TRUE(chain_.insert(pool_, base + at, piece));
      for (std::uint32_t i = 0; i < piece.size(); ++i) model.emplace(at + i, piece[i]);
    }
    const auto mark = static_cast<std::uint32_t>(random() % 300);
    chain_.drop_below(pool_, base + mark);
    std::uint32_t seen = 0;
    Seq last = base;
    for (std::uint32_t i = chain_.head; i != no_block; i = pool_[i].next) {
      const Block& block = pool_[i];
      ASSERT_GE(block.begin(), last);
      last = block.end();
      for (std::uint32_t b = 0; b < block.length; ++b, ++seen)
        ASSERT_EQ(block.bytes[b], model.at(distance(base, block.begin() + b))) << "seed " << seed;
    }
    for (const auto& [at, value] : model) {
      std::byte one{};
      if (at >= mark) {
        ASSERT_TRUE(chain_.read(pool_, base + at, MutableBytes{&one, 1}));
        ASSERT_EQ(one, value);
      }
    }
    ASSERT_LE(seen, model.size());
    chain_.clear(pool_);
    ASSERT_EQ(pool_.in_use(), 0u);
  }
}

}  // namespace
}  // namespace rpcgate::tcp
