// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Packets of established connections, both directions mixed, by NAT; the same packets through bare
// loops over the same ports.
#include <array>
#include <cstdio>
#include <utility>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "bench/cases.hpp"
#include "bench/result.hpp"
#include "bench/traffic.hpp"

namespace rpcgate::bench {
namespace {

constexpr std::uint32_t flow_counts[] = {1'000, 65'536, 1'000'000, 16'515'072};
constexpr std::uint32_t sizes[] = {64, 128, 256, 512, 1024, 1514};
constexpr unsigned slice = 16;  // turns between two looks at the clock

// What goes between receiving and sending.
enum class What { io, swap, pipeline };

void swap_one(std::byte* frame) noexcept {
  std::array<std::byte, 6> mac;
  std::memcpy(mac.data(), frame, 6);
  std::memcpy(frame, frame + 6, 6);
  std::memcpy(frame + 6, mac.data(), 6);
  std::uint32_t source, destination;
  std::memcpy(&source, frame + 26, 4);
  std::memcpy(&destination, frame + 30, 4);
  std::memcpy(frame + 26, &destination, 4);
  std::memcpy(frame + 30, &source, 4);
  std::uint32_t ports;
  std::memcpy(&ports, frame + 34, 4);
  ports = ports << 16 | ports >> 16;
  std::memcpy(frame + 34, &ports, 4);
}

void forward(MemoryBox& box, std::size_t port, bool swap) noexcept {
  std::array<rte_mbuf*, MemoryBox::burst> packets;
  const std::uint16_t n = rte_eth_rx_burst(box.eth_port(port), 0, packets.data(), MemoryBox::burst);
  if (swap) {
    for (std::uint16_t i = 0; i < n; ++i) rte_prefetch0(rte_pktmbuf_mtod(packets[i], void*));
    for (std::uint16_t i = 0; i < n; ++i) swap_one(rte_pktmbuf_mtod(packets[i], std::byte*));
  }
  static_cast<void>(rte_eth_tx_burst(box.eth_port(1 - port), 0, packets.data(), n));
}

unsigned one_turn(MemoryBox& box, Mixed& traffic, What what) {
  const auto size = static_cast<std::uint16_t>(traffic.client.size());
  box.feed(outer, traffic.client.next(MemoryBox::burst), size);
  box.feed(inner, traffic.server.next(MemoryBox::burst), size);
  if (what == What::pipeline) {
    box.measured_turn(real_now());
  } else {
    forward(box, outer, what == What::swap);
    forward(box, inner, what == What::swap);
  }
  return box.drain(outer) + box.drain(inner);
}

// The median of slices, so that what interrupts one of them does not count.
double cycles_a_packet(MemoryBox& box, Mixed& traffic, What what, std::uint64_t packets) {
  std::vector<double> slices;
  for (std::uint64_t done = 0; done < packets;) {
    const std::uint64_t begin = rte_rdtsc();
    unsigned passed = 0;
    for (unsigned i = 0; i < slice; ++i) passed += one_turn(box, traffic, what);
    slices.push_back(static_cast<double>(rte_rdtsc() - begin) / passed);
    done += passed;
  }
  return median(slices);
}

void measure(const char* name, What what, std::uint32_t flows, std::uint32_t size, const Run& run,
             Family family = Family::v4) {
  const bool small = run.quick || run.profile;
  BoxOptions options;
  options.flows = what == What::pipeline ? flows + flows / 64 : 1024;
  if (family == Family::v6) options.config = bench_config_v6();
  MemoryBox box(options);
  box.now = real_now();
  if (what == What::pipeline)
    if (const auto missing = open_connections(box, 0, flows, family); missing != 0)
      std::fprintf(stderr, "%s: %llu packets of handshakes were lost (%s)\n", name,
                   static_cast<unsigned long long>(missing), box.drops().c_str());
  Mixed traffic(flows, size - 4, family);  // sizes count the FCS
  if (run.profile) {
    unsigned packets = 0;
    for (int i = 0; i < 64; ++i) packets += one_turn(box, traffic, what);
    std::printf("packets %u\n", packets);
    return;
  }
  const std::uint64_t packets = small ? 200'000 : 2'000'000;
  static_cast<void>(cycles_a_packet(box, traffic, what, packets));  // warm
  Figure figure{name, {}, "cycles/packet", {}};
  figure.keys = {{"flows", std::to_string(flows)}, {"size", std::to_string(size)}};
  for (int repetition = 0; repetition < (small ? 3 : 7); ++repetition)
    figure.values.push_back(cycles_a_packet(box, traffic, what, packets));
  if (box.dropped() != 0) std::fprintf(stderr, "%s: dropped: %s\n", name, box.drops().c_str());
  print(figure);
}

void run_all(const char* name, What what, const Run& run) {
  if (run.flows != 0 || run.size != 0 || run.profile)
    return measure(name, what, run.flows != 0 ? run.flows : 1000, run.size != 0 ? run.size : 64,
                   run);
  for (const std::uint32_t flows : flow_counts)
    if (!run.quick || flows < 1'000'000) measure(name, what, flows, 64, run);
  for (const std::uint32_t size : sizes)
    if (size != 64) measure(name, what, 1000, size, run);
}

}  // namespace

void run_io(const Run& run) {
  run_all("io", What::io, run);
}
void run_swap(const Run& run) {
  run_all("swap", What::swap, run);
}
void run_established(const Run& run) {
  run_all("established", What::pipeline, run);
}
void run_established_v6(const Run& run) {
  constexpr std::uint32_t smallest = 78;
  const auto measure_v6 = [&run](std::uint32_t flows) {
    measure("established-v6", What::pipeline, flows, smallest, run, Family::v6);
  };
  if (run.flows != 0 || run.profile) return measure_v6(run.flows != 0 ? run.flows : 1000);
  measure_v6(1'000);
  measure_v6(65'536);
  if (!run.quick) measure_v6(1'000'000);
}

}  // namespace rpcgate::bench
