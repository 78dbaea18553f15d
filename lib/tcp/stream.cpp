// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What segments say of the connection: the handshake, resets, acknowledgements.
#include "tcp/stream.hpp"

#include <algorithm>

namespace rpcgate::tcp {
namespace {

void begin_half(Half& half, Seq first) noexcept {
  half.next = half.released = half.far_ack = half.custody = half.run_start = half.unit_end =
      half.recover = first;
  half.known = true;
}

void offer(Half& half, Seq ack, std::uint32_t window) noexcept {
  half.far_edge = max(half.far_edge, ack + window);
  half.widest_window = std::max(half.widest_window, window);
}

// The far end says once more where it stands although bytes are owed to it: after three times the
// next one is taken for lost (RFC 5681 3.2).
bool is_missing(Half& back, const Segment& segment, std::uint32_t window) noexcept {
  const bool repeats = segment.ack == back.far_ack && segment.payload.empty() &&
                       (segment.flags & (flags::fin | flags::syn)) == 0 &&
                       segment.ack + window == back.far_edge;
  if (!repeats || back.recovering() || back.duplicates >= 3) return false;
  ++back.duplicates;
  return back.duplicates == 3;
}

}  // namespace

Result on_syn(Stream& s, Side from, Segment& segment, Work& work) noexcept {
  Result result;
  Half& mine = s.half(from);
  Peer& peer = s.peer(from);
  const Seq first = segment.seq + 1;
  const bool answered = s.half(other(from)).known;
  if (mine.known && mine.next != first && answered) {
    result.fate = Fate::drop;
    result.drop = stats::Drop::bad_tcp_state;
    return result;
  }
  // Before an answer has come the client may begin anew, with another number.
  if (!mine.known || mine.next != first) begin_half(mine, first);
  const Options o = read_options(segment.header);
  if (o.mss != 0) peer.mss = o.mss;
  peer.scale = o.window_scale;
  peer.scaled = o.has_window_scale;
  peer.sack = o.sack_permitted;
  peer.timestamps = o.has_timestamps;
  peer.last_timestamp = o.timestamp_value;
  mine.recent_timestamp = mine.timestamp = o.timestamp_value;
  peer.syn_window = segment.window;
  if ((segment.flags & flags::ack) != 0) {  // both have spoken: what holds is what both offered
    Peer& first_peer = s.peer(other(from));
    if (!peer.scaled || !first_peer.scaled) peer.scale = first_peer.scale = 0;
    mine.far_edge = mine.next;
    offer(mine, mine.next, first_peer.syn_window);
    Half& back = s.half(other(from));
    back.far_edge = segment.ack;
    offer(back, segment.ack, segment.window);  // never scaled in a SYN (RFC 7323 2.2)
  }
  result.edited = blank_unknown_options(segment.header, true);
  result.keep = 0;  // data in a SYN does not pass: it will be sent again after the handshake
  if (!segment.payload.empty()) result.edited = true;
  static_cast<void>(work);
  return result;
}

Result on_reset(Stream& s, Side from, Segment& segment) noexcept {
  Result result;
  const Half& mine = s.half(from);
  if (mine.known && segment.seq != mine.released) {
    set_sequence(segment.header, mine.released);
    result.edited = true;
  }
  result.edited = result.edited || !segment.payload.empty();
  result.keep = 0;
  return result;
}

void take_acknowledgement(Stream& s, Side from, const Segment& segment, Work& work) noexcept {
  Half& back = s.half(other(from));
  if (!back.known || segment.ack > back.released) return;  // bytes it cannot have got
  const std::uint32_t window = std::uint32_t{segment.window} << s.peer(from).scale;
  bool lost = false;
  if (segment.ack > back.far_ack) {
    lost = back.recovering() && segment.ack < back.recover;  // another hole (RFC 6582 3.2)
    back.far_ack = segment.ack;
    // What is still to be judged stays, even where it has left already.
    back.kept.drop_below(work.blocks, min(back.far_ack, back.unit_begin()));
    back.resends = back.duplicates = 0;
    back.resend_at = work.now + work.limits.first_resend;
    back.owed_since = work.now;
  } else if (back.owes() && back.deliverable() > back.far_ack) {
    lost = is_missing(back, segment, window);
    // It says that it has no room for what is owed: that is not silence.
    if (segment.ack == back.far_ack && window < distance(back.far_ack, back.deliverable()))
      back.owed_since = work.now;
  }
  back.custody = max(back.custody, back.far_ack);
  offer(back, segment.ack, window);
  if (back.run_start <= back.far_ack) {
    // All that the far end lacks is kept here: this very packet may acknowledge it.
    extend_custody(back, work);
  }
  if (lost && back.owes()) resend(s, other(from), work);
  if (back.sack_waits) tell_out_of_order(s, other(from), work, nullptr);
}

bool correct_acknowledgement(Stream& s, Side from, Segment& segment) noexcept {
  const Half& back = s.half(other(from));
  if (!back.known || (segment.flags & flags::ack) == 0) return false;
  const bool raise = back.custody > segment.ack;
  // Bytes that have not left cannot have arrived: their sender would throw them away.
  const bool lower = segment.ack > back.released && segment.ack > back.custody && !s.lenient;
  if (!raise && !lower) return false;
  const Peer& peer = s.peer(from);
  const Seq edge = segment.ack + (std::uint32_t{segment.window} << peer.scale);
  segment.ack = max(back.custody, back.far_ack);
  segment.window = window_to(edge, segment.ack, peer.scale);
  set_acknowledgement(segment.header, segment.ack);
  set_window(segment.header, segment.window);
  blank_sack_below(segment.header, segment.ack);
  return true;
}

void close(Stream& s, BlockPool& blocks) noexcept {
  for (Half& half : s.halves) {
    half.kept.clear(blocks);
    half.out_of_order.clear(blocks);
  }
}

}  // namespace rpcgate::tcp
