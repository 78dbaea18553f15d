// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The part of the stream stage that deals with bytes behind a gap. Those that lie wholly inside
// what no rule reads go on at once, so that the far end asks for the gap itself; the others wait
// here, copied, until the gap is filled.
#pragma once

#include "tcp/feeder.hpp"

namespace rpcgate::tcp {

template <class Judge>
class Reorder : protected Feeder<Judge> {
 public:
  using Feeder<Judge>::Feeder;

 protected:
  using Feeder<Judge>::feed;
  using Feeder<Judge>::judge_;
  using Feeder<Judge>::s_;
  using Feeder<Judge>::work_;

  // Replay: bytes before `to` will never be seen here. What was held of them is given up.
  void skip_lost(Side from, Seq to) noexcept {
    Half& mine = s_.half(from);
    s_.picked_up = true;
    mine.kept.clear(work_.blocks);
    mine.ahead.clear();
    mine.next = mine.released = mine.far_ack = mine.custody = mine.run_start = mine.unit_end =
        mine.recover = to;
    mine.gathered = 0;
    mine.searching = true;
    judge_.resynchronise(from);
    Result result;
    if (take_what_follows(from, result)) deliver(s_, from, to, mine.released, work_);
  }

  // What came out of order and now is in order. False: cut.
  bool take_what_follows(Side from, Result& result) noexcept {
    Half& mine = s_.half(from);
    Chain& chain = mine.out_of_order;
    for (;;) {
      if (!mine.ahead.empty() && mine.ahead.begin() <= mine.next) {
        step_over(from);
        continue;
      }
      if (chain.empty() || chain.begin(work_.blocks) > mine.next) break;
      Block& block = work_.blocks[chain.head];
      if (block.end() > mine.next) {
        const std::size_t skip = distance(block.begin(), mine.next);
        const MutableBytes bytes{block.bytes.data() + skip, block.length - skip};
        if (!feed(from, bytes, false, result)) return false;
      }
      chain.drop_below(work_.blocks, mine.next);
    }
    if (chain.empty()) {
      mine.segments_out_of_order = 0;
      mine.sack_waits = false;  // there is nothing to tell any more
    }
    return true;
  }

  // Bytes behind a gap. Where no rule reads any of them they go on; else they wait here.
  void take_ahead(Side from, Segment& segment, Result& result) noexcept {
    Half& mine = s_.half(from);
    const Seq end = segment.seq + segment.payload.size();
    const bool fin = (segment.flags & flags::fin) != 0;
    if (mine.holds() || mine.searching || mine.fin || fin || segment.payload.empty())
      return hold_out_of_order(from, segment, result);
    const inspect::Want want = judge_.next_want(from);
    const bool unread = want.kind == inspect::Want::Kind::pass && end <= mine.next + want.length;
    if (!unread || !mine.ahead.add(segment.seq, end))
      return hold_out_of_order(from, segment, result);
    work_.counters.counters.add(stats::Counter::segments_passed_ahead);
  }

  void hold_out_of_order(Side from, Segment& segment, Result& result) noexcept {
    Half& mine = s_.half(from);
    result.keep = 0;
    result.drop = stats::Drop::stream_out_of_order;
    if (segment.payload.empty()) {  // a FIN ahead of its data: it will come again
      result.fate = Fate::drop;
      return;
    }
    const std::size_t held = mine.out_of_order.blocks * sizeof(Block);
    if (!work_.may_hold_more || held + segment.payload.size() > work_.limits.out_of_order_bytes ||
        mine.segments_out_of_order >= work_.limits.out_of_order_segments)
      return;
    if (!mine.waits()) mine.waiting_since = work_.now;
    const bool kept = segment.payload.for_each(
        0, segment.payload.size(), [&](std::size_t at, MutableBytes bytes) noexcept {
          return mine.out_of_order.insert(work_.blocks,
                                          segment.seq + static_cast<std::uint32_t>(at), bytes);
        });
    if (!kept) {
      result.drop = stats::Drop::stream_memory;
      return;
    }
    ++mine.segments_out_of_order;
    work_.counters.counters.add(stats::Counter::segments_held);
    const SackBlock block{segment.seq, segment.seq + segment.payload.size()};
    tell_out_of_order(s_, from, work_, &block);
    result.drop = stats::Drop::held_ack_only;
  }

 private:
  // The first range of `ahead` is reached: it lies inside what is passed, and has left.
  void step_over(Side from) noexcept {
    Half& mine = s_.half(from);
    const Seq end = mine.ahead.end();
    mine.ahead.drop_first();
    const std::uint32_t size = distance(mine.next, end);
    if (size == 0) return;
    mine.next = mine.released = end;
    judge_.passed(from, size);
  }
};

}  // namespace rpcgate::tcp
