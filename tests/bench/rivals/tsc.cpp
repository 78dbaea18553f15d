// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Prints how often a second the clock ticks in which the other programs count cycles, so that CPU
// seconds of programs that are not ours can be given in the same unit.
#include <cstdint>
#include <cstdio>
#include <ctime>

#include <rte_cycles.h>

namespace {

double now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

// Both clocks at one moment: of many readings the one with the least between them.
struct Reading {
  double seconds;
  std::uint64_t ticks;
};
Reading reading() {
  Reading best{};
  std::uint64_t least = UINT64_MAX;
  for (unsigned i = 0; i < 1000; ++i) {
    const std::uint64_t before = rte_rdtsc();
    const double seconds = now();
    const std::uint64_t after = rte_rdtsc();
    if (after - before >= least) continue;
    least = after - before;
    best = {seconds, before + least / 2};
  }
  return best;
}

}  // namespace

int main() {
  const Reading begun = reading();
  const timespec pause{0, 200'000'000};
  nanosleep(&pause, nullptr);
  const Reading ended = reading();
  std::printf("%.0f\n",
              static_cast<double>(ended.ticks - begun.ticks) / (ended.seconds - begun.seconds));
  return 0;
}
