// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The cases of pipeline_bench.
#pragma once

#include <cstdint>

namespace rpcgate::bench {

struct Run {
  bool quick = false;
  bool profile = false;     // few packets, and how many: "packets N"
  std::uint32_t flows = 0;  // 0: all that the case has
  std::uint32_t size = 0;
  unsigned workers = 0;    // profile of the case `workers`: so many,
  bool hand_over = false;  // that take in each other's packets
};

void run_io(const Run& run);
void run_swap(const Run& run);
void run_established(const Run& run);
void run_established_v6(const Run& run);
void run_session(const Run& run);
void run_inspected(const Run& run);
void run_transaction(const Run& run);
void run_workers(const Run& run);
void run_latency(const Run& run);
void run_soak(const Run& run);

}  // namespace rpcgate::bench
