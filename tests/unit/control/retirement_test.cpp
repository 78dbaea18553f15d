// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/retirement.hpp"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace rpcgate::control {
namespace {

using interplane::Quiescence;

TEST(Retirement, ATableIsFreedWhenEveryWorkerHasEndedATurn) {
  Quiescence quiescence;
  quiescence.online(0);
  quiescence.online(1);
  Retirement retirement(quiescence);
  bool freed = false;
  auto table = std::make_unique<const int>(7);
  retirement.retire(std::move(table), Instant::max(), [&](bool by_all) { freed = by_all; });
  retirement.poll(Instant{});
  EXPECT_EQ(retirement.size(), 1u);
  quiescence.quiescent(0);
  retirement.poll(Instant{});
  EXPECT_FALSE(freed);
  quiescence.quiescent(1);
  retirement.poll(Instant{});
  EXPECT_TRUE(freed);
  EXPECT_EQ(retirement.size(), 0u);
}

TEST(Retirement, AWorkerThatIsOfflineIsNotWaitedFor) {
  Quiescence quiescence;
  quiescence.online(0);
  Retirement retirement(quiescence);
  retirement.retire(std::make_unique<const int>(7));
  quiescence.offline(0);
  retirement.poll(Instant{});
  EXPECT_EQ(retirement.size(), 0u);
}

TEST(Retirement, AtTheDeadlineTheAskerIsToldAndTheTableIsKept) {
  Quiescence quiescence;
  quiescence.online(0);
  Retirement retirement(quiescence);
  int told = 0;
  bool freed = true;
  retirement.retire(std::make_unique<const int>(7), Instant{seconds{5}}, [&](bool by_all) {
    ++told;
    freed = by_all;
  });
  retirement.poll(Instant{seconds{4}});
  EXPECT_EQ(told, 0);
  retirement.poll(Instant{seconds{5}});
  EXPECT_EQ(told, 1);
  EXPECT_FALSE(freed);
  EXPECT_EQ(retirement.size(), 1u);
  quiescence.quiescent(0);
  retirement.poll(Instant{seconds{6}});
  EXPECT_EQ(told, 1);
  EXPECT_EQ(retirement.size(), 0u);
}

// A table as workers see it: its content may be read as long as nobody freed it.
struct Table {
  explicit Table(std::uint64_t number) : values(64, number) {}
  ~Table() { std::fill(values.begin(), values.end(), 0); }
  std::vector<std::uint64_t> values;
};

// For ThreadSanitizer and AddressSanitizer: workers read what the control core replaces.
TEST(Retirement, WorkersNeverReadAFreedTable) {
  constexpr unsigned workers = 2;
  constexpr std::uint64_t tables = 200;
  Quiescence quiescence;
  Retirement retirement(quiescence);
  auto current = std::make_unique<const Table>(1);
  std::atomic<const Table*> published{current.get()};
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> torn{0};
  std::atomic<unsigned> running{0};
  std::vector<std::thread> threads;
  for (unsigned w = 0; w < workers; ++w)
    threads.emplace_back([&, w] {
      quiescence.online(w);
      running.fetch_add(1);
      while (!stop.load(std::memory_order_relaxed)) {
        const Table* table = published.load(std::memory_order_acquire);
        const std::uint64_t first = table->values.front();
        for (const auto value : table->values)
          if (value != first || value == 0) torn.fetch_add(1);
        quiescence.quiescent(w);
      }
      quiescence.offline(w);
    });
  while (running.load() < workers) std::this_thread::yield();
  for (std::uint64_t i = 2; i < tables; ++i) {
    auto next = std::make_unique<const Table>(i);
    published.exchange(next.get(), std::memory_order_acq_rel);
    retirement.retire(std::exchange(current, std::move(next)));
    retirement.poll(Instant{});
    std::this_thread::yield();
  }
  stop = true;
  for (auto& thread : threads) thread.join();
  retirement.poll(Instant{});
  EXPECT_EQ(torn.load(), 0u);
  EXPECT_EQ(retirement.size(), 0u);
}

}  // namespace
}  // namespace rpcgate::control
