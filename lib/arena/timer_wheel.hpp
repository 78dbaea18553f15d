// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Timers of records, one a record, linked through the records themselves by index: arming, arming
// anew and cancelling are O(1). Ticks of 33.6 ms; a timer never fires early. A timer further away
// than the wheel reaches (4.6 minutes) is met on the way and goes round again. Meant to be lazy: do
// not arm anew for each packet; when it fires, look at the record's last-seen and arm for the rest.
// One wheel serves one kind of record. Worker core.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "base/check.hpp"
#include "base/clock.hpp"

namespace rpcgate::arena {

// Part of each record that has a timer.
struct TimerLinks {
  std::uint32_t next = 0xffffffff;
  std::uint32_t previous = 0xffffffff;  // a record, or in_slot | slot; all ones: not armed
  std::uint32_t due = 0;                // tick

  bool armed() const noexcept { return previous != 0xffffffff; }
};

class TimerWheel {
 public:
  static constexpr unsigned tick_bits = 25;  // 2^25 ns
  static constexpr std::uint32_t slots = 8192;
  static constexpr Duration horizon = std::chrono::hours{24 * 365};  // later is taken as this

  TimerWheel() noexcept { heads_.fill(empty); }

  // `links`: a callable TimerLinks&(std::uint32_t index) over the records of this wheel. Arms, or
  // arms anew. `now` is the time of the turn.
  template <class Access>
  void arm(Access&& links, std::uint32_t index, Instant due, Instant now) noexcept {
    start(now);
    cancel(links, index);
    const Instant latest = now + horizon;
    links(index).due = tick_after(due < latest ? due : latest);
    insert(links, index);
  }

  // Arms a timer that is not armed or would fire later; one that fires earlier is left.
  template <class Access>
  void arm_by(Access&& links, std::uint32_t index, Instant due, Instant now) noexcept {
    const TimerLinks& mine = links(index);
    const std::uint32_t at = tick_after(std::min(due, now + horizon));
    if (!mine.armed() || static_cast<std::int32_t>(at - mine.due) < 0) arm(links, index, due, now);
  }

  template <class Access>
  void cancel(Access&& links, std::uint32_t index) noexcept {
    TimerLinks& mine = links(index);
    if (!mine.armed()) return;
    if (mine.next != empty) links(mine.next).previous = mine.previous;
    if ((mine.previous & in_slot) != 0) {
      const std::uint32_t slot = mine.previous & ~in_slot;
      heads_[slot] = mine.next;
      if (mine.next == empty) unmark(slot);
    } else {
      links(mine.previous).next = mine.next;
    }
    mine.next = mine.previous = empty;
    --armed_;
  }

  // Calls expired(index) for timers that are due, at most `budget` timers looked at. A timer is no
  // longer armed when it is called; it may arm it anew, free the record, cancel others. Returns how
  // many were looked at: `budget` means that there may be more, call again next turn.
  template <class Access, class Expired>
  std::uint32_t advance(Instant now, Access&& links, std::uint32_t budget,
                        Expired&& expired) noexcept {
    start(now);
    const std::uint32_t target = tick_of(now);
    // Time that leaps further than the wheel reaches: once round is all there is to see.
    if (static_cast<std::int32_t>(target - cursor_) > static_cast<std::int32_t>(slots))
      cursor_ = target - slots;
    std::uint32_t seen = 0;
    while (static_cast<std::int32_t>(target - cursor_) >= 0) {
      const std::uint32_t slot = cursor_ % slots;
      while (heads_[slot] != empty) {
        if (seen == budget) return seen;
        ++seen;
        const std::uint32_t index = heads_[slot];
        const std::uint32_t due = links(index).due;
        cancel(links, index);
        if (static_cast<std::int32_t>(due - target) > 0) {
          links(index).due = due;
          insert(links, index);
        } else {
          expired(index);
        }
      }
      if (cursor_ == target) break;
      cursor_ = next_marked(cursor_ + 1, target);
    }
    return seen;
  }

  // When advance() has something to look at next (not earlier than anything is due by it), for a
  // clock that is set by hand; Instant::max() when nothing is armed.
  Instant next_look(Instant now) const noexcept {
    if (armed_ == 0) return Instant::max();
    const std::uint32_t from = started_ ? cursor_ : tick_of(now);
    const std::uint32_t at = next_marked(from, from + slots);
    const auto ahead = static_cast<std::int32_t>(at - tick_of(now));
    if (ahead <= 0) return now;
    return instant_from_ns(((to_ns(now) >> tick_bits) + ahead) << tick_bits);
  }
  std::uint32_t armed() const noexcept { return armed_; }

 private:
  static constexpr std::uint32_t empty = 0xffffffff;
  static constexpr std::uint32_t in_slot = 0x80000000;

  static std::uint32_t tick_of(Instant t) noexcept {
    return static_cast<std::uint32_t>(to_ns(t) >> tick_bits);
  }
  static std::uint32_t tick_after(Instant t) noexcept {
    return static_cast<std::uint32_t>((to_ns(t) + (1 << tick_bits) - 1) >> tick_bits);
  }
  void start(Instant now) noexcept {
    if (started_) return;
    started_ = true;
    cursor_ = tick_of(now);
  }
  // Into the slot of its tick, or the last one of this round; never, by going round, into the slot
  // that advance() is at.
  template <class Access>
  void insert(Access&& links, std::uint32_t index) noexcept {
    TimerLinks& mine = links(index);
    const auto ahead = static_cast<std::int32_t>(mine.due - cursor_);
    std::uint32_t tick = mine.due;
    if (ahead < 0)
      tick = cursor_;
    else if (ahead >= static_cast<std::int32_t>(slots))
      tick = cursor_ + slots - 1;
    const std::uint32_t slot = tick % slots;
    mine.next = heads_[slot];
    mine.previous = in_slot | slot;
    if (mine.next != empty) links(mine.next).previous = index;
    heads_[slot] = index;
    marks_[slot / 64] |= std::uint64_t{1} << (slot % 64);
    ++armed_;
  }
  void unmark(std::uint32_t slot) noexcept {
    marks_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
  }
  // The first tick in [from, to] whose slot is not empty, or `to`.
  std::uint32_t next_marked(std::uint32_t from, std::uint32_t to) const noexcept {
    while (static_cast<std::int32_t>(to - from) > 0) {
      const std::uint32_t slot = from % slots;
      const std::uint64_t word = marks_[slot / 64] >> (slot % 64);
      if (word != 0) {
        const std::uint32_t at = from + static_cast<std::uint32_t>(std::countr_zero(word));
        return static_cast<std::int32_t>(to - at) > 0 ? at : to;
      }
      from += 64 - slot % 64;
    }
    return to;
  }

  std::array<std::uint32_t, slots> heads_;
  std::array<std::uint64_t, slots / 64> marks_{};
  std::uint32_t cursor_ = 0;  // every slot before its tick is done
  std::uint32_t armed_ = 0;
  bool started_ = false;
};

}  // namespace rpcgate::arena
