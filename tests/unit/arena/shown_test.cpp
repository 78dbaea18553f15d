// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "arena/shown.hpp"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "arena/relaxed.hpp"
#include "arena/worker_pool.hpp"
#include "dice.hpp"

namespace rpcgate::arena {
namespace {

struct Record {
  std::uint32_t generation = 0;
  std::uint32_t check = 0;  // identity: all of these are made from one number
  std::array<std::uint64_t, 254> same{};
  Relaxed<std::uint64_t> counter = 0;  // changes while it is live
  static constexpr std::size_t shown_size = 2048;
  std::uint64_t hidden = 0;
};
static_assert(offsetof(Record, hidden) == Record::shown_size);

Record made_of(std::uint64_t n) {
  Record r;
  r.check = static_cast<std::uint32_t>(n * 2654435761u);
  r.same.fill(n);
  r.hidden = n;
  return r;
}
bool whole(const Record& r) {
  for (const std::uint64_t n : r.same)
    if (n != r.same[0]) return false;
  return r.check == static_cast<std::uint32_t>(r.same[0] * 2654435761u);
}

TEST(Shown, OnlyAPublishedRecordCanBeRead) {
  Arena<Record> arena{16, 1};
  WorkerPool<Record> pool{arena};
  const std::uint32_t index = pool.allocate();
  Record out;
  EXPECT_FALSE(arena.read_record(index, out));
  const std::uint32_t generation = pool.next_generation(index);
  pool.publish(index, made_of(5));
  EXPECT_EQ(pool[index].generation, generation);
  EXPECT_EQ(pool[index].hidden, 5u);
  pool[index].counter += 3u;
  ASSERT_TRUE(arena.read_record(index, out));
  EXPECT_EQ(out.same[253], 5u);
  EXPECT_EQ(out.counter, 3u);
  EXPECT_EQ(out.generation, generation);
  EXPECT_TRUE(is_live(out.generation));
  EXPECT_EQ(out.hidden, 0u) << "the worker's own part is not shown";
  pool.rewrite(index, made_of(6));
  ASSERT_TRUE(arena.read_record(index, out));
  EXPECT_EQ(out.same[0], 6u);
  EXPECT_NE(out.generation, generation);
  pool.free(index);
  EXPECT_FALSE(arena.read_record(index, out));
}

TEST(Shown, ARecordThatIsFreedUnpublishedIsNeverShown) {
  Arena<Record> arena{16, 1};
  WorkerPool<Record> pool{arena};
  const std::uint32_t index = pool.allocate();
  pool.free(index);
  Record out;
  EXPECT_FALSE(arena.read_record(index, out));
  EXPECT_EQ(arena[index].generation % 4, 0u);
}

// Run under TSan too: the control core reads while two workers write.
TEST(Shown, AReaderNeverSeesHalfOfOneRecordAndHalfOfAnother) {
  // Different contents read while workers write. A machine with better things to do gives fewer,
  // and then the test ends in time.
  constexpr std::uint64_t wanted = 20000, least = 100;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{8};
  constexpr std::uint64_t most_steps = 1 << 26;  // should the reader never come to run
  Arena<Record> arena{64, 2};
  std::atomic<bool> enough{false};
  const auto work = [&](unsigned w) {
    tests::Dice dice{w};
    WorkerPool<Record> pool{arena, w};
    std::array<std::uint32_t, 8> mine;
    mine.fill(none);
    for (std::uint64_t n = 1; n <= most_steps && !enough.load(); ++n) {
      std::uint32_t& index = mine[dice.below(8)];
      if (index == none) {
        index = pool.allocate();
        if (index != none) pool.publish(index, made_of(n));
      } else if (dice.one_in(2)) {
        pool.rewrite(index, made_of(n));
      } else if (dice.one_in(2)) {
        pool[index].counter += 1u;
      } else {
        pool.free(index);
        index = none;
      }
    }
    for (const std::uint32_t index : mine)
      if (index != none) pool.free(index);
  };
  std::thread a{work, 0u}, b{work, 1u};
  std::uint64_t read = 0, torn = 0;
  std::vector<std::uint32_t> seen(arena.capacity());
  for (std::uint64_t round = 0; read < wanted && round < 10000000; ++round) {
    if (read >= least && std::chrono::steady_clock::now() > deadline) break;
    for (std::uint32_t i = 0; i < arena.capacity(); ++i) {
      Record out;
      if (!arena.read_record(i, out)) continue;
      read += out.generation != seen[i];
      seen[i] = out.generation;
      torn += !whole(out);
      static_cast<void>(arena.owner_of(i));
    }
    static_cast<void>(arena.in_use());
  }
  enough.store(true);
  a.join();
  b.join();
  EXPECT_EQ(torn, 0u);
  EXPECT_EQ(arena.in_use(), 0u);
  EXPECT_GE(read, least);
}

}  // namespace
}  // namespace rpcgate::arena
