// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The common case of tcp::Engine::take(): a segment of an established connection that comes in
// order while nothing is held, missing or owed, and whose bytes leave as they are: no rule reads
// them, or the caller knows what a rule would say. What this accepts the engine would have
// remembered alike; the rest is left to the engine.
// tests/unit/tcp/stream_model_test.cpp compares them.
#pragma once

#include "tcp/stream.hpp"

namespace rpcgate::tcp {

// Timestamps of a segment (RFC 7323). False: it is older than what its receiver has, which will not
// take it (5.3). TS.Recent of the receiver is known from what it echoes. A pure acknowledgement is
// taken all the same, as receivers do: it may have been overtaken.
inline bool note_timestamps(Stream& s, Side from, Seq seq, bool says_something, std::uint32_t value,
                            std::uint32_t echo) noexcept {
  const auto newer = [](std::uint32_t a, std::uint32_t b) noexcept {
    return static_cast<std::int32_t>(a - b) > 0;
  };
  Peer& peer = s.peer(from);
  if (newer(value, peer.last_timestamp)) peer.last_timestamp = value;
  const Peer& far = s.peer(other(from));
  if (!far.timestamps || s.lenient) return true;
  Half& mine = s.half(from);
  Half& back = s.half(other(from));
  if (newer(echo, back.recent_timestamp) && !newer(echo, far.last_timestamp))
    back.recent_timestamp = echo;
  if (says_something && newer(mine.recent_timestamp, value)) return false;
  if (seq <= mine.next && newer(value, mine.timestamp)) mine.timestamp = value;
  return true;
}

namespace detail {
// All that came was judged and has left, and nothing of it is the gateway's to deliver.
inline bool is_in_step(const Half& h) noexcept {
  return h.known && !h.fin && !h.searching && h.released == h.next && h.custody <= h.far_ack &&
         h.out_of_order.empty() && h.ahead.empty() && !h.sack_waits;
}
// Common segments leave it so; the engine says when it has come.
inline bool are_in_step(Stream& s) noexcept {
  if (!s.in_step) s.in_step = !s.lenient && is_in_step(s.halves[0]) && is_in_step(s.halves[1]);
  return s.in_step;
}
}  // namespace detail

// `may_leave`: so many bytes from where the sender stands. False: the engine's. The caller tells
// the judge of what has passed, and pins what of it was read.
[[gnu::always_inline]] inline bool take_common(Stream& s, Side from, const Segment& segment,
                                               std::uint32_t may_leave, BlockPool& blocks,
                                               Instant now) noexcept {
  constexpr std::uint8_t control = flags::fin | flags::syn | flags::rst | flags::urg | flags::ack;
  Half& mine = s.half(from);
  Half& back = s.half(other(from));
  Peer& peer = s.peer(from);
  const std::uint32_t size = segment.payload.size();
  const bool common = (segment.flags & control) == flags::ack && detail::are_in_step(s) &&
                      segment.seq == mine.next && size <= may_leave &&
                      segment.ack >= back.far_ack && segment.ack <= back.released;
  if (!common) return false;
  if (segment.header.size() > fixed_header_size) {
    std::uint32_t value = 0, echo = 0;
    if (!has_only_timestamps(segment.header)) return false;
    if (peer.timestamps && read_timestamps(segment.header, value, echo) &&
        !note_timestamps(s, from, segment.seq, size != 0, value, echo))
      return false;
  }
  if (segment.ack > back.far_ack) {
    back.far_ack = back.custody = segment.ack;
    const Seq mark = min(back.far_ack, back.unit_begin());
    if (!back.kept.empty()) back.kept.drop_below(blocks, mark);
    if (!back.pins.empty()) back.pins.drop_below(mark);
    back.resends = back.duplicates = 0;
  }
  const std::uint32_t window = std::uint32_t{segment.window} << peer.scale;
  back.far_edge = max(back.far_edge, segment.ack + window);
  if (window > back.widest_window) back.widest_window = window;
  if (size != 0) {
    mine.next = mine.released = segment.seq + size;
    mine.waiting_since = now;
  }
  peer.told = true;
  peer.told_ack = segment.ack;
  peer.told_edge = segment.ack + window;
  return true;
}

}  // namespace rpcgate::tcp
