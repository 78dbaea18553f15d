// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/event_loop.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace rpcgate::control {
namespace {

struct Pipe {
  Pipe() {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    out = FileDescriptor(ends[0]);
    in = FileDescriptor(ends[1]);
  }
  FileDescriptor out;
  FileDescriptor in;
};

TEST(EventLoop, CallsBackForWhatIsReadyAndForNothingElse) {
  auto loop = std::move(*EventLoop::create());
  Pipe first;
  Pipe second;
  int firsts = 0;
  int seconds_ready = 0;
  ASSERT_TRUE(loop->watch(first.out.get(), EPOLLIN, [&](std::uint32_t) { ++firsts; }));
  ASSERT_TRUE(loop->watch(second.out.get(), EPOLLIN, [&](std::uint32_t) { ++seconds_ready; }));
  ASSERT_EQ(write(second.in.get(), "x", 1), 1);
  EXPECT_EQ(loop->turn(milliseconds{0}), 1u);
  EXPECT_EQ(firsts, 0);
  EXPECT_EQ(seconds_ready, 1);
}

TEST(EventLoop, ACallbackMayForgetAnotherThatIsReadyToo) {
  auto loop = std::move(*EventLoop::create());
  Pipe a;
  Pipe b;
  EventLoop::Id ids[2] = {};
  int calls = 0;
  const auto forget_both = [&](std::uint32_t) {
    ++calls;
    loop->forget(ids[0]);
    loop->forget(ids[1]);
  };
  ids[0] = *loop->watch(a.out.get(), EPOLLIN, forget_both);
  ids[1] = *loop->watch(b.out.get(), EPOLLIN, forget_both);
  ASSERT_EQ(write(a.in.get(), "x", 1), 1);
  ASSERT_EQ(write(b.in.get(), "x", 1), 1);
  loop->turn(milliseconds{0});
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(loop->turn(milliseconds{0}), 0u);
}

TEST(EventLoop, SignalsArriveAsCallbacks) {
  auto loop = std::move(*EventLoop::create());
  int got = 0;
  ASSERT_TRUE(loop->on_signals({SIGUSR1}, [&](int signal) { got = signal; }));
  ASSERT_EQ(raise(SIGUSR1), 0);
  loop->turn(milliseconds{1000});
  EXPECT_EQ(got, SIGUSR1);
}

TEST(EventLoop, ATimerEndsTheRun) {
  auto loop = std::move(*EventLoop::create());
  int ticks = 0;
  ASSERT_TRUE(loop->every(milliseconds{1}, [&] {
    if (++ticks == 3) loop->stop();
  }));
  loop->run();
  EXPECT_EQ(ticks, 3);
}

}  // namespace
}  // namespace rpcgate::control
