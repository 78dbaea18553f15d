// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "tcp/stream.hpp"

#include <algorithm>

namespace rpcgate::tcp {
namespace {

using stats::Counter;
using stats::Reason;

bool has_timestamps(const Stream& s) noexcept {
  return s.peer(Side::client).timestamps && s.peer(Side::server).timestamps;
}

// The largest payload of a segment made in the name of `from` (RFC 6691: the MSS counts no
// options).
std::size_t payload_limit(const Stream& s, Side from) noexcept {
  const std::size_t mss = std::max<std::size_t>(s.peer(other(from)).mss, 88);
  return mss - (has_timestamps(s) ? 12u : 0u);
}

// What a segment made in the name of `from` acknowledges, and the window that keeps the right edge
// where `from` itself put it.
struct Acknowledgement {
  Seq number;
  std::uint16_t window;
};

std::uint16_t window_to(Seq edge, Seq from, std::uint8_t scale) noexcept {
  return static_cast<std::uint16_t>(std::min<std::uint32_t>(distance(from, edge) >> scale, 0xffff));
}

Acknowledgement acknowledgement_of(const Stream& s, Side from) noexcept {
  const Half& back = s.half(other(from));
  const Seq number = max(back.far_ack, back.custody);
  return {number, window_to(back.far_edge, number, s.peer(from).scale)};
}

Made made_by(const Stream& s, Side from, Seq seq) noexcept {
  const Acknowledgement a = acknowledgement_of(s, from);
  Made made;
  made.from = from;
  made.seq = seq;
  made.ack = a.number;
  made.window = a.window;
  made.flags = flags::ack;
  return made;
}

bool send(const Stream& s, Made& made, const SackBlock* sack, Work& work) noexcept {
  std::array<std::byte, max_option_size> options;
  const std::size_t size =
      write_options(options, has_timestamps(s), s.peer(made.from).last_timestamp,
                    s.peer(other(made.from)).last_timestamp, sack);
  made.options = Bytes{options}.first(size);
  return work.send(work.sender, made);
}

void begin_custody(Half& half, Work& work) noexcept {
  work.counters.counters.add(Counter::bytes_in_custody, distance(half.custody, half.next));
  if (!half.owes()) half.owed_since = work.now;
  half.custody = half.next;
  half.resend_at = work.now + work.limits.first_resend;
}

void begin_half(Half& half, Seq first) noexcept {
  half.next = half.released = half.far_ack = half.custody = half.run_start = first;
  half.known = true;
}

}  // namespace

Result on_syn(Stream& s, Side from, Segment& segment, Work& work) noexcept {
  Result result;
  Half& mine = s.half(from);
  Peer& peer = s.peer(from);
  const Seq first = segment.seq + 1;
  if (mine.known && mine.next != first) {
    result.fate = Fate::drop;
    result.drop = stats::Drop::bad_tcp_state;
    return result;
  }
  if (!mine.known) begin_half(mine, first);
  const Options o = read_options(segment.header);
  if (o.mss != 0) peer.mss = o.mss;
  peer.scale = o.window_scale;
  peer.scaled = o.has_window_scale;
  peer.sack = o.sack_permitted;
  peer.timestamps = o.has_timestamps;
  peer.last_timestamp = o.timestamp_value;
  peer.syn_window = segment.window;
  if ((segment.flags & flags::ack) != 0) {  // both have spoken: what holds is what both offered
    Peer& first_peer = s.peer(other(from));
    if (!peer.scaled || !first_peer.scaled) peer.scale = first_peer.scale = 0;
    mine.far_edge = mine.next + first_peer.syn_window;
    Half& back = s.half(other(from));
    back.far_edge = segment.ack + segment.window;  // never scaled in a SYN (RFC 7323 2.2)
  }
  result.edited = blank_unknown_options(segment.header);
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
  if (segment.ack > back.far_ack) {
    back.far_ack = segment.ack;
    back.kept.drop_below(work.blocks, back.far_ack);
    back.resends = 0;
    back.resend_at = work.now + work.limits.first_resend;
    back.owed_since = work.now;
  }
  back.custody = max(back.custody, back.far_ack);
  const std::uint32_t window = std::uint32_t{segment.window} << s.peer(from).scale;
  back.far_edge = max(back.far_edge, segment.ack + window);
  if (back.holds() && back.custody < back.next && back.run_start <= back.far_ack) {
    // All that the far end lacks is kept here: this very packet may acknowledge it.
    begin_custody(back, work);
  }
}

bool raise_acknowledgement(Stream& s, Side from, Segment& segment) noexcept {
  const Half& back = s.half(other(from));
  Peer& peer = s.peer(from);
  Seq number = segment.ack;
  Seq edge = segment.ack + (std::uint32_t{segment.window} << peer.scale);
  bool changed = false;
  if (back.known && back.custody > segment.ack) {
    number = back.custody;
    segment.window = window_to(edge, number, peer.scale);
    segment.ack = number;
    set_acknowledgement(segment.header, number);
    set_window(segment.header, segment.window);
    blank_sack_below(segment.header, number);
    changed = true;
  }
  return changed;
}

void deliver(Stream& s, Side from, Seq begin, Seq end, Work& work) noexcept {
  Half& mine = s.half(from);
  const std::size_t most = std::min(payload_limit(s, from), work.packet.size());
  mine.resend_at = work.now + work.limits.first_resend;
  while (begin < end) {
    const std::size_t size = std::min<std::size_t>(most, distance(begin, end));
    const MutableBytes payload = work.packet.first(size);
    if (!mine.kept.read(work.blocks, begin, payload)) return;  // not ours to send
    Made made = made_by(s, from, begin);
    made.payload = payload;
    begin = begin + static_cast<std::uint32_t>(size);
    if (begin == end) made.flags |= flags::psh;
    if (!send(s, made, nullptr, work)) return;  // no buffer: as if lost on the way
  }
}

void acknowledge(Stream& s, Side to, const SackBlock* sack, Work& work) noexcept {
  const Side from = other(to);
  const bool both_sack = s.peer(Side::client).sack && s.peer(Side::server).sack;
  Made made = made_by(s, from, s.half(from).released);
  Peer& peer = s.peer(from);
  peer.told = true;
  peer.told_ack = made.ack;
  peer.told_edge = made.ack + (std::uint32_t{made.window} << peer.scale);
  send(s, made, both_sack ? sack : nullptr, work);
  work.counters.counters.add(Counter::acks_sent);
}

void take_custody(Stream& s, Side from, Work& work) noexcept {
  Half& mine = s.half(from);
  if (!mine.holds() || mine.custody >= mine.next || mine.run_start > mine.far_ack) return;
  begin_custody(mine, work);
  acknowledge(s, from, nullptr, work);
}

stats::Reason on_timer(Stream& s, Work& work) noexcept {
  for (const Side side : {Side::client, Side::server}) {
    Half& mine = s.half(side);
    const bool undelivered = mine.owes() && mine.released > mine.far_ack;
    if (undelivered && work.now >= mine.resend_at) {
      if (work.now >= mine.owed_since + work.limits.custody) return Reason::far_end_silent;
      const Seq end = min(min(mine.released, mine.custody),
                          mine.far_ack + static_cast<std::uint32_t>(payload_limit(s, side)));
      deliver(s, side, mine.far_ack, end, work);
      work.counters.counters.add(Counter::bytes_resent, distance(mine.far_ack, end));
      if (mine.resends < 6) ++mine.resends;
      mine.resend_at = work.now + work.limits.first_resend * (1u << mine.resends);
    }
    if (!mine.waits() || work.now < mine.waiting_since + work.limits.stall) continue;
    if (mine.next >= mine.far_edge) {  // the receiver's window is the limit: the clock stands
      mine.waiting_since = work.now;
      continue;
    }
    return mine.out_of_order.empty() ? Reason::stream_stalled : Reason::stream_gap;
  }
  return Reason::none;
}

Instant next_deadline(const Stream& s, const StreamLimits& limits) noexcept {
  Instant when = Instant::max();
  for (const Half& half : s.halves) {
    if (half.owes() && half.released > half.far_ack) when = std::min(when, half.resend_at);
    if (half.waits()) when = std::min(when, half.waiting_since + limits.stall);
  }
  return when;
}

void close(Stream& s, BlockPool& blocks) noexcept {
  for (Half& half : s.halves) {
    half.kept.clear(blocks);
    half.out_of_order.clear(blocks);
  }
}

}  // namespace rpcgate::tcp
