// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include <gtest/gtest.h>

#include "dpdk/owner.hpp"
#include "world.hpp"

namespace rpcgate::tests {
namespace {

using stats::Counter;
using stats::Drop;

// A client of each of two workers.
std::string client_of(unsigned worker) {
  for (int i = 1; i < 255; ++i) {
    const std::string address = "192.0.2." + std::to_string(i);
    if (dpdk::owner(ip(address), 2) == worker) return address;
  }
  return {};
}

TEST(Workers, WhatLandsOnTheWrongWorkerIsHandedOverBothWays) {
  World w({.workers = 2, .queues = 1});  // worker 0 receives everything
  const std::string mine = client_of(0), theirs = client_of(1);
  w.establish(1024, 88, mine);
  EXPECT_EQ(w.counted(Counter::handed_over_in), 0u);
  w.establish(1024, 88, theirs);
  EXPECT_EQ(w.counted(Counter::handed_over_in), 3u);
  EXPECT_EQ(w.fabric->worker(0).counters.counters.get(Counter::flows_opened), 1u);
  EXPECT_EQ(w.fabric->worker(1).counters.counters.get(Counter::flows_opened), 1u);
  EXPECT_EQ(w.all_drops(), 0u);
}

TEST(Workers, AWorkerWithoutATxQueueSendsByAnothersQueue) {
  World w({.workers = 2, .queues = 1, .tx_queues = 1});
  w.establish(1024, 88, client_of(1));
  EXPECT_EQ(w.counted(Counter::handed_over_out), 3u);
  EXPECT_EQ(w.fabric->worker(1).counters.counters.get(Counter::tx_packets), 0u);
  EXPECT_EQ(w.fabric->worker(0).counters.counters.get(Counter::tx_packets), 3u);
  EXPECT_EQ(w.all_drops(), 0u);
}

TEST(Workers, EachReadsItsOwnQueue) {
  World w({.workers = 2, .queues = 2});
  const std::string theirs = client_of(1);
  EXPECT_EQ(w.send(outer, from_client(1024, 88, theirs).syn(), 1).size(), 1u);
  EXPECT_EQ(w.counted(Counter::handed_over_in), 0u);
  EXPECT_EQ(w.fabric->worker(1).counters.counters.get(Counter::rx_packets), 1u);
}

TEST(Workers, AnIcmpErrorBelongsToTheOwnerOfThePacketItQuotes) {
  World w({.workers = 2, .queues = 1});
  for (const unsigned owner : {0u, 1u}) {
    const std::string whose = client_of(owner);
    w.establish(1024, 88, whose);
    const auto before = w.counted(Counter::handed_over_in);
    FrameBytes quoted = eth().ipv4(published, whose).tcp(88, 1024).seq(5001).bytes();
    auto out = w.send(
        outer,
        eth().ipv4("192.0.2.254", published).icmp_error(3, 4, Bytes{quoted}.subspan(14, 28), 1400));
    EXPECT_EQ(out.size(), 1u);
    quoted = eth().ipv4(whose, server).tcp(1024, 88).seq(1001).bytes();
    out = w.send(
        inner,
        eth().ipv4("10.10.0.99", whose).icmp_error(3, 4, Bytes{quoted}.subspan(14, 28), 1400));
    EXPECT_EQ(out.size(), 1u);
    EXPECT_EQ(w.counted(Counter::handed_over_in), before + 2 * owner);
  }
}

TEST(Workers, AFullHandOverRingIsCounted) {
  World w({.workers = 2, .queues = 1});
  const std::string theirs = client_of(1);
  for (std::uint16_t port = 1; port <= 100; ++port)
    w.feed(outer, from_client(port, 88, theirs).syn().bytes());
  for (int i = 0; i < 8; ++i) w.workers[0]->turn(w.now);  // worker 1 is busy elsewhere
  EXPECT_GT(w.dropped(Drop::handover_full), 0u);
  const auto out = w.run();
  EXPECT_EQ(out.size() + w.dropped(Drop::handover_full), 100u);
}

TEST(Workers, AStopReachesOneWorkerAlone) {
  World w({.workers = 2, .queues = 1});
  w.establish(1024, 88, client_of(0));
  w.establish(1024, 88, client_of(1));
  interplane::Command stop;
  stop.kind = interplane::Command::Kind::stop;
  w.fabric->worker(1).commands.push(stop);
  w.run();
  EXPECT_EQ(w.flows(), 1u);
}

}  // namespace
}  // namespace rpcgate::tests
