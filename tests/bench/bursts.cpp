// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "bench/bursts.hpp"

#include <rte_mbuf.h>

#include "datapath/flow_life.hpp"

namespace rpcgate::bench {

Bursts::Bursts(tests::World& world) : world_(world), context_(world.workers[0]->context()) {
  waiting_.reserve(size);
  static_cast<void>(world_.run());  // the worker is online from its first turn on
}

void Bursts::add(std::size_t port, const FrameBytes& frame) {
  rte_mbuf* mbuf = world_.make(frame);
  mbuf->port = context_.ports[port].eth_port;
  mbuf->ol_flags |= RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
  waiting_.push_back(mbuf);
  if (waiting_.size() == size) run();
}

void Bursts::run() {
  datapath::Context& c = context_;
  c.now = world_.now;
  c.policy = c.fabric->published.policy();
  c.limits = &c.policy->limits();
  c.routes = c.fabric->published.routes();
  c.neighbours = c.fabric->published.neighbours();
  c.steering = c.fabric->published.steering();
  c.openings.clear();
  for (rte_mbuf* mbuf : waiting_) static_cast<void>(in_.push(mbuf));
  cost_.packets += waiting_.size();
  waiting_.clear();

  const std::uint64_t begin = rte_rdtsc_precise();
  datapath::parse(c, in_, parsed_);
  datapath::steer(c, parsed_, owned_);
  datapath::reassemble(c, owned_, whole_);
  datapath::classify(c, whole_, known_);
  datapath::track(c, known_, tracked_);
  datapath::nat(c, tracked_, inspected_);
  const std::uint64_t middle = rte_rdtsc_precise();
  datapath::stream(c, inspected_);
  const std::uint64_t end = rte_rdtsc_precise();
  cost_.before += middle - begin;
  cost_.stream += end - middle;

  for (rte_mbuf* mbuf : c.out) rte_pktmbuf_free(mbuf);
  c.out.clear();
  datapath::stream_timers(c);
  datapath::expire(c);
  for (rte_mbuf* mbuf : c.out) rte_pktmbuf_free(mbuf);
  c.out.clear();
}

void Bursts::pass_time(Duration duration) {
  flush();
  world_.now += duration;
  static_cast<void>(world_.events());
  for (int i = 0; i < 2000; ++i) run();
  static_cast<void>(take());
}

}  // namespace rpcgate::bench
