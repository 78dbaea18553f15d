// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "interplane/mailbox.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "event/event.hpp"

namespace rpcgate::interplane {
namespace {

TEST(Mailbox, CommandsArriveWholeAndInOrder) {
  CommandQueue queue(4);
  for (std::uint32_t i = 0; i < 4; ++i) {
    Command command;
    command.kind = Command::Kind::close_flow;
    command.ticket = i;
    command.id = 100 + i;
    ASSERT_TRUE(queue.push(command));
  }
  Command command;
  for (std::uint32_t i = 0; i < 4; ++i) {
    ASSERT_TRUE(queue.pop(command));
    EXPECT_EQ(command.ticket, i);
    EXPECT_EQ(command.id, 100 + i);
  }
  EXPECT_FALSE(queue.pop(command));
}

TEST(Mailbox, AFullRingSaysSoAndKeepsWhatItHas) {
  NeighbourQueue queue(2);
  EXPECT_TRUE(queue.push({1, {}}));
  EXPECT_TRUE(queue.push({2, {}}));
  EXPECT_FALSE(queue.push({3, {}}));
  NeighbourRequest request;
  ASSERT_TRUE(queue.pop(request));
  EXPECT_EQ(request.port, 1);
  EXPECT_TRUE(queue.push({3, {}}));
}

// For ThreadSanitizer, and for torn records: every field of an event says the same number.
TEST(Mailbox, EventsCrossThreadsUntorn) {
  event::Queue queue(64);
  constexpr std::uint64_t count = 20000;
  std::thread producer([&] {
    for (std::uint64_t i = 0; i < count;) {
      event::Event e;
      e.flow = e.pinhole = e.bytes = i;
      if (queue.push(e))
        ++i;
      else
        std::this_thread::yield();
    }
  });
  std::uint64_t wrong = 0;
  for (std::uint64_t i = 0; i < count;) {
    event::Event e;
    if (!queue.pop(e)) {
      std::this_thread::yield();
      continue;
    }
    if (e.flow != i || e.pinhole != i || e.bytes != i) ++wrong;
    ++i;
  }
  producer.join();
  EXPECT_EQ(wrong, 0u);
}

}  // namespace
}  // namespace rpcgate::interplane
