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

// Connections to an RPC service, or to a plain one, and what they transfer.
class Transfer {
 public:
  Transfer(std::uint32_t flows, bool inspected) : box_(options()) {
    box_.rx_flags = RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
    for (std::uint32_t first = 0; first < flows; first += RpcTalk::clients) {
      RpcTalk& talk = *talks_.emplace_back(std::make_unique<RpcTalk>(box_, words_, first, meter_));
      if (inspected) talk.map();
      if (inspected && !talk.mapped()) std::fprintf(stderr, "inspected: not mapped\n");
      inspected ? talk.open_data() : talk.open_plain();
      box_.forget_events();
    }
  }
  ~Transfer() {
    if (box_.dropped() != 0) std::fprintf(stderr, "inspected: dropped: %s\n", box_.drops().c_str());
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // Cycles a packet.
  double measure(std::uint64_t packets) {
    meter_ = {};
    while (meter_.packets < packets)
      for (auto& talk : talks_) talk->bulk();
    box_.forget_events();
    return meter_.per_packet();
  }
  std::uint64_t received() const { return box_.counted(stats::Counter::rx_packets); }

 private:
  static BoxOptions options() {
    BoxOptions options;
    options.associations = 1u << 15;
    return options;
  }

  MemoryBox box_;
  RpcWords words_;
  Meter meter_;
  std::vector<std::unique_ptr<RpcTalk>> talks_;
};

}  // namespace

void run_inspected(const Run& run) {
  const std::uint32_t flows = run.flows != 0 ? run.flows : run.profile ? 32 : 1024;
  if (run.profile) {
    Transfer transfer(flows, true);
    transfer.measure(40'000);
    std::printf("packets %llu\n", static_cast<unsigned long long>(transfer.received()));
    return;
  }
  const std::vector<std::pair<std::string, std::string>> keys{{"flows", std::to_string(flows)},
                                                              {"size", "\"mixed\""}};
  Transfer one(flows, false), other(flows, true);
  std::vector<double> plain, inspected, ratio;
  const unsigned repetitions = run.quick ? 3 : 7;
  const std::uint64_t packets = run.quick ? 200'000 : 1'000'000;
  one.measure(packets / 4);  // caches and branches are not measured while they learn
  other.measure(packets / 4);
  for (unsigned i = 0; i < repetitions; ++i) {  // in turn: the machine has quick and slow times
    plain.push_back(one.measure(packets));
    inspected.push_back(other.measure(packets));
    ratio.push_back(inspected.back() / plain.back());
  }
  print({"bulk-uninspected", keys, "cycles/packet", plain});
  print({"bulk-inspected", keys, "cycles/packet", inspected});
  print({"bulk-inspected", keys, "times uninspected", ratio});
}

}  // namespace rpcgate::bench
