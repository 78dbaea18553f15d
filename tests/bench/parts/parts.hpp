// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The parts a packet's way is made of, one by one. Each file adds its own; what is measured is a
// slice of many operations, and of all slices the median: whoever else uses the machine stretches
// some slices and leaves the others as they are.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <rte_cycles.h>

namespace rpcgate::bench {

struct Plan {
  unsigned slices = 16'000;  // a repetition
  int repetitions = 3;
  bool large = true;  // tables of gigabytes too
};

// A slice is `operations` of them. `prepare` is not counted.
template <class Prepare, class Work>
void measure(benchmark::State& state, const char* operation, unsigned operations, Prepare&& prepare,
             Work&& work) {
  std::vector<std::uint64_t> slices;
  slices.reserve(static_cast<std::size_t>(state.max_iterations));
  for (auto _ : state) {
    prepare();
    const std::uint64_t begun = rte_rdtsc();
    work();
    slices.push_back(rte_rdtsc() - begun);
  }
  const auto middle = slices.begin() + static_cast<std::ptrdiff_t>(slices.size() / 2);
  std::nth_element(slices.begin(), middle, slices.end());
  state.counters["cycles"] = static_cast<double>(*middle) / operations;
  state.SetLabel(std::string("cycles/") + operation);
}

template <class Work>
void measure(benchmark::State& state, const char* operation, unsigned operations, Work&& work) {
  measure(
      state, operation, operations, [] {}, static_cast<Work&&>(work));
}

template <class Function>
benchmark::internal::Benchmark* add(const Plan& plan, const char* name, Function&& function) {
  return benchmark::RegisterBenchmark(name, static_cast<Function&&>(function))
      ->Iterations(plan.slices)
      ->Repetitions(plan.repetitions);
}

void add_rte_hash(const Plan& plan);
void add_flow_table(const Plan& plan);
void add_memory(const Plan& plan);
void add_pages(const Plan& plan);
void add_headers(const Plan& plan);
void add_timers(const Plan& plan);
void add_tracking(const Plan& plan);
void add_rpc(const Plan& plan);
void add_verdict(const Plan& plan);

}  // namespace rpcgate::bench
