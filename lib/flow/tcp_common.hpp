// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The common case of flow::track(), for the fast path: a segment without SYN, FIN and RST of an
// established connection that lies where both ends expect it. What this accepts, track() accepts
// and remembers alike; the rest is left to track(). tests/unit/flow compares them.
#pragma once

#include "flow/tcp_state.hpp"

namespace rpcgate::flow {

struct CommonSegment {
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  std::uint32_t payload = 0;  // octets
  std::uint16_t window = 0;   // as in the header
};

namespace detail {
// A window that every connection has reached back over (tcp_state.cpp).
inline constexpr std::int32_t common_reach = 0xffff + 1500;
inline constexpr std::uint8_t both_known = TcpPeer::edge_known | TcpPeer::ack_known;

constexpr std::int32_t beyond(std::uint32_t a, std::uint32_t b) noexcept {
  return static_cast<std::int32_t>(a - b);
}
constexpr std::uint32_t later(std::uint32_t a, std::uint32_t b) noexcept {
  return beyond(a, b) > 0 ? a : b;
}
}  // namespace detail

// False: nothing has changed. The caller has seen that the phase is `established`.
inline bool follow_common(TcpState& state, Direction d, const CommonSegment& s) noexcept {
  using namespace detail;
  TcpPeer& me = state.peer(d);
  TcpPeer& far = state.peer(opposite(d));
  const unsigned mine = me.flags, its = far.flags;
  const unsigned known = mine & its & both_known;
  const unsigned finished = (mine | its) & TcpPeer::fin_sent;
  const std::uint32_t end = s.sequence + s.payload;
  const bool common = known == both_known && finished == 0 && !state.picked_up() &&
                      beyond(end, far.edge) <= 0 && beyond(me.end, end) <= common_reach &&
                      beyond(s.acknowledgement, far.end) <= 0 &&
                      beyond(me.ack, s.acknowledgement) <= common_reach;
  if (!common) [[unlikely]]
    return false;
  me.end = later(end, me.end);
  me.ack = later(s.acknowledgement, me.ack);
  me.edge = later(s.acknowledgement + (std::uint32_t{s.window} << me.scale()), me.edge);
  if (s.window > me.max_window) me.max_window = s.window;
  return true;
}

inline void note_timestamp(std::uint32_t& latest, std::uint32_t value) noexcept {
  latest = detail::later(value, latest);
}

}  // namespace rpcgate::flow
