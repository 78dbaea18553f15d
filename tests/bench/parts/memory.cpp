// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What the memory of a flow table costs by itself: for each packet a line of the index and the two
// of a record, of flows drawn at random, asked for in groups of 64 as the fast path does; one of
// them is written. Nothing is compared or forwarded: no table with the same layout can be below
// this. `work`: so many multiplications a packet beside it, on registers alone, as the rest of a
// gateway would be if it touched no memory.
#include <algorithm>
#include <array>
#include <memory>

#include "arena/mapping.hpp"
#include "base/prefetch.hpp"
#include "flow/record.hpp"
#include "key_stream.hpp"
#include "parts.hpp"

namespace rpcgate::bench {
namespace {

constexpr std::size_t line = 64, record = sizeof(flow::FlowRecord);
constexpr std::size_t index_a_flow = 19;  // two entries of 6.4 octets, filled to seven tenths

struct Lines3 {
  explicit Lines3(std::uint32_t size)
      : flows(size),
        records(size * record),
        index(size * index_a_flow),
        stream(size, [](std::uint32_t flow) { return flow; }) {}
  std::byte* index_line(std::uint32_t flow) const noexcept {
    const std::uint64_t spread = flow * 0x9e3779b97f4a7c15u >> 32;
    return index.data() + (spread * (index.size() / line) >> 32) * line;
  }
  std::byte* record_of(std::uint32_t flow) const noexcept { return records.data() + flow * record; }

  std::uint32_t flows;
  arena::Mapping records, index;
  KeyStream<std::uint32_t> stream;
};

constexpr std::size_t group = 2 * burst_size;
static_assert(bursts_a_slice * burst_size % group == 0);

[[gnu::always_inline]] inline void multiply(unsigned times,
                                            std::array<std::uint64_t, 4>& lanes) noexcept {
  for (unsigned i = 0; i < times; i += 4)
    for (std::uint64_t& lane : lanes) {
      lane *= 3;
      benchmark::DoNotOptimize(lane);
    }
}

std::uint64_t touch(Lines3& lines, unsigned work) noexcept {
  std::array<std::uint32_t, group> flows;
  for (std::size_t i = 0; i < group; i += burst_size)
    std::ranges::copy(lines.stream.burst(), flows.begin() + static_cast<std::ptrdiff_t>(i));
  std::uint64_t sum = 0;
  std::array<std::uint64_t, 4> lanes{1, 1, 1, 1};
  for (const std::uint32_t flow : flows) prefetch(lines.index_line(flow));
  for (const std::uint32_t flow : flows) {
    sum += std::to_integer<unsigned>(*lines.index_line(flow));
    prefetch(lines.record_of(flow));
  }
  for (const std::uint32_t flow : flows) prefetch(lines.record_of(flow) + line);
  for (const std::uint32_t flow : flows) {
    sum += std::to_integer<unsigned>(*lines.record_of(flow));
    lines.record_of(flow)[line] = static_cast<std::byte>(sum);
    multiply(work, lanes);
  }
  return sum;
}

}  // namespace

void add_memory(const Plan& plan) {
  const auto made = std::make_shared<std::unique_ptr<Lines3>>();
  auto* part = add(plan, "memory", [made](benchmark::State& state) {
    const auto flows = static_cast<std::uint32_t>(state.range(0));
    const auto work = static_cast<unsigned>(state.range(1));
    if (*made == nullptr || (*made)->flows != flows) {
      made->reset();
      *made = std::make_unique<Lines3>(flows);
      if (!(*made)->records.mapped() || !(*made)->index.mapped())
        return state.SkipWithError("no memory");
      for (std::size_t i = 0; i < KeyStream<std::uint32_t>::length; i += group)
        benchmark::DoNotOptimize(touch(**made, work));
    }
    measure(state, "packet", bursts_a_slice * burst_size, [&] {
      for (std::size_t i = 0; i < bursts_a_slice * burst_size; i += group)
        benchmark::DoNotOptimize(touch(**made, work));
    });
  });
  part->ArgNames({"flows", "work"});
  for (const int flows : {1 << 10, 1 << 20, 1 << 22, 16'515'072})
    for (const int work : {0, 320})
      if (plan.large || flows < 16'515'072) part->Args({flows, work});
}

}  // namespace rpcgate::bench
