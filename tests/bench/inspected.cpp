// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Bulk RPC: sealed answers of 5,840 bytes without end, over connections of as many clients. The
// same packets to a plain service beside it. A NIC has checked the checksums of both.
#include <cstdio>
#include <memory>
#include <vector>

#include <rte_mbuf.h>

#include "bench/cases.hpp"
#include "bench/result.hpp"
#include "bench/rpc_talk.hpp"

namespace rpcgate::bench {
namespace {

// Cycles a packet, one value a repetition.
std::vector<double> transfer(const Run& run, std::uint32_t flows, bool inspected) {
  BoxOptions options;
  options.associations = 1u << 15;
  MemoryBox box(options);
  box.rx_flags = RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
  RpcWords words;
  Meter meter;
  std::vector<std::unique_ptr<RpcTalk>> talks;
  for (std::uint32_t first = 0; first < flows; first += RpcTalk::clients) {
    talks.push_back(std::make_unique<RpcTalk>(box, words, first, meter));
    if (inspected) talks.back()->map();
    if (inspected && !talks.back()->mapped()) std::fprintf(stderr, "inspected: not mapped\n");
    inspected ? talks.back()->open_data() : talks.back()->open_plain();
    box.forget_events();
  }
  std::vector<double> values;
  const unsigned repetitions = run.profile ? 1 : run.quick ? 3 : 7;
  const std::uint64_t packets = run.profile ? 40'000 : run.quick ? 200'000 : 1'000'000;
  for (unsigned i = 0; i < repetitions; ++i) {
    meter = {};
    while (meter.packets < packets)
      for (auto& talk : talks) talk->bulk();
    values.push_back(meter.per_packet());
    box.forget_events();
  }
  if (box.dropped() != 0) std::fprintf(stderr, "inspected: dropped: %s\n", box.drops().c_str());
  if (run.profile)
    std::printf("packets %llu\n",
                static_cast<unsigned long long>(box.counted(stats::Counter::rx_packets)));
  return values;
}

}  // namespace

void run_inspected(const Run& run) {
  const std::uint32_t flows = run.flows != 0 ? run.flows : run.profile ? 32 : 1024;
  if (run.profile) {
    static_cast<void>(transfer(run, flows, true));
    return;
  }
  const std::vector<std::pair<std::string, std::string>> keys{{"flows", std::to_string(flows)},
                                                              {"size", "\"mixed\""}};
  const std::vector<double> plain = transfer(run, flows, false);
  const std::vector<double> inspected = transfer(run, flows, true);
  std::vector<double> ratio;
  for (std::size_t i = 0; i < plain.size(); ++i) ratio.push_back(inspected[i] / plain[i]);
  print({"bulk-uninspected", keys, "cycles/packet", plain});
  print({"bulk-inspected", keys, "cycles/packet", inspected});
  print({"bulk-inspected", keys, "times uninspected", ratio});
}

}  // namespace rpcgate::bench
