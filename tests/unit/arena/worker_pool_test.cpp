// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "arena/worker_pool.hpp"

#include <array>
#include <map>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "arena/item_pool.hpp"
#include "dice.hpp"

namespace rpcgate::arena {
namespace {

struct Plain {
  std::uint64_t owner;
  std::uint64_t serial;
};

TEST(WorkerPool, AHeaderSaysWhatTheRegionHolds) {
  Arena<Plain> arena{5000, 3};
  const RegionHeader& header = arena.region().header();
  EXPECT_EQ(header.magic, region_magic);
  EXPECT_EQ(header.layout_version, layout_version);
  EXPECT_EQ(header.record_size, sizeof(Plain));
  EXPECT_EQ(header.capacity, arena.capacity());
  EXPECT_GE(header.capacity, 5000u);
  EXPECT_EQ(header.capacity % header.chunk_records, 0u);
  EXPECT_EQ(header.workers, 3u);
  EXPECT_EQ(header.shard_function, shard_function_toeplitz_6d5a);
  EXPECT_NE(header.hash_seed[0], header.hash_seed[1]);
}

TEST(WorkerPool, TwoArenasHaveDifferentHashSeeds) {
  Arena<Plain> a{8}, b{8};
  EXPECT_NE(a.seed(0), b.seed(0));
}

TEST(WorkerPool, GivesEveryRecordOnceAndThenNone) {
  Arena<Plain> arena{5000, 1};
  WorkerPool<Plain> pool{arena};
  std::set<std::uint32_t> seen;
  for (std::uint32_t i = 0; i < arena.capacity(); ++i) {
    const std::uint32_t index = pool.allocate();
    ASSERT_LT(index, arena.capacity());
    ASSERT_TRUE(seen.insert(index).second);
  }
  EXPECT_EQ(pool.allocate(), none);
  EXPECT_EQ(pool.in_use(), arena.capacity());
  pool.free(*seen.begin());
  EXPECT_EQ(pool.allocate(), *seen.begin());
  for (const std::uint32_t index : seen) pool.free(index);
  EXPECT_EQ(arena.in_use(), 0u);
}

TEST(WorkerPool, OneWorkerMayTakeEverythingAndGivesItBackForOthers) {
  Arena<Plain> arena{4096, 4};
  WorkerPool<Plain> greedy{arena, 0}, other{arena, 1};
  std::vector<std::uint32_t> mine;
  for (std::uint32_t i; (i = greedy.allocate()) != none;) mine.push_back(i);
  ASSERT_EQ(mine.size(), arena.capacity());
  EXPECT_EQ(other.allocate(), none);
  for (const std::uint32_t i : mine) greedy.free(i);
  // All but the one chunk it keeps for its next record.
  std::uint32_t taken = 0;
  while (other.allocate() != none) ++taken;
  EXPECT_EQ(taken, arena.capacity() - arena.region().chunk_records());
}

TEST(WorkerPool, AnEndedWorkerLeavesNoChunkBehind) {
  Arena<Plain> arena{256, 2};
  {
    WorkerPool<Plain> pool{arena, 0};
    pool.free(pool.allocate());
  }
  WorkerPool<Plain> other{arena, 1};
  for (std::uint32_t i = 0; i < arena.capacity(); ++i) ASSERT_NE(other.allocate(), none);
}

TEST(WorkerPool, NeverGivesARecordTwiceUnderRandomUse) {
  tests::Dice dice{1};
  SCOPED_TRACE(dice.seed());
  Arena<Plain> arena{600, 3};
  std::array<std::unique_ptr<WorkerPool<Plain>>, 3> pools;
  for (unsigned w = 0; w < 3; ++w) pools[w] = std::make_unique<WorkerPool<Plain>>(arena, w);
  std::map<std::uint32_t, Plain> model;
  std::array<std::vector<std::uint32_t>, 3> held;
  std::uint64_t serial = 0;
  for (int step = 0; step < 60000; ++step) {
    const unsigned w = dice.below(3);
    // Phases in which one worker grows and the others shrink.
    const bool grow = dice.below(100) < (step / 5000 % 3 == static_cast<int>(w) ? 70u : 40u);
    if (grow) {
      const std::uint32_t index = pools[w]->allocate();
      if (index == none) continue;
      ASSERT_EQ(model.count(index), 0u) << "step " << step;
      model[index] = (*pools[w])[index] = {w, ++serial};
      held[w].push_back(index);
    } else if (!held[w].empty()) {
      const std::size_t pick = dice.below(static_cast<std::uint32_t>(held[w].size()));
      const std::uint32_t index = held[w][pick];
      held[w][pick] = held[w].back();
      held[w].pop_back();
      ASSERT_EQ((*pools[w])[index].serial, model[index].serial) << "step " << step;
      ASSERT_TRUE(pools[w]->owns(index));
      pools[w]->free(index);
      ASSERT_FALSE(pools[w]->owns(index));
      model.erase(index);
    }
    if (step % 1000 == 0) {
      ASSERT_EQ(arena.in_use(), model.size());
    }
  }
  for (unsigned w = 0; w < 3; ++w) {
    ASSERT_EQ(pools[w]->in_use(), held[w].size());
    for (const std::uint32_t index : held[w]) pools[w]->free(index);
  }
  EXPECT_EQ(arena.in_use(), 0u);
}

TEST(WorkerPool, ASweepSeesEachOwnRecordOnceAndStandsItsFreeing) {
  Arena<Plain> arena{400, 2};
  WorkerPool<Plain> a{arena, 0}, b{arena, 1};
  std::set<std::uint32_t> mine;
  for (int i = 0; i < 120; ++i) {
    mine.insert(a.allocate());
    b.allocate();
  }
  std::multiset<std::uint32_t> seen;
  std::uint32_t at = 0;
  int turns = 0;
  do {
    at = a.sweep(at, 7, [&](std::uint32_t i) {
      seen.insert(i);
      a.free(i);
    });
  } while (at != 0 && ++turns < 1000);
  EXPECT_GT(turns, 10);
  EXPECT_EQ(seen.size(), mine.size());
  EXPECT_EQ(std::set<std::uint32_t>(seen.begin(), seen.end()), mine);
  EXPECT_EQ(a.in_use(), 0u);
  EXPECT_EQ(b.in_use(), 120u);
}

TEST(WorkerPool, WorkersBorrowAndReturnChunksAtTheSameTime) {
  constexpr unsigned workers = 4;
  Arena<Plain> arena{256, workers};  // few, small chunks: much borrowing
  std::vector<std::thread> threads;
  std::array<bool, workers> clean{};
  for (unsigned w = 0; w < workers; ++w)
    threads.emplace_back([&arena, &clean, w] {
      tests::Dice dice{100 + w};
      WorkerPool<Plain> pool{arena, w};
      std::vector<std::uint32_t> held;
      bool good = true;
      for (std::uint64_t step = 0; step < 20000; ++step) {
        if (held.size() < 80 && dice.below(100) < 52) {
          const std::uint32_t index = pool.allocate();
          if (index == none) continue;
          pool[index] = {w, step};
          held.push_back(index);
        } else if (!held.empty()) {
          good = good && pool[held.back()].owner == w;
          pool.free(held.back());
          held.pop_back();
        }
      }
      for (const std::uint32_t index : held) {
        good = good && pool[index].owner == w;
        pool.free(index);
      }
      clean[w] = good;
    });
  for (std::thread& t : threads) t.join();
  for (const bool good : clean) EXPECT_TRUE(good);
  EXPECT_EQ(arena.in_use(), 0u);
  // Every chunk is back: one worker can have them all.
  WorkerPool<Plain> all{arena, 0};
  std::set<std::uint32_t> seen;
  for (std::uint32_t i; (i = all.allocate()) != none;) ASSERT_TRUE(seen.insert(i).second);
  EXPECT_EQ(seen.size(), arena.capacity());
}

TEST(ItemPool, ItemsOfDifferentTypesComeFromOnePool) {
  struct Small {
    std::uint32_t next = 7;
    std::uint16_t id = 0;
  };
  struct Whole {
    std::uint32_t next = 9;
    std::array<std::uint8_t, 60> rest{};
  };
  static_assert(sizeof(Whole) == item_size);
  ItemArena arena{64, 1};
  ItemPool pool{arena};
  const std::uint32_t a = pool.make<Small>();
  const std::uint32_t b = pool.make<Whole>();
  EXPECT_EQ(pool.get<Small>(a).next, 7u);
  EXPECT_EQ(pool.get<Whole>(b).next, 9u);
  pool.get<Whole>(b).rest.fill(0xff);
  EXPECT_EQ(pool.get<Small>(a).next, 7u);
  pool.free(b);
  const std::uint32_t c = pool.make<Whole>();
  EXPECT_EQ(c, b);
  EXPECT_EQ(pool.get<Whole>(c).rest[59], 0) << "an item begins as its type does";
  pool.free(a);
  pool.free(c);
  EXPECT_EQ(pool.in_use(), 0u);
  for (std::uint32_t i = 0; i < arena.capacity(); ++i) ASSERT_NE(pool.make<Small>(), none);
  EXPECT_EQ(pool.make<Small>(), none);
}

}  // namespace
}  // namespace rpcgate::arena
