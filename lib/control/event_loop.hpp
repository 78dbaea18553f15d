// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The loop of the control core: descriptors (epoll), timers (timerfd) and signals (signalfd), one
// callback each, all on the one thread that calls turn() or run(). A callback may forget any
// descriptor or timer, its own included.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "control/file_descriptor.hpp"

namespace rpcgate::control {

class EventLoop {
 public:
  using OnReady = std::function<void(std::uint32_t epoll_events)>;
  using Id = std::uint64_t;  // never used twice, so a late event cannot reach a newcomer

  static Result<std::unique_ptr<EventLoop>> create();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // The descriptor stays the caller's; forget() it before closing it.
  Result<Id> watch(int fd, std::uint32_t epoll_events, OnReady on_ready);
  Result<void> change(Id id, std::uint32_t epoll_events);
  void forget(Id id);

  Result<Id> every(Duration interval, std::function<void()> on_tick);
  // Blocks these signals for the thread (call before others start) and reports them here instead.
  Result<Id> on_signals(std::initializer_list<int> signals, std::function<void(int)> on_signal);

  // Waits at most `timeout` for something to do and does it. Returns how many callbacks ran.
  std::size_t turn(milliseconds timeout);
  void run();  // until stop()
  void stop() noexcept { stopped_ = true; }

 private:
  struct Watch {
    int fd = -1;
    FileDescriptor owned;  // of timers and signals
    OnReady on_ready;
  };
  explicit EventLoop(FileDescriptor epoll) noexcept : epoll_(std::move(epoll)) {}
  Result<Id> watch_owned(FileDescriptor fd, OnReady on_ready);

  FileDescriptor epoll_;
  std::map<Id, std::shared_ptr<Watch>> watches_;
  Id last_id_ = 0;
  bool stopped_ = false;
};

}  // namespace rpcgate::control
