// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The part of the stream stage that talks to a judge: it gives in-order bytes to it as
// inspect/inspector.hpp describes, keeps what must be kept, and moves `released` as the verdicts
// say. A Judge has:
//   inspect::Want next_want(Side);  void passed(Side, std::uint32_t);
//   inspect::Verdict judge(Side, MutableBytes unit, MutableBytes held);
//   bool may_start_pdu(Bytes);  void resynchronise(Side);
#pragma once

#include <algorithm>
#include <cstring>

#include "inspect/contract.hpp"
#include "tcp/keep.hpp"

namespace rpcgate::tcp {

template <class Judge>
class Feeder {
 public:
  Feeder(Stream& stream, Judge& judge, Work& work) noexcept
      : s_(stream), judge_(judge), work_(work) {}

 protected:
  static void cut(Result& result, stats::Reason why, bool silent = false) noexcept {
    result.fate = Fate::cut;
    result.reason = why;
    result.silent = silent;
  }

  // Gives in-order bytes, which begin at mine.next, to the judge. `in_packet`: they lie in the
  // packet at hand and leave with it; otherwise every one of them is kept. False: cut.
  bool feed(Side from, MutableBytes bytes, bool in_packet, Result& result) noexcept {
    Half& mine = s_.half(from);
    while (!bytes.empty()) {
      if (mine.searching && !find_start(mine, bytes, in_packet, result)) return false;
      if (bytes.empty()) break;
      const inspect::Want want = judge_.next_want(from);
      if (want.kind == inspect::Want::Kind::pass) {
        const std::size_t size = std::min<std::size_t>(want.length, bytes.size());
        if (!pass(from, bytes.first(size), in_packet, result)) return false;
        bytes = bytes.subspan(size);
        continue;
      }
      const std::size_t size = std::min<std::size_t>(want.length - mine.gathered, bytes.size());
      if (!read(from, want, bytes.first(size), in_packet, result)) return false;
      bytes = bytes.subspan(size);
    }
    return true;
  }

 private:
  bool pass(Side from, MutableBytes bytes, bool in_packet, Result& result) noexcept {
    Half& mine = s_.half(from);
    const auto size = static_cast<std::uint32_t>(bytes.size());
    const bool leaves = mine.released == mine.next;
    if ((!leaves || !in_packet) && !keep(mine, mine.next, bytes, result)) return false;
    mine.next = mine.next + size;
    if (leaves) mine.released = mine.next;
    judge_.passed(from, size);
    return true;
  }

  // `bytes` belong to the read that `want` describes; with them it may be complete.
  bool read(Side from, const inspect::Want& want, MutableBytes bytes, bool in_packet,
            Result& result) noexcept {
    Half& mine = s_.half(from);
    const auto size = static_cast<std::uint32_t>(bytes.size());
    const Seq first = mine.next;
    const bool whole_here = mine.gathered == 0 && size == want.length;
    const bool alone = in_packet && whole_here && (!want.whole || mine.released == first);
    if (!alone && !keep(mine, first, bytes, result)) return false;
    mine.next = mine.next + size;
    mine.gathered += size;
    mine.unit_end = mine.next + (want.length - mine.gathered);
    if (mine.gathered < want.length) {
      release_early(mine, want);
      return true;
    }
    mine.gathered = 0;
    const inspect::Verdict verdict =
        alone ? judge_in_packet(from, bytes, result)
              : judge_gathered(from, want, mine.next + (0u - want.length));
    // As it was judged.
    if (alone && verdict.release != inspect::Release::cut && !keep(mine, first, bytes, result))
      return false;
    if (verdict.release == inspect::Release::cut) {
      if (s_.picked_up && s_.lenient && verdict.reason == stats::Reason::not_rpc) {
        mine.searching = true;
        judge_.resynchronise(from);
        mine.released = mine.next;
        return true;
      }
      cut(result, verdict.reason, verdict.silent);
      return false;
    }
    if (verdict.release == inspect::Release::release) mine.released = mine.next;
    return true;
  }

  void release_early(Half& mine, const inspect::Want& want) const noexcept {
    // Unless something before it is held.
    if (want.early && mine.released >= mine.unit_begin()) mine.released = mine.next;
  }

  inspect::Verdict judge_in_packet(Side from, MutableBytes bytes, Result& result) noexcept {
    const MutableBytes before = work_.scratch.first(bytes.size());
    std::memcpy(before.data(), bytes.data(), bytes.size());
    const inspect::Verdict verdict = judge_.judge(from, bytes, bytes);
    if (std::memcmp(before.data(), bytes.data(), bytes.size()) != 0) result.edited = true;
    return verdict;
  }

  inspect::Verdict judge_gathered(Side from, const inspect::Want& want, Seq unit) noexcept {
    Half& mine = s_.half(from);
    const Seq first = want.whole ? mine.released : unit;
    const std::uint32_t size = distance(first, mine.next);
    inspect::Verdict verdict;
    verdict.release = inspect::Release::cut;
    verdict.reason = stats::Reason::held_limit;
    if (size > work_.scratch.size()) return verdict;
    const MutableBytes held = work_.scratch.first(size);
    if (!mine.kept.read(work_.blocks, first, held)) return verdict;
    verdict = judge_.judge(from, held.last(want.length), held);
    mine.kept.rewrite(work_.blocks, first, held);
    reread_ = true;  // the packet's copy may be older than the kept one
    return verdict;
  }

  // Replay: bytes are passed unread until some look like the start of a PDU.
  bool find_start(Half& mine, MutableBytes& bytes, bool in_packet, Result& result) noexcept {
    if (judge_.may_start_pdu(bytes)) {
      mine.searching = false;
      return true;
    }
    if (!in_packet && !keep(mine, mine.next, bytes, result)) return false;
    mine.next = mine.next + static_cast<std::uint32_t>(bytes.size());
    mine.released = mine.next;
    bytes = {};
    return true;
  }

  bool keep(Half& mine, Seq at, Bytes bytes, Result& result) noexcept {
    if (tcp::keep(mine, work_.blocks, at, bytes)) return true;
    cut(result, stats::Reason::stream_memory);
    return false;
  }

 protected:
  Stream& s_;
  Judge& judge_;
  Work& work_;
  bool reread_ = false;  // the packet's bytes may be older than the kept ones
};

}  // namespace rpcgate::tcp
