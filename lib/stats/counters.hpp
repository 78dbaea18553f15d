// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The tables of counters, drops and reasons as enums, names and per-worker arrays. One worker
// writes, the control core reads: relaxed, whole words, no total is exact while traffic flows.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace rpcgate::stats {

#define RPCGATE_COUNTER(name, unit, help) name,
enum class Counter : std::uint8_t {
#include "stats/counters.def"
};
#undef RPCGATE_COUNTER

#define RPCGATE_DROP(name, stage, help) name,
enum class Drop : std::uint8_t {
#include "stats/drops.def"
};
#undef RPCGATE_DROP

#define RPCGATE_REASON(name, help) name,
enum class Reason : std::uint8_t {
#include "stats/reasons.def"
};
#undef RPCGATE_REASON

struct CounterInfo {
  std::string_view name;   // "rx-packets"
  std::string_view group;  // the unit of a counter, the stage of a drop, empty for a reason
  std::string_view help;
};
std::span<const CounterInfo> counter_table() noexcept;  // by Counter
std::span<const CounterInfo> drop_table() noexcept;     // by Drop
std::span<const CounterInfo> reason_table() noexcept;   // by Reason

std::string_view name_of(Counter counter) noexcept;
std::string_view name_of(Drop drop) noexcept;
std::string_view name_of(Reason reason) noexcept;

template <class Index, std::size_t N>
class CounterArray {
 public:
  // Owner only. A relaxed load and store, not an atomic add: there is one writer, and readers need
  // no order, only words that are not torn.
  void add(Index index, std::uint64_t n = 1) noexcept {
    auto& slot = slots_[static_cast<std::size_t>(index)];
    slot.store(slot.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::uint64_t get(Index index) const noexcept {
    return slots_[static_cast<std::size_t>(index)].load(std::memory_order_relaxed);
  }
  static constexpr std::size_t size() noexcept { return N; }

 private:
  std::array<std::atomic<std::uint64_t>, N> slots_{};
};

#define RPCGATE_COUNTER(name, unit, help) +1
#define RPCGATE_DROP(name, stage, help) +1
#define RPCGATE_REASON(name, help) +1
inline constexpr std::size_t counter_count = 0
#include "stats/counters.def"
    ;
inline constexpr std::size_t drop_count = 0
#include "stats/drops.def"
    ;
inline constexpr std::size_t reason_count = 0
#include "stats/reasons.def"
    ;
#undef RPCGATE_COUNTER
#undef RPCGATE_DROP
#undef RPCGATE_REASON

// All that one worker counts.
struct alignas(64) WorkerCounters {
  CounterArray<Counter, counter_count> counters;
  CounterArray<Drop, drop_count> drops;
  CounterArray<Reason, reason_count> reasons;
};

}  // namespace rpcgate::stats
