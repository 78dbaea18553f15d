// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Whole RPC transactions, each by a client that was not seen before: the mapper's connection with
// bind and map (11 packets), a pinhole, the data connection with a bind in three steps, five sealed
// calls and its close (24 packets), and the removal of all that when its time is over. So many are
// under way at once, 1,024 if not told.
#include <cstdio>
#include <memory>
#include <vector>

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "bench/cases.hpp"
#include "bench/result.hpp"
#include "bench/rpc_talk.hpp"

namespace rpcgate::bench {
namespace {

constexpr unsigned calls = 5;

using Talks = std::vector<std::unique_ptr<RpcTalk>>;

double per_transaction(const Meter& meter, std::uint32_t count) {
  return static_cast<double>(meter.cycles) / count;
}

// So many seconds go by, one a turn; cycles.
std::uint64_t pass(MemoryBox& box, unsigned time) {
  const std::uint64_t begin = rte_rdtsc();
  for (unsigned second = 0; second < time; ++second) {
    box.now += seconds{1};
    static_cast<void>(box.worker().turn(box.now));
  }
  return rte_rdtsc() - begin;
}

// Until no flow and no pinhole is left: cycles, but for what the same time costs when there are
// none.
std::uint64_t wait_for_the_end(MemoryBox& box) {
  constexpr unsigned enough = 4000;  // a pinhole is idle for an hour
  const std::uint64_t busy = pass(box, enough);
  if (box.flows() + box.pinholes() != 0) std::fprintf(stderr, "transaction: something is left\n");
  const std::uint64_t idle = pass(box, enough);
  return busy > idle ? busy - idle : 0;
}

}  // namespace

void run_transaction(const Run& run) {
  const std::uint32_t count = run.flows != 0 ? run.flows : run.profile ? 512 : 1024;
  BoxOptions options;
  options.associations = 1u << 15;
  MemoryBox box(options);
  box.rx_flags = RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
  RpcWords words;
  const std::string packets = std::to_string(11 + 6 + 3 * calls + 3);
  Figure mapped{"pinhole", {{"packets", "11"}}, "cycles/pinhole", {}};
  Figure whole{"transaction", {{"packets", packets}}, "cycles/transaction", {}};
  Figure removed{"transaction-removal", {}, "cycles/transaction", {}};
  // The first one touches memory that nobody has touched: it is not told.
  const unsigned repetitions = run.profile ? 1 : run.quick ? 4 : 8;
  for (unsigned repetition = 0; repetition < repetitions; ++repetition) {
    Meter meter;
    Talks talks;
    for (std::uint32_t i = 0; i < count; i += RpcTalk::clients)
      talks.push_back(std::make_unique<RpcTalk>(box, words, repetition * count + i, meter));
    for (auto& talk : talks) {
      talk->map();
      if (!talk->mapped()) std::fprintf(stderr, "transaction: not mapped\n");
    }
    const double mapping = per_transaction(meter, count);
    box.forget_events();
    for (auto& talk : talks) talk->open_data();
    box.forget_events();
    for (unsigned i = 0; i < calls; ++i)
      for (auto& talk : talks) talk->call();
    for (auto& talk : talks) talk->close();
    const std::uint64_t removal = wait_for_the_end(box);
    meter.cycles += removal;
    box.forget_events();
    if (repetition == 0) continue;
    mapped.values.push_back(mapping);
    removed.values.push_back(static_cast<double>(removal) / count);
    whole.values.push_back(per_transaction(meter, count));
  }
  if (box.dropped() != 0) std::fprintf(stderr, "transaction: dropped: %s\n", box.drops().c_str());
  if (run.profile) {
    std::printf("packets %llu\n",
                static_cast<unsigned long long>(box.counted(stats::Counter::rx_packets)));
    return;
  }
  print(mapped);
  print(whole);
  print(removed);
}

}  // namespace rpcgate::bench
