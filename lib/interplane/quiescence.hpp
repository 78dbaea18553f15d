// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// When may the control core free what it no longer publishes? After every worker has ended a turn
// that began before. One epoch a worker, written at the end of each turn (idle turns too); a worker
// that is not running is offline and is not waited for. The control core never blocks here: it asks
// passed() from its loop.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace rpcgate::interplane {

inline constexpr unsigned max_workers = 64;

class Quiescence {
 public:
  // Control core, after the exchange of the pointer. The ticket to ask passed() with.
  std::uint64_t begin() noexcept {
    // seq_cst pairs with online(): either we see the worker online, or it sees the new pointer.
    return epoch_.fetch_add(1, std::memory_order_seq_cst) + 1;
  }
  // Control core. True when no worker can hold what was unpublished before begin().
  bool passed(std::uint64_t ticket) const noexcept {
    for (const Slot& slot : slots_) {
      // Acquire pairs with the release in quiescent() and offline(): all that the worker read
      // before is done when we see its epoch.
      const auto seen = slot.seen.load(std::memory_order_seq_cst);
      if (seen != offline_mark && seen < ticket) return false;
    }
    return true;
  }

  // Worker, before its first turn.
  void online(unsigned worker) noexcept {
    slots_[worker].seen.store(epoch_.load(std::memory_order_seq_cst), std::memory_order_seq_cst);
    std::atomic_thread_fence(std::memory_order_seq_cst);  // before the turn's pointer loads
  }
  // Worker, at the end of each turn: holds no pointer now. The acquire load pairs with begin(): a
  // worker that reports this epoch loads the new pointers in its next turn.
  void quiescent(unsigned worker) noexcept {
    slots_[worker].seen.store(epoch_.load(std::memory_order_acquire), std::memory_order_release);
  }
  // Worker, after its last turn.
  void offline(unsigned worker) noexcept {
    slots_[worker].seen.store(offline_mark, std::memory_order_release);
  }

 private:
  static constexpr std::uint64_t offline_mark = ~std::uint64_t{0};
  struct alignas(64) Slot {
    std::atomic<std::uint64_t> seen{offline_mark};
  };
  alignas(64) std::atomic<std::uint64_t> epoch_{1};
  std::array<Slot, max_workers> slots_{};
};

}  // namespace rpcgate::interplane
