// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Following established TCP connections: on each of 256 a segment with data, then its
// acknowledgement.
#include "flow/tcp_state.hpp"
#include "parts.hpp"

namespace rpcgate::bench {
namespace {

using enum flow::Direction;
using Action = flow::TcpVerdict::Action;

constexpr unsigned connections = 256;
constexpr std::uint8_t syn = 2, ack = 16;

struct Connection {
  std::uint32_t client = 1000;  // the next byte each end will send
  std::uint32_t server = 5000;
  flow::TcpState state;

  bool send(flow::Direction d, std::uint32_t sequence, std::uint32_t acknowledged,
            std::uint8_t flags, std::uint32_t payload) noexcept {
    flow::TcpSegment segment;
    segment.sequence = sequence;
    segment.acknowledgement = acknowledged;
    segment.flags = flags;
    segment.payload = payload;
    segment.window = 65000;
    return flow::track(state, d, segment, false).action == Action::accept;
  }
  bool open() noexcept {
    const bool opened =
        send(from_client, client, 0, syn, 0) && send(from_server, server, client + 1, syn | ack, 0);
    ++client;
    ++server;
    return opened && send(from_client, client, server, ack, 0);
  }
  bool exchange() noexcept {
    const bool sent = send(from_client, client, server, ack, 1460);
    client += 1460;
    return sent && send(from_server, server, client, ack, 0);
  }
};

void track(benchmark::State& state) {
  std::vector<Connection> all(connections);
  unsigned refused = 0;
  for (Connection& one : all) refused += !one.open();
  measure(state, "segment", 2 * connections, [&] {
    for (Connection& one : all) refused += !one.exchange();
  });
  if (refused != 0) state.SkipWithError("segments in order were refused");
}

}  // namespace

void add_tracking(const Plan& plan) {
  add(plan, "track", track);
}

}  // namespace rpcgate::bench
