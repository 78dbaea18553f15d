// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "stats/counters.hpp"

#include <string>

namespace rpcgate::stats {
namespace {

// Names as people type them: '-' for '_'.
template <std::size_t N>
struct Dashed {
  std::array<char, N> text{};
  constexpr Dashed(const char (&name)[N]) noexcept {  // NOLINT: used in the tables below
    for (std::size_t i = 0; i < N; ++i) text[i] = name[i] == '_' ? '-' : name[i];
  }
  constexpr std::string_view view() const noexcept { return {text.data(), N - 1}; }
};
template <Dashed name>
constexpr std::string_view dashed = name.view();

#define RPCGATE_COUNTER(name, unit, help) CounterInfo{dashed<#name>, #unit, help},
constexpr CounterInfo counters[] = {
#include "stats/counters.def"
};
#define RPCGATE_DROP(name, stage, help) CounterInfo{dashed<#name>, #stage, help},
constexpr CounterInfo drops[] = {
#include "stats/drops.def"
};
#define RPCGATE_REASON(name, help) CounterInfo{dashed<#name>, "", help},
constexpr CounterInfo reasons[] = {
#include "stats/reasons.def"
};

}  // namespace

std::span<const CounterInfo> counter_table() noexcept {
  return counters;
}
std::span<const CounterInfo> drop_table() noexcept {
  return drops;
}
std::span<const CounterInfo> reason_table() noexcept {
  return reasons;
}
std::string_view name_of(Counter counter) noexcept {
  return counters[static_cast<std::size_t>(counter)].name;
}
std::string_view name_of(Drop drop) noexcept {
  return drops[static_cast<std::size_t>(drop)].name;
}
std::string_view name_of(Reason reason) noexcept {
  return reasons[static_cast<std::size_t>(reason)].name;
}

}  // namespace rpcgate::stats
