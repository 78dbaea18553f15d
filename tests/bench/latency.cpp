// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// How long a packet of an established flow is on its way, from when it is due on the wire until it
// was sent: with a tenth of what the pipeline can do, and with nine tenths. Packets come evenly
// spread; what comes while a turn runs waits for the next, and its waiting counts.
#include <algorithm>
#include <cstdio>

#include <rte_cycles.h>

#include "bench/cases.hpp"
#include "bench/result.hpp"
#include "bench/traffic.hpp"

namespace rpcgate::bench {
namespace {

constexpr std::uint32_t flows = 1000;

// One turn with `n` packets of each side.
void turn(MemoryBox& box, Mixed& traffic, std::size_t n) {
  const auto size = static_cast<std::uint16_t>(traffic.client.size());
  box.feed(outer, traffic.client.next(MemoryBox::burst).first(n), size);
  box.feed(inner, traffic.server.next(MemoryBox::burst).first(n), size);
  box.measured_turn(real_now());
  box.drain(outer);
  box.drain(inner);
}

// Cycles a pair of packets when there is always a burst to take.
double busiest(MemoryBox& box, Mixed& traffic) {
  std::vector<double> turns;
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t begin = rte_rdtsc();
    turn(box, traffic, MemoryBox::burst);
    turns.push_back(static_cast<double>(rte_rdtsc() - begin) / MemoryBox::burst);
  }
  return median(turns);
}

// Cycles that pairs of packets took, sorted.
std::vector<double> waits(MemoryBox& box, Mixed& traffic, double interval, std::size_t pairs) {
  std::vector<double> all;
  all.reserve(pairs);
  double due = static_cast<double>(rte_rdtsc()) + interval;
  while (all.size() < pairs) {
    const auto now = static_cast<double>(rte_rdtsc());
    const double waiting = now < due ? 0 : (now - due) / interval + 1;
    const auto n = static_cast<std::size_t>(std::min<double>(waiting, MemoryBox::burst));
    if (n == 0) continue;
    turn(box, traffic, n);
    const auto sent = static_cast<double>(rte_rdtsc());
    for (std::size_t i = 0; i < n; ++i)
      all.push_back(sent - (due + static_cast<double>(i) * interval));
    due += static_cast<double>(n) * interval;
  }
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

void run_latency(const Run& run) {
  constexpr double parts[] = {0.5, 0.99, 0.999};
  constexpr const char* names[] = {"\"p50\"", "\"p99\"", "\"p99.9\""};
  BoxOptions options;
  options.flows = 2 * flows;
  MemoryBox box(options);
  box.now = real_now();
  open_connections(box, 0, flows);
  Mixed traffic(flows, 60);
  const double ns_a_cycle = 1e9 / static_cast<double>(rte_get_tsc_hz());
  for (const char* load : {"0.1", "0.9"}) {
    std::vector<Figure> figures;
    for (const char* name : names)
      figures.push_back({"latency", {{"load", load}, {"percentile", name}}, "ns", {}});
    for (int repetition = 0; repetition < (run.quick ? 3 : 7); ++repetition) {
      const double interval = busiest(box, traffic) / (load[2] == '1' ? 0.1 : 0.9);
      const auto all = waits(box, traffic, interval, run.quick ? 100'000 : 1'000'000);
      for (std::size_t i = 0; i < std::size(parts); ++i)
        figures[i].values.push_back(
            all[static_cast<std::size_t>(parts[i] * static_cast<double>(all.size() - 1))] *
            ns_a_cycle);
    }
    for (const Figure& figure : figures) print(figure);
  }
  if (box.dropped() != 0) std::fprintf(stderr, "latency: dropped: %s\n", box.drops().c_str());
}

}  // namespace rpcgate::bench
