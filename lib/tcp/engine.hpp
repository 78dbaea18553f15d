// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Takes one segment of an inspected flow and says what of the packet may leave: repetitions, gaps,
// what is new (given to the judge by tcp/feeder.hpp), acknowledgements. A template, so that the
// product's judge is called directly and a test can bring its own.
#pragma once

#include "tcp/common_segment.hpp"
#include "tcp/reorder.hpp"

namespace rpcgate::tcp {

template <class Judge>
class Engine : private Reorder<Judge> {
 public:
  using Reorder<Judge>::Reorder;

  // Takes one segment that connection tracking found to be inside the window. After a forwarded
  // packet, and only then, the caller delivers [more_from, more_to).
  Result take(Side from, Segment& segment) noexcept {
    s_.in_step = false;
    for (Half& half : s_.halves)
      if (!half.pins.empty() && !spill(half, work_.blocks)) return out_of_memory();
    if ((segment.flags & flags::syn) != 0) return on_syn(s_, from, segment, work_);
    Half& mine = s_.half(from);
    if (!mine.known || !s_.half(other(from)).known) {
      if (!s_.lenient) return drop(stats::Drop::bad_tcp_state);
      pick_up(from, segment);
    }
    if ((segment.flags & flags::rst) != 0) return on_reset(s_, from, segment);
    if (!note_timestamp(from, segment)) return drop(stats::Drop::old_timestamp);
    Result result;
    result.edited = blank_unknown_options(segment.header, false);
    if ((segment.flags & flags::urg) != 0) {  // no byte is treated apart from the others
      clear_urgent(segment.header);
      result.edited = true;
    }
    if ((segment.flags & flags::ack) != 0) {
      Half& back = s_.half(other(from));
      if (s_.lenient && segment.ack > back.next) skip_lost(other(from), segment.ack);
      take_acknowledgement(s_, from, segment, work_);
    }
    take_bytes(from, segment, result);
    if (result.fate != Fate::cut) settle_header(from, segment, result);
    return result;
  }

  // Lenient: gives up on a gap and goes on behind it.
  void skip_gap(Side from) noexcept {
    Half& mine = s_.half(from);
    if (!mine.out_of_order.empty()) skip_lost(from, mine.out_of_order.begin(work_.blocks));
  }

 private:
  using Reorder<Judge>::cut;
  using Reorder<Judge>::feed;
  using Reorder<Judge>::reread_;
  using Reorder<Judge>::s_;
  using Reorder<Judge>::skip_lost;
  using Reorder<Judge>::take_ahead;
  using Reorder<Judge>::take_what_follows;
  using Reorder<Judge>::work_;

  static Result drop(stats::Drop why) noexcept {
    Result r;
    r.fate = Fate::drop;
    r.drop = why;
    return r;
  }
  static Result out_of_memory() noexcept {
    Result r;
    cut(r, stats::Reason::stream_memory);
    return r;
  }
  bool note_timestamp(Side from, const Segment& segment) noexcept {
    std::uint32_t value = 0, echo = 0;
    if (!s_.peer(from).timestamps || !read_timestamps(segment.header, value, echo)) return true;
    const bool says_something = !segment.payload.empty() || (segment.flags & flags::fin) != 0;
    return note_timestamps(s_, from, segment.seq, says_something, value, echo);
  }

  // Replay: the first segment seen of a connection that was open already.
  void pick_up(Side from, const Segment& segment) noexcept {
    s_.picked_up = true;
    begin(s_.half(from), segment.seq);
    if ((segment.flags & flags::ack) != 0) begin(s_.half(other(from)), segment.ack);
  }
  void begin(Half& half, Seq at) noexcept {
    if (half.known) return;
    half.known = half.searching = true;
    half.next = half.released = half.far_ack = half.custody = half.run_start = half.far_edge =
        half.unit_end = half.recover = at;
  }

  void take_bytes(Side from, Segment& segment, Result& result) noexcept {
    Half& mine = s_.half(from);
    const std::uint32_t size = segment.payload.size();
    const bool fin = (segment.flags & flags::fin) != 0;
    const Seq end = segment.seq + size;
    result.keep = size;
    if (size == 0 && !fin) {
      result.edited = stand_inside(mine, segment) || result.edited;
      return;
    }
    if (segment.seq > mine.next) return take_ahead(from, segment, result);
    if (mine.fin ? end + (fin ? 1u : 0u) <= mine.next
                 : end < mine.next || (end == mine.next && !fin))
      return take_repeated(from, segment, result);
    if (mine.fin) return drop_into(result, stats::Drop::bad_tcp_state);  // data after FIN
    take_new(from, segment, fin, result);
  }

  // An acknowledgement behind bytes that have not left counts as long as it lies inside the window.
  // Moved to where the receiver stands it would bring a newer timestamp there than the bytes before
  // it have, and these would be taken for old.
  static bool stand_inside(const Half& mine, Segment& segment) noexcept {
    if (segment.seq <= mine.released || segment.seq < mine.far_edge) return false;
    set_sequence(segment.header, mine.released);
    return true;
  }

  static void drop_into(Result& result, stats::Drop why) noexcept {
    result.fate = Fate::drop;
    result.drop = why;
    result.keep = 0;
  }

  // Bytes that came before, all of them.
  void take_repeated(Side from, Segment& segment, Result& result) noexcept {
    Half& mine = s_.half(from);
    const Seq end = segment.seq + segment.payload.size();
    if (mine.owes() && end <= mine.custody && end > mine.far_ack) {
      // Ours to deliver; the sender did not get our word. Its acknowledgement goes on
      // (settle_header).
      acknowledge(s_, from, work_);
      result.keep = 0;
      result.drop = stats::Drop::stream_duplicate;
      return;
    }
    reread_ = true;
    leave_only_released(mine, segment, mine.released, result);
  }

  // At least one byte, or the FIN, is new and in order.
  void take_new(Side from, Segment& segment, bool fin, Result& result) noexcept {
    Half& mine = s_.half(from);
    const Seq begin = segment.seq;
    const Seq end = begin + segment.payload.size();
    const Seq released_before = mine.released;
    const std::uint32_t old = distance(begin, mine.next);
    reread_ = old != 0;
    const auto give = [&](std::size_t, MutableBytes bytes) noexcept {
      return feed(from, bytes, true, result);
    };
    if (!segment.payload.for_each(old, segment.payload.size() - old, give)) return;
    if (!take_what_follows(from, result)) return;
    const Seq released = mine.released;

    if (released_before < begin && released > released_before)  // what was held comes first
      deliver(s_, from, released_before, min(begin, released), work_);
    leave_only_released(mine, segment, released, result);
    if (released > end) {
      result.more_from = end;
      result.more_to = released;
    }
    if (fin && mine.next == end) {
      if (mine.holds()) return cut(result, stats::Reason::truncated_pdu);
      mine.fin = true;
      mine.next = mine.released = mine.next + 1;
    } else if (fin) {  // bytes behind a FIN: what came out of order contradicts it
      return cut(result, stats::Reason::pdu_unexpected);
    }
    mine.waiting_since = work_.now;  // in-order bytes came: that is progress
    if (distance(mine.released, mine.next) > work_.limits.held_bytes)
      return cut(result, stats::Reason::held_limit);
    if (mine.kept.blocks * sizeof(Block) > work_.limits.pinned_bytes)
      return cut(result, stats::Reason::pin_limit);
    take_custody(s_, from, work_);
  }

  // Of the packet's payload only what lies before `released` leaves, with the judged content.
  void leave_only_released(const Half& mine, Segment& segment, Seq released,
                           Result& result) noexcept {
    const std::uint32_t size = segment.payload.size();
    // What the far end has acknowledged has no pins any more, and the far end has no use for it.
    // A repetition of nothing else goes on empty, as the probe it is (RFC 9293 3.8.4).
    probe_ = size != 0 && segment.seq + size <= mine.far_ack;
    result.skip = probe_ ? 0 : distance(segment.seq, mine.far_ack);
    result.keep =
        probe_ ? 0 : distance(segment.seq + result.skip, min(released, segment.seq + size));
    if (result.keep < size) result.edited = true;
    if (reread_) lay_over(mine, segment, result);
    if (result.keep == 0 && size != 0) result.drop = stats::Drop::held_ack_only;
  }

  // The judged content, over what leaves.
  void lay_over(const Half& mine, Segment& segment, Result& result) noexcept {
    const auto lay = [&](std::size_t at, MutableBytes bytes) noexcept {
      const Seq begin = segment.seq + static_cast<std::uint32_t>(at);
      if (mine.kept.overlay(work_.blocks, begin, bytes)) result.edited = true;
      return true;
    };
    static_cast<void>(segment.payload.for_each(result.skip, result.keep, lay));
  }

  // The last word on the header: what is acknowledged, and whether a packet whose payload does not
  // leave is still worth sending for what it acknowledges.
  void settle_header(Side from, Segment& segment, Result& result) noexcept {
    const bool raised = correct_acknowledgement(s_, from, segment);
    result.edited = result.edited || raised;
    Peer& peer = s_.peer(from);
    const Seq edge = segment.ack + (std::uint32_t{segment.window} << peer.scale);
    const bool news = !peer.told || segment.ack != peer.told_ack || edge != peer.told_edge;
    const bool fin = (segment.flags & flags::fin) != 0;
    const bool emptied = result.keep == 0 && !segment.payload.empty() && !probe_;
    if (result.fate == Fate::forward && emptied) {
      if (news && !fin) {  // it goes on as a pure acknowledgement
        stand_inside(s_.half(from), segment);
        result.edited = true;
      } else {
        result.fate = Fate::drop;
      }
    } else if (result.fate == Fate::forward && raised && !news && segment.payload.empty() && !fin) {
      // The far end repeats itself about bytes in custody: nothing its peer need hear.
      result.fate = Fate::drop;
      result.drop = stats::Drop::held_ack_only;
    }
    if (result.fate == Fate::drop) {
      if (news) acknowledge(s_, other(from), work_);
      return;
    }
    peer.told = true;
    peer.told_ack = segment.ack;
    peer.told_edge = edge;
  }

  bool probe_ = false;  // the packet repeats nothing but what the far end has
};

}  // namespace rpcgate::tcp
