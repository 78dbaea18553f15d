// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What finding a page costs, in memory that the kernel has put on huge pages: one line after
// another, each known only by the line before, the same number of lines once side by side and once
// each on a page of 4 KiB of its own. Where huge pages are real the two differ little until the
// lines no longer fit the caches; under a hypervisor that backs them with small ones each line has
// its page looked up.
#include <algorithm>
#include <cstring>
#include <random>

#include "arena/mapping.hpp"
#include "parts.hpp"

namespace rpcgate::bench {
namespace {

constexpr std::size_t line = 64, page = 4096;

// `size` lines, `stride` apart, chained in a random order.
class Chain {
 public:
  Chain(std::size_t size, std::size_t stride) : memory_(size * stride), stride_(stride) {
    if (!memory_.mapped()) return;
    std::vector<std::size_t> order(size);
    for (std::size_t i = 0; i < size; ++i) order[i] = i;
    std::ranges::shuffle(order, std::mt19937{7});
    for (std::size_t i = 0; i < size; ++i) {
      const std::byte* next = at(order[(i + 1) % size]);
      std::memcpy(at(order[i]), &next, sizeof(next));
    }
    here_ = at(order[0]);
  }
  bool mapped() const noexcept { return memory_.mapped(); }
  const std::byte* walk(std::size_t steps) noexcept {
    for (std::size_t i = 0; i < steps; ++i) std::memcpy(&here_, here_, sizeof(here_));
    return here_;
  }

 private:
  // Not the same line of each page: those would share few sets of the caches.
  std::byte* at(std::size_t i) const noexcept {
    return memory_.data() + i * stride_ + (stride_ > line ? i * 7 % (page / line) * line : 0);
  }

  arena::Mapping memory_;
  std::size_t stride_;
  const std::byte* here_ = nullptr;
};

}  // namespace

void add_pages(const Plan& plan) {
  auto* part = add(plan, "pages", [](benchmark::State& state) {
    constexpr unsigned steps = 256;
    const auto lines = static_cast<std::size_t>(state.range(0));
    Chain chain(lines, static_cast<std::size_t>(state.range(1)));
    if (!chain.mapped()) return state.SkipWithError("no memory");
    benchmark::DoNotOptimize(chain.walk(lines));
    measure(state, "line", steps, [&] { benchmark::DoNotOptimize(chain.walk(steps)); });
  });
  part->ArgNames({"lines", "apart"});
  for (const int lines : {1 << 10, 1 << 14, 1 << 17})
    for (const int apart : {64, 4096})
      if (plan.large || lines < 1 << 17) part->Args({lines, apart});
}

}  // namespace rpcgate::bench
