// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// More workers, one after the other on one core: what a packet costs all of them together, where
// each packet comes in at the worker that owns its client, and where any worker may take it in and
// hands it over. With as many cores the rate is that of one worker times their number, as far as
// this figure stays what it is with one.
#include <algorithm>
#include <cstdio>

#include <rte_cycles.h>

#include "bench/cases.hpp"
#include "bench/result.hpp"
#include "bench/traffic.hpp"
#include "dpdk/owner.hpp"

namespace rpcgate::bench {
namespace {

constexpr std::uint32_t flows = 4096;
constexpr std::size_t size = 60;

// Frames of one receive queue: of the clients of one worker, or of any.
struct Queue {
  Frames client, server;
  Queue(unsigned worker, unsigned workers, bool any, std::uint32_t seed)
      : client(4096, size), server(4096, size) {
    std::mt19937 random(seed);
    std::uniform_int_distribution<std::uint32_t> draw(0, flows - 1);
    for (std::size_t i = 0; i < client.count(); ++i) {
      write_frame(client[i], size,
                  {flow_of(draw, random, worker, workers, any), From::client, 0x18,
                   client_start + 1, server_start + 1});
      write_frame(server[i], size,
                  {flow_of(draw, random, worker, workers, any), From::server, 0x18,
                   server_start + 1, client_start + 1});
    }
  }

 private:
  template <class Draw, class Random>
  static std::uint32_t flow_of(Draw& draw, Random& random, unsigned worker, unsigned workers,
                               bool any) {
    for (;;) {
      const std::uint32_t flow = draw(random);
      if (any || dpdk::owner(client_of(flow).address, workers) == worker) return flow;
    }
  }
};

double cycles_a_packet(MemoryBox& box, std::vector<Queue>& queues, unsigned rounds) {
  std::vector<double> costs;
  for (unsigned round = 0; round < rounds; ++round) {
    const std::uint64_t begin = rte_rdtsc();
    unsigned passed = 0;
    for (unsigned w = 0; w < queues.size(); ++w) {
      box.feed(outer, queues[w].client.next(MemoryBox::burst), size, w);
      box.feed(inner, queues[w].server.next(MemoryBox::burst), size, w);
      box.measured_turn(real_now(), w);
    }
    for (unsigned w = 0; w < queues.size(); ++w)
      passed += box.drain(outer, w) + box.drain(inner, w);
    costs.push_back(static_cast<double>(rte_rdtsc() - begin) / (passed == 0 ? 1 : passed));
  }
  return median(costs);
}

void measure(unsigned workers, bool any, const Run& run) {
  BoxOptions options;
  options.workers = workers;
  options.flows = 4 * flows;
  MemoryBox box(options);
  box.now = real_now();
  open_connections(box, 0, flows);
  std::vector<Queue> queues;
  for (unsigned w = 0; w < workers; ++w) queues.emplace_back(w, workers, any, w + 1);
  Figure figure{"workers", {}, "cycles/packet", {}};
  figure.keys = {{"workers", std::to_string(workers)}, {"hand_over", any ? "true" : "false"}};
  if (run.profile) {
    static_cast<void>(cycles_a_packet(box, queues, 64));
    std::printf("packets %u\n", 64 * 2 * MemoryBox::burst * workers);
    return;
  }
  static_cast<void>(cycles_a_packet(box, queues, 200));
  for (int repetition = 0; repetition < (run.quick ? 3 : 7); ++repetition)
    figure.values.push_back(cycles_a_packet(box, queues, run.quick ? 500 : 4000));
  if (box.dropped() != 0) std::fprintf(stderr, "workers: dropped: %s\n", box.drops().c_str());
  print(figure);
}

}  // namespace

void run_workers(const Run& run) {
  if (run.profile) return measure(std::max(1u, run.workers), run.hand_over, run);
  for (const unsigned workers : {1u, 2u, 4u, 8u}) {
    measure(workers, false, run);
    if (workers > 1) measure(workers, true, run);
  }
}

}  // namespace rpcgate::bench
