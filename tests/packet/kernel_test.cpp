// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include <array>

#include <gtest/gtest.h>

#include <rte_mbuf.h>

#include "world.hpp"

namespace rpcgate::tests {
namespace {

using interplane::KernelSide;
using stats::Counter;
using stats::Drop;

// The published address is ours; SSH to an address of the box is the kernel's.
interplane::SteeringTables tables() {
  route::SteeringConfig config;
  config.ours = {ip(published)};
  config.local_services = {{ip("198.51.100.2"), 6, 22}};
  config.local_addresses = {ip("198.51.100.2")};
  config.transit_sources = {*wire::Prefix::parse("10.10.0.0/24")};
  interplane::SteeringTables all;
  for (int i = 0; i < 2; ++i) all.ports.emplace_back(config);
  return all;
}
PacketBuilder ssh() {
  return eth().ipv4(client, "198.51.100.2").tcp(1024, 22).seq(1).syn();
}
PacketBuilder stray() {
  return eth().ipv4(client, "198.51.100.2").tcp(1024, 23).seq(1).syn();
}
FrameBytes arp() {
  return eth().ipv4(client, published).udp(1, 2).ether_type(0x0806).bytes();
}

TEST(KernelSide, WhatTheKernelHasReceivedItselfIsForgotten) {
  const interplane::SteeringTables steering = tables();
  World w({.kernel = KernelSide::shared});
  w.fabric->published.publish(&steering);
  EXPECT_TRUE(w.send(outer, ssh()).empty());
  EXPECT_TRUE(w.send(outer, arp()).empty());
  EXPECT_EQ(w.dropped(Drop::kernel_has_it), 2u);
  EXPECT_TRUE(w.send(outer, stray()).empty());
  EXPECT_EQ(w.dropped(Drop::not_ours), 1u);
  EXPECT_EQ(w.send(outer, from_client(1024, 88).seq(1).syn()).size(), 1u);
}

TEST(KernelSide, AMirroredPortGivesTheKernelItsFramesWhole) {
  const interplane::SteeringTables steering = tables();
  World w({.kernel = KernelSide::mirrored});
  w.fabric->published.publish(&steering);
  const FrameBytes frame = ssh().bytes();
  EXPECT_TRUE(w.send(outer, frame).empty());
  EXPECT_TRUE(w.send(outer, stray()).empty());
  EXPECT_EQ(w.counted(Counter::punted), 1u);
  rte_mbuf* mbuf = nullptr;
  ASSERT_EQ(w.fabric->worker(0).punted.pop(&mbuf, 1), 1u);
  EXPECT_EQ(mbuf->port, outer);
  const Bytes got{rte_pktmbuf_mtod(mbuf, const std::byte*), mbuf->data_len};
  EXPECT_TRUE(std::equal(got.begin(), got.end(), frame.begin(), frame.end()));
  rte_pktmbuf_free(mbuf);
}

TEST(KernelSide, AFullRingToTheMirrorIsCounted) {
  const interplane::SteeringTables steering = tables();
  World w({.kernel = KernelSide::mirrored});
  w.fabric->published.publish(&steering);
  for (int i = 0; i < 70; ++i) w.send(outer, arp());
  EXPECT_GT(w.dropped(Drop::punt_full), 0u);
  EXPECT_EQ(w.dropped(Drop::punt_full) + w.counted(Counter::punted), 70u);
}

TEST(KernelSide, FramesOfTheKernelLeaveAsTheyStand) {
  World w({.kernel = KernelSide::mirrored});
  rte_mbuf* mbuf = w.make(eth().ipv4("198.51.100.2", client).tcp(22, 1024).ttl(1).bytes());
  mbuf->port = outer;
  ASSERT_EQ(w.fabric->worker(0).from_mirror.push(&mbuf, 1), 1u);
  const auto out = w.run();
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].ttl, 1);
  EXPECT_EQ(w.left_by, outer);
}

TEST(OneArm, TwoPortsOfOneNicAreToldApartBySource) {
  World w({.one_arm = true});
  auto out = w.send(outer, from_client(1024, 88).seq(1000).syn());
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].destination, ip(server));
  out = w.send(outer, from_server(88, 1024).seq(5000).ack(1001).flags(0x12));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].source, ip(published));
  EXPECT_EQ(w.all_drops(), 0u);
  EXPECT_EQ(w.counted(Counter::rx_packets), 2u);
}

TEST(Chains, APacketOfSeveralSegmentsLeavesAsOne) {
  World w;
  w.establish(1024, 88);
  w.feed_chain(outer, from_client(1024, 88).seq(1001).ack(5001).payload("in several parts").bytes(),
               {20, 40, 9});
  const auto out = w.run();  // collect() checks that it is one segment
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].payload, "in several parts");
  EXPECT_TRUE(out[0].l4_checksum_right);
}

TEST(Judged, ASegmentToBeJudgedWithAWrongChecksumGoesNowhere) {
  World w;
  w.establish(1024, 135);
  EXPECT_TRUE(
      w.send(outer, from_client(1024, 135).seq(1001).ack(5001).payload("x").wrong_l4_checksum())
          .empty());
  EXPECT_EQ(w.dropped(Drop::bad_l4_checksum), 1u);
}

TEST(Judged, BytesThatAreNotRpcResetTheConnectionOnBothSides) {
  World w;
  w.establish(1024, 135);
  const auto out =
      w.send(outer, from_client(1024, 135).seq(1001).ack(5001).payload("GET / HTTP/1.0\r\n\r\n"));
  ASSERT_FALSE(out.empty());
  bool to_client = false, to_server = false;
  for (const SeenPacket& p : out) {
    EXPECT_NE(p.flags & 0x04, 0) << p.to_string();
    EXPECT_EQ(p.payload, "") << "nothing unjudged leaves";
    (p.destination == ip(server) ? to_server : to_client) = true;
  }
  EXPECT_TRUE(to_client && to_server);
  EXPECT_TRUE(w.told(event::Kind::connection_reset));
}

}  // namespace
}  // namespace rpcgate::tests
