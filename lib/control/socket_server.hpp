// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The control socket: a unix stream socket for root and one group. Each line is a request
// (request.hpp), each answer lines that end with {"end":true}. Runs on the control core and never
// waits for a peer: output is kept up to a bound, and a peer that does not read is dropped.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "control/event_loop.hpp"
#include "control/file_descriptor.hpp"

namespace rpcgate::control {

struct SocketOptions {
  std::string path;
  std::string group;  // may use the socket beside root; empty: root alone
  std::size_t connections = 16;
  std::size_t output_limit = std::size_t{64} << 20;
  Duration idle_limit = seconds{30};  // unread output, or an unfinished request
};

class SocketServer {
 public:
  // Takes a request line, without its end; `done` is called once with the whole answer (reply.hpp),
  // at once or from a later turn of the loop. The peer's next request waits for it.
  using Done = std::function<void(std::string answer)>;
  using Answer = std::function<void(const std::string& line, Done done)>;

  // Takes a stale socket file of a killed daemon over; refuses when somebody listens there.
  static Result<std::unique_ptr<SocketServer>> listen(EventLoop& loop, SocketOptions options,
                                                      Answer answer);
  ~SocketServer();
  SocketServer(const SocketServer&) = delete;
  SocketServer& operator=(const SocketServer&) = delete;

  // A connected peer, as accept() gave it (tests: one end of a socketpair).
  void adopt(FileDescriptor peer);
  std::size_t connection_count() const noexcept { return connections_.size(); }
  // Drops peers without progress; called by a timer with the time.
  void drop_idle(Instant now);

 private:
  struct Connection;
  SocketServer(EventLoop& loop, SocketOptions options, Answer answer);
  Result<void> open();
  Result<void> open_path();
  void accept_all();
  bool may_use(int peer) const noexcept;
  void on_ready(std::uint64_t key, std::uint32_t epoll_events);
  void advance(Connection& connection);
  void finish(std::uint64_t key, std::string answer);
  bool receive(Connection& connection);
  bool answer_lines(Connection& connection);
  bool answer_next(Connection& connection);
  bool send_pending(Connection& connection);
  void drop(std::uint64_t key);

  EventLoop& loop_;
  SocketOptions options_;
  Answer answer_;
  unsigned group_id_ = 0;
  bool has_group_ = false;
  FileDescriptor listener_;
  bool made_folder_ = false;  // of the socket: it goes with us
  EventLoop::Id listener_watch_ = 0;
  EventLoop::Id timer_ = 0;
  std::map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::uint64_t last_key_ = 0;
  bool is_answering_ = false;  // finish() is called from inside answer_lines()
  std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);  // asked by late answers
};

}  // namespace rpcgate::control
