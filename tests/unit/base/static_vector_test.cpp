// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "base/static_vector.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace rpcgate {
namespace {

// Says how often it was copied.
struct Copied {
  static inline int copies = 0;
  int value = 0;
  explicit Copied(int v) noexcept : value(v) {}
  Copied(const Copied& other) noexcept : value(other.value) { ++copies; }
  Copied& operator=(const Copied&) = delete;
};

template <class T, std::size_t N>
std::vector<T> all(const StaticVector<T, N>& from) {
  return {from.begin(), from.end()};
}

TEST(StaticVector, TakesWhatItHasRoomFor) {
  StaticVector<int, 3> v;
  EXPECT_TRUE(v.empty());
  for (const int i : {4, 5, 6}) EXPECT_TRUE(v.push_back(i));
  EXPECT_TRUE(v.full());
  EXPECT_FALSE(v.push_back(7));
  EXPECT_EQ(all(v), (std::vector<int>{4, 5, 6}));
  v.pop_back();
  EXPECT_TRUE(v.push_back(8));
  EXPECT_EQ(all(v), (std::vector<int>{4, 5, 8}));
  v[1] = 9;
  EXPECT_EQ(v.view()[1], 9);
  v.clear();
  EXPECT_EQ(v.size(), 0u);
}

TEST(StaticVector, MakesNewOnesInPlace) {
  struct Item {
    int value = 7;
  };
  StaticVector<Item, 2> v;
  v.push_back({1});
  v.clear();
  EXPECT_EQ(v.emplace_back()->value, 7) << "not what was there before";
  v.emplace_back()->value = 3;
  EXPECT_EQ(v[1].value, 3);
  EXPECT_EQ(v.emplace_back(), nullptr);
  EXPECT_EQ(v.size(), 2u);
}

TEST(StaticVector, CopiesWhatIsInItAlone) {
  StaticVector<Copied, 1000> from;
  from.push_back(Copied{1});
  from.push_back(Copied{2});
  Copied::copies = 0;
  StaticVector<Copied, 1000> to{from};
  EXPECT_EQ(Copied::copies, 2);
  ASSERT_EQ(to.size(), 2u);
  EXPECT_EQ(to[1].value, 2);
  to.push_back(Copied{3});
  Copied::copies = 0;
  to = from;
  EXPECT_EQ(Copied::copies, 2);
  EXPECT_EQ(to.size(), 2u);
  const auto& same = to;
  to = same;
  EXPECT_EQ(Copied::copies, 2);
  EXPECT_EQ(to[0].value, 1);
  to = {};
  EXPECT_TRUE(to.empty());
  EXPECT_EQ(Copied::copies, 2);
}

TEST(StaticVector, IsCopiedWithinAnother) {
  StaticVector<StaticVector<int, 8>, 4> outer;
  StaticVector<int, 8> inner;
  inner.push_back(5);
  outer.push_back(inner);
  inner.push_back(6);
  outer.push_back(inner);
  const auto copy = outer;
  EXPECT_EQ(all(copy[0]), std::vector<int>{5});
  EXPECT_EQ(all(copy[1]), (std::vector<int>{5, 6}));
}

}  // namespace
}  // namespace rpcgate
