// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/event_loop.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

namespace rpcgate::control {
namespace {

tl::unexpected<Error> system_error(const char* call) {
  return fail(ErrorCode::io, std::string(call) + ": " + std::strerror(errno));
}

}  // namespace

Result<std::unique_ptr<EventLoop>> EventLoop::create() {
  FileDescriptor epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.is_open()) return system_error("epoll_create1");
  return std::unique_ptr<EventLoop>(new EventLoop(std::move(epoll)));
}

EventLoop::~EventLoop() = default;

Result<EventLoop::Id> EventLoop::watch(int fd, std::uint32_t epoll_events, OnReady on_ready) {
  const Id id = ++last_id_;
  epoll_event event{};
  event.events = epoll_events;
  event.data.u64 = id;
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return system_error("epoll_ctl");
  auto watch = std::make_shared<Watch>();
  watch->fd = fd;
  watch->on_ready = std::move(on_ready);
  watches_.emplace(id, std::move(watch));
  return id;
}

Result<EventLoop::Id> EventLoop::watch_owned(FileDescriptor fd, OnReady on_ready) {
  auto id = watch(fd.get(), EPOLLIN, std::move(on_ready));
  if (id) watches_[*id]->owned = std::move(fd);
  return id;
}

Result<void> EventLoop::change(Id id, std::uint32_t epoll_events) {
  const auto found = watches_.find(id);
  if (found == watches_.end()) return fail(ErrorCode::not_found, "no such watch");
  epoll_event event{};
  event.events = epoll_events;
  event.data.u64 = id;
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, found->second->fd, &event) != 0)
    return system_error("epoll_ctl");
  return {};
}

void EventLoop::forget(Id id) {
  const auto found = watches_.find(id);
  if (found == watches_.end()) return;
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second->fd, nullptr);
  watches_.erase(found);
}

Result<EventLoop::Id> EventLoop::every(Duration interval, std::function<void()> on_tick) {
  FileDescriptor timer(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  if (!timer.is_open()) return system_error("timerfd_create");
  timespec period{};
  period.tv_sec = static_cast<time_t>(interval.count() / 1'000'000'000);
  period.tv_nsec = static_cast<long>(interval.count() % 1'000'000'000);
  itimerspec spec{};
  spec.it_interval = period;
  spec.it_value = period;
  if (timerfd_settime(timer.get(), 0, &spec, nullptr) != 0) return system_error("timerfd_settime");
  const int fd = timer.get();
  return watch_owned(std::move(timer), [fd, tick = std::move(on_tick)](std::uint32_t) {
    std::uint64_t expirations = 0;
    // Missed ticks are one tick: what is done at a tick looks at the state, not at the count.
    if (read(fd, &expirations, sizeof expirations) == sizeof expirations) tick();
  });
}

Result<EventLoop::Id> EventLoop::on_signals(std::initializer_list<int> signals,
                                            std::function<void(int)> on_signal) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  if (pthread_sigmask(SIG_BLOCK, &set, nullptr) != 0) return system_error("pthread_sigmask");
  FileDescriptor descriptor(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!descriptor.is_open()) return system_error("signalfd");
  const int fd = descriptor.get();
  return watch_owned(std::move(descriptor), [fd, tell = std::move(on_signal)](std::uint32_t) {
    signalfd_siginfo info{};
    while (read(fd, &info, sizeof info) == sizeof info) tell(static_cast<int>(info.ssi_signo));
  });
}

std::size_t EventLoop::turn(milliseconds timeout) {
  std::array<epoll_event, 64> ready;
  const int count = epoll_wait(epoll_.get(), ready.data(), static_cast<int>(ready.size()),
                               static_cast<int>(timeout.count()));
  std::size_t ran = 0;
  for (int i = 0; i < count; ++i) {
    // epoll_event is packed: its members are copied, since no reference may bind to them.
    const epoll_event event = ready[static_cast<std::size_t>(i)];
    const Id id{event.data.u64};
    const auto found = watches_.find(id);
    if (found == watches_.end()) continue;  // forgotten by a callback before it in this turn
    const auto keep = found->second;        // the callback may forget itself
    keep->on_ready(std::uint32_t{event.events});
    ++ran;
  }
  return ran;
}

void EventLoop::run() {
  stopped_ = false;
  while (!stopped_) turn(milliseconds{1000});
}

}  // namespace rpcgate::control
