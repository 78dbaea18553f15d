// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "interplane/quiescence.hpp"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace rpcgate::interplane {
namespace {

TEST(Quiescence, NobodyIsWaitedForWhenNoWorkerRuns) {
  Quiescence q;
  EXPECT_TRUE(q.passed(q.begin()));
}

TEST(Quiescence, ARunningWorkerIsWaitedForUntilItEndsATurn) {
  Quiescence q;
  q.online(0);
  const auto ticket = q.begin();
  EXPECT_FALSE(q.passed(ticket));
  q.quiescent(0);
  EXPECT_TRUE(q.passed(ticket));
}

TEST(Quiescence, EveryWorkerCounts) {
  Quiescence q;
  q.online(0);
  q.online(3);
  const auto ticket = q.begin();
  q.quiescent(0);
  EXPECT_FALSE(q.passed(ticket));
  q.quiescent(3);
  EXPECT_TRUE(q.passed(ticket));
}

TEST(Quiescence, ATurnThatEndedBeforeDoesNotCount) {
  Quiescence q;
  q.online(0);
  q.quiescent(0);
  EXPECT_FALSE(q.passed(q.begin()));
}

TEST(Quiescence, AWorkerThatLeavesIsNoLongerWaitedFor) {
  Quiescence q;
  q.online(0);
  const auto ticket = q.begin();
  q.offline(0);
  EXPECT_TRUE(q.passed(ticket));
}

TEST(Quiescence, ALaterTicketIsNotPassedByAnEarlierReport) {
  Quiescence q;
  q.online(0);
  const auto first = q.begin();
  q.quiescent(0);
  const auto second = q.begin();
  EXPECT_TRUE(q.passed(first));
  EXPECT_FALSE(q.passed(second));
}

// What it is for: a value freed (here: marked dead) after passed() is never seen by a worker.
TEST(Quiescence, WorkersNeverSeeWhatWasFreed) {
  struct Value {
    std::atomic<bool> alive{true};
  };
  constexpr unsigned workers = 3;
  constexpr int rounds = 300;
  Quiescence q;
  std::vector<std::unique_ptr<Value>> values;
  for (int i = 0; i <= rounds; ++i) values.push_back(std::make_unique<Value>());
  std::atomic<Value*> published{values[0].get()};
  std::atomic<bool> stop{false};
  std::atomic<int> seen_dead{0};
  std::atomic<unsigned> running{0};
  std::vector<std::thread> threads;
  for (unsigned w = 0; w < workers; ++w)
    threads.emplace_back([&, w] {
      q.online(w);
      running.fetch_add(1);
      while (!stop.load(std::memory_order_relaxed)) {
        const Value* value = published.load(std::memory_order_acquire);
        for (int i = 0; i < 10; ++i)
          if (!value->alive.load(std::memory_order_relaxed)) seen_dead.fetch_add(1);
        q.quiescent(w);
        std::this_thread::yield();
      }
      q.offline(w);
    });
  while (running.load() < workers) std::this_thread::yield();
  for (int i = 1; i <= rounds; ++i) {
    Value* old = published.exchange(values[static_cast<std::size_t>(i)].get());
    const auto ticket = q.begin();
    while (!q.passed(ticket)) std::this_thread::yield();
    old->alive.store(false, std::memory_order_relaxed);
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(seen_dead.load(), 0);
}

}  // namespace
}  // namespace rpcgate::interplane
