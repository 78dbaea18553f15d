// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// One flow's stream, its judge and what both work with, for the length of a call. Joins lib/tcp,
// which knows no packet, and lib/inspect, which knows no segment.
#pragma once

#include "datapath/context.hpp"
#include "datapath/stream_state.hpp"
#include "flow/record.hpp"
#include "inspect/inspector.hpp"
#include "tcp/stream.hpp"

namespace rpcgate::datapath {

static_assert(static_cast<int>(inspect::Side::client) == static_cast<int>(Direction::from_client));
constexpr Direction direction_of(inspect::Side side) noexcept {
  return static_cast<Direction>(side);
}
constexpr inspect::Side side_of(Direction direction) noexcept {
  return static_cast<inspect::Side>(direction);
}

class StreamSession {
 public:
  StreamSession(Context& context, const flow::Flow& flow) noexcept;

  StreamRecord& record() noexcept { return record_; }
  inspect::Env& env() noexcept {
    see_flow();
    return env_;
  }
  tcp::Work& work() noexcept { return work_; }

  // The judge, as tcp/engine.hpp asks for it.
  inspect::Want next_want(inspect::Side side) noexcept {
    return inspect::next_want(record_.association, side);
  }
  void passed(inspect::Side side, std::uint32_t length) noexcept {
    if (side == inspect::Side::client) record_.association.client_moved = context_.now;
    inspect::passed(record_.association, side, length);
  }
  inspect::Verdict judge(inspect::Side side, MutableBytes unit, MutableBytes held) noexcept {
    return inspect::judge(record_.association, side, unit, held, env());
  }
  bool may_start_pdu(Bytes bytes) noexcept { return inspect::may_start_pdu(bytes); }
  void resynchronise(inspect::Side side) noexcept {
    inspect::resynchronise(record_.association, side);
  }

  // After a call that may have changed what is kept: counts it for the client, shows it, sets the
  // timer. False: the client keeps more than it may.
  bool settle() noexcept;
  // Why the connection has lasted as long as it may; none: it may go on.
  stats::Reason overdue() const noexcept;

 private:
  inspect::Deadline deadline() const noexcept;
  void note_window() noexcept;
  static bool send(void* self, const tcp::Made& made) noexcept;
  bool may_hold_more() const noexcept;
  std::uint64_t client_bytes() const noexcept;
  void arm_timer() noexcept;
  // What most packets' way needs not: the flow as the judgement sees it.
  void see_flow() noexcept;

  Context& context_;
  flow::Flow flow_;
  StreamState& state_;
  StreamRecord& record_;
  tcp::StreamLimits limits_;
  inspect::FlowView view_;
  bool seen_ = false;
  inspect::Env env_;
  tcp::Work work_;
};

// The server has no room for the client's next byte.
inline bool is_shut(const flow::TcpState& tcp) noexcept {
  const flow::TcpPeer& server = tcp.peer(flow::Direction::from_server);
  const flow::TcpPeer& client = tcp.peer(flow::Direction::from_client);
  return server.has(flow::TcpPeer::edge_known) &&
         static_cast<std::int32_t>(server.edge - client.end) <= 0;
}
// What is kept of a stream may have changed: counted for its client, and shown.
void note_kept(StreamState& state, StreamRecord& record, std::uint32_t index) noexcept;
// Brings the client's count of blocks up to date.
void count_blocks(StreamState& state, StreamRecord& record) noexcept;
// Brings its line of StreamState::shown up to date.
void show_stream(StreamState& state, std::uint32_t index) noexcept;

}  // namespace rpcgate::datapath
