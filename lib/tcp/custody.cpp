// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Custody: what the gateway acknowledges itself, sends itself, and repeats until the far end has
// it; and the clocks of all that waits.
#include <algorithm>

#include "tcp/stream.hpp"

namespace rpcgate::tcp {
namespace {

using stats::Counter;
using stats::Reason;

constexpr std::size_t least_payload = 88;  // the smallest IPv4 datagram's MTU, RFC 791, as an MSS
constexpr std::uint8_t most_doublings = 6;

bool has_timestamps(const Stream& s) noexcept {
  return s.peer(Side::client).timestamps && s.peer(Side::server).timestamps;
}

bool has_sack(const Stream& s) noexcept {
  return s.peer(Side::client).sack && s.peer(Side::server).sack;
}

// The largest payload of a segment made in the name of `from` (RFC 6691: the MSS counts no
// options).
std::size_t payload_limit(const Stream& s, Side from) noexcept {
  const Peer& to = s.peer(other(from));
  const std::size_t mss = std::max<std::size_t>(std::min(to.mss, to.path_payload), least_payload);
  return mss - (has_timestamps(s) ? 12u : 0u);
}

// What a segment made in the name of `from` acknowledges, and the window that keeps the right edge
// where `from` itself put it.
Made made_by(const Stream& s, Side from, Seq seq) noexcept {
  const Half& back = s.half(other(from));
  Made made;
  made.from = from;
  made.seq = seq;
  made.ack = max(back.far_ack, back.custody);
  made.window = window_to(back.far_edge, made.ack, s.peer(from).scale);
  made.flags = flags::ack;
  return made;
}

bool send(const Stream& s, Made& made, std::span<const SackBlock> sack, Work& work) noexcept {
  std::array<std::byte, max_option_size> options;
  // The newest TSval seen might be that of a segment that is still on its way here: with it the
  // receiver would take what comes before that one for old (RFC 7323 5.3).
  const std::size_t size = write_options(options, has_timestamps(s), s.half(made.from).timestamp,
                                         s.half(other(made.from)).timestamp, sack);
  made.options = Bytes{options}.first(size);
  return work.send(work.sender, made);
}

// What is held out of order, `newest` first. How many of `out` are used.
std::size_t blocks_of(const Chain& chain, const BlockPool& pool, const SackBlock* newest,
                      std::array<SackBlock, most_sack_blocks>& out) noexcept {
  std::size_t n = 0;
  if (newest != nullptr) out[n++] = *newest;
  if (chain.empty()) return n;
  constexpr std::uint32_t all = 1u << 30;
  Chain::Run run;
  Seq at = chain.begin(pool);
  while (n < out.size() && chain.find_run(pool, at, at + all, all, run)) {
    at = run.begin + static_cast<std::uint32_t>(run.size);
    if (newest == nullptr || newest->begin < run.begin || newest->begin >= at)
      out[n++] = {run.begin, at};
  }
  return n;
}

// Is it the receiver's window that keeps the sender from going on? A sender does not fill the last
// bit of a window that is smaller than a segment (RFC 9293 3.8.6.2.1).
bool window_is_shut(const Stream& s, Side side) noexcept {
  const Half& mine = s.half(side);
  const std::uint32_t least =
      std::min<std::uint32_t>(s.peer(other(side)).mss, std::max(mine.widest_window / 2, 1u));
  return distance(mine.next, mine.far_edge) < least;
}
// Could the unit that is held ever be whole? What the receiver never offered room for cannot.
bool fits_the_window(const Half& half) noexcept {
  return distance(half.released, max(half.next, half.unit_end)) <= half.widest_window;
}

// Held bytes or a gap that made no progress for too long.
Reason stalled(const Stream& s, Side side, Half& mine, Instant now) noexcept {
  if (!window_is_shut(s, side))
    return mine.out_of_order.empty() ? Reason::stream_stalled : Reason::stream_gap;
  if (!fits_the_window(mine)) return Reason::window_too_small;
  mine.waiting_since = now;  // the clock stands
  return Reason::none;
}

}  // namespace

std::uint16_t window_to(Seq edge, Seq from, std::uint8_t scale) noexcept {
  return static_cast<std::uint16_t>(std::min<std::uint32_t>(distance(from, edge) >> scale, 0xffff));
}

void deliver(Stream& s, Side from, Seq begin, Seq end, Work& work) noexcept {
  Half& mine = s.half(from);
  const std::size_t most = std::min(payload_limit(s, from), work.packet.size());
  mine.resend_at = work.now + work.limits.first_resend;
  Chain::Run run;
  while (begin < end && mine.kept.find_run(work.blocks, begin, end, most, run)) {
    Made made = made_by(s, from, run.begin);
    const MutableBytes payload = work.packet.first(run.size);
    mine.kept.copy_run(work.blocks, run, payload);
    made.payload = payload;
    begin = run.begin + static_cast<std::uint32_t>(run.size);
    if (begin == end) made.flags |= flags::psh;
    if (!send(s, made, {}, work)) return;  // no buffer: as if lost on the way
  }
}

void resend(Stream& s, Side from, Work& work) noexcept {
  Half& mine = s.half(from);
  const Seq end =
      min(mine.deliverable(), mine.far_ack + static_cast<std::uint32_t>(payload_limit(s, from)));
  if (end <= mine.far_ack) return;
  if (!mine.recovering()) mine.recover = mine.deliverable();
  deliver(s, from, mine.far_ack, end, work);
  work.counters.counters.add(Counter::bytes_resent, distance(mine.far_ack, end));
}

void acknowledge(Stream& s, Side to, Work& work, const SackBlock* newest) noexcept {
  const Side from = other(to);
  Made made = made_by(s, from, s.half(from).released);
  Peer& peer = s.peer(from);
  peer.told = true;
  peer.told_ack = made.ack;
  peer.told_edge = made.ack + (std::uint32_t{made.window} << peer.scale);
  std::array<SackBlock, most_sack_blocks> blocks;
  const std::size_t count =
      has_sack(s) ? blocks_of(s.half(to).out_of_order, work.blocks, newest, blocks) : 0;
  send(s, made, std::span{blocks}.first(count), work);
  s.half(to).sack_waits = false;
  work.counters.counters.add(Counter::acks_sent);
}

void tell_out_of_order(Stream& s, Side from, Work& work, const SackBlock* newest) noexcept {
  Half& mine = s.half(from);
  mine.sack_waits = has_sack(s) && max(mine.far_ack, mine.custody) < mine.released;
  if (!mine.sack_waits) acknowledge(s, from, work, newest);
}

bool extend_custody(Half& half, Work& work) noexcept {
  // A byte that probes a shut window is not taken: the right edge stays where the receiver put it.
  const Seq to = min(half.next, half.far_edge);
  if (!half.holds() || half.custody >= to) return false;
  work.counters.counters.add(Counter::bytes_in_custody, distance(half.custody, to));
  if (!half.owes()) half.owed_since = work.now;
  half.custody = to;
  half.resend_at = work.now + work.limits.first_resend;
  return true;
}

void take_custody(Stream& s, Side from, Work& work) noexcept {
  Half& mine = s.half(from);
  if (mine.run_start > mine.far_ack || !extend_custody(mine, work)) return;
  acknowledge(s, from, work);
}

void on_too_big(Stream& s, Side from, Seq seq, std::uint16_t payload, bool send_again,
                Work& work) noexcept {
  Half& mine = s.half(from);
  Peer& to = s.peer(other(from));
  // Only about bytes that are under way (RFC 5927 7.2), and only downwards.
  if (!mine.known || seq < mine.far_ack || seq >= mine.released || payload >= to.path_payload)
    return;
  to.path_payload = std::max<std::uint16_t>(payload, least_payload);
  if (send_again && mine.owes()) resend(s, from, work);
}

stats::Reason on_timer(Stream& s, Work& work) noexcept {
  for (const Side side : {Side::client, Side::server}) {
    Half& mine = s.half(side);
    const bool undelivered = mine.owes() && mine.deliverable() > mine.far_ack;
    if (undelivered && work.now >= mine.resend_at) {
      if (work.now >= mine.owed_since + work.limits.custody) return Reason::far_end_silent;
      mine.recover = mine.deliverable();
      resend(s, side, work);
      if (mine.resends < most_doublings) ++mine.resends;
      mine.resend_at = work.now + work.limits.first_resend * (1u << mine.resends);
    }
    if (!mine.waits() || work.now < mine.waiting_since + work.limits.stall) continue;
    const Reason why = stalled(s, side, mine, work.now);
    if (why != Reason::none) return why;
  }
  return Reason::none;
}

Instant next_deadline(const Stream& s, const StreamLimits& limits) noexcept {
  Instant when = Instant::max();
  for (const Half& half : s.halves) {
    if (half.owes() && half.deliverable() > half.far_ack) when = std::min(when, half.resend_at);
    if (half.waits()) when = std::min(when, half.waiting_since + limits.stall);
  }
  return when;
}

}  // namespace rpcgate::tcp
