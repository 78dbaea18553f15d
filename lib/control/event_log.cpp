// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/event_log.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "event/event_json.hpp"

namespace rpcgate::control {
namespace {

constexpr std::size_t pending_limit = std::size_t{4} << 20;
// A pipe that poll() calls writable takes this much without blocking (pipe(7)).
constexpr std::size_t write_unit = 4096;

}  // namespace

void Tally::add(const event::Event& event) noexcept {
  ++by_kind[static_cast<std::size_t>(event.kind)];
  if (event.reason != stats::Reason::none) last_reason = event.reason;
  last = event.time;
}

Result<std::unique_ptr<EventLog>> EventLog::open(const std::string& destination) {
  std::unique_ptr<EventLog> log(new EventLog(destination));
  if (auto opened = log->reopen(); !opened) return tl::unexpected(opened.error());
  return log;
}

Result<void> EventLog::reopen() {
  if (destination_ == "-") {
    if (!file_.is_open()) file_ = FileDescriptor(dup(STDOUT_FILENO));
    return {};
  }
  FileDescriptor file(
      ::open(destination_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0640));
  if (!file.is_open())
    return fail(ErrorCode::io, "events: " + destination_ + ": " + std::strerror(errno));
  file_ = std::move(file);
  return {};
}

void EventLog::record(const event::Event& event, std::string_view rule_name) {
  ++recorded_;
  if (pending_.size() < pending_limit) {
    pending_ += event::to_json(event, rule_name);
    pending_ += '\n';
  } else {
    ++lines_lost_;
  }
  latest_.push_back({event, std::string(rule_name)});
  if (latest_.size() > kept) latest_.pop_front();
  by_client_.record(event, latest_.back().rule_name);
  refusals_.record(event);
  uses_.record(event, rule_name);
  if (event.rule != 0) by_rule_[event.rule].add(event);
  if (!event.has_interface) return;
  const dcerpc::InterfaceKey key = dcerpc::key_of(event.interface);
  const auto found = by_interface_.find(key);
  if (found != by_interface_.end())
    found->second.add(event);
  else if (by_interface_.size() < interface_limit)
    by_interface_[key].add(event);
}

void EventLog::flush() noexcept {
  std::size_t written = 0;
  while (written < pending_.size()) {
    pollfd ready{file_.get(), POLLOUT, 0};
    if (poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) break;
    const auto size = std::min(pending_.size() - written, write_unit);
    const auto count = write(file_.get(), pending_.data() + written, size);
    if (count <= 0) break;
    written += static_cast<std::size_t>(count);
  }
  pending_.erase(0, written);
}

}  // namespace rpcgate::control
