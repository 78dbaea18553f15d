// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include <gtest/gtest.h>

#include "world.hpp"

namespace rpcgate::tests {
namespace {

using stats::Counter;
using stats::Drop;

TEST(Nat, ASynToAPublishedPortReachesTheServerWithTheClientsAddress) {
  World w;
  const auto out = w.send(outer, from_client(1024, 88).seq(1000).syn().ttl(64));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].source, ip(client));
  EXPECT_EQ(out[0].source_port, 1024);
  EXPECT_EQ(out[0].destination, ip(server));
  EXPECT_EQ(out[0].destination_port, 88);
  EXPECT_EQ(out[0].ttl, 63);
  EXPECT_TRUE(out[0].ip_checksum_right && out[0].l4_checksum_right) << out[0].to_string();
  EXPECT_EQ(w.left_by, inner);
  EXPECT_EQ(w.flows(), 1u);
  EXPECT_EQ(w.all_drops(), 0u);
}

TEST(Nat, TheServersAnswerComesFromThePublishedAddress) {
  World w;
  w.send(outer, from_client(1024, 88).seq(1000).syn());
  const auto out = w.send(inner, from_server(88, 1024).seq(5000).ack(1001).flags(0x12));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].source, ip(published));
  EXPECT_EQ(out[0].source_port, 88);
  EXPECT_EQ(out[0].destination, ip(client));
  EXPECT_EQ(out[0].flags, 0x12);
  EXPECT_TRUE(out[0].ip_checksum_right && out[0].l4_checksum_right) << out[0].to_string();
  EXPECT_EQ(w.left_by, outer);
}

TEST(Nat, PayloadGoesThroughUnchangedBothWays) {
  World w;
  w.establish(1024, 88);
  auto out = w.send(outer, from_client(1024, 88).seq(1001).ack(5001).payload("question"));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].payload, "question");
  out = w.send(inner, from_server(88, 1024).seq(5001).ack(1009).payload("answer!"));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].payload, "answer!");
  EXPECT_TRUE(out[0].l4_checksum_right);
  EXPECT_EQ(w.all_drops(), 0u);
}

TEST(Nat, AWrongChecksumOfAPlainSegmentStaysWrong) {
  World w;
  w.establish(1024, 88);
  const auto out =
      w.send(outer, from_client(1024, 88).seq(1001).ack(5001).payload("x").wrong_l4_checksum());
  ASSERT_EQ(out.size(), 1u);
  EXPECT_FALSE(out[0].l4_checksum_right);
}

TEST(Nat, UdpOpensAFlowWithItsFirstDatagram) {
  World w;
  auto out = w.send(outer, eth().ipv4(client, published).udp(3000, 88).payload("ping"));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].destination, ip(server));
  EXPECT_TRUE(out[0].l4_checksum_right);
  out = w.send(inner, eth().ipv4(server, client).udp(88, 3000).payload("pong"));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].source, ip(published));
  EXPECT_EQ(out[0].payload, "pong");
  EXPECT_TRUE(out[0].l4_checksum_right);
}

TEST(Nat, RoutedIpv6PassesUntranslated) {
  World w;
  auto out = w.send(outer, eth().ipv6(client6, server6).tcp(1024, 88).seq(1).syn().ttl(9));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].source, ip(client6));
  EXPECT_EQ(out[0].destination, ip(server6));
  EXPECT_EQ(out[0].ttl, 8);
  EXPECT_TRUE(out[0].l4_checksum_right);
  out = w.send(inner, eth().ipv6(server6, client6).tcp(88, 1024).seq(7).ack(2).flags(0x12));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].source, ip(server6));
  EXPECT_EQ(w.left_by, outer);
}

TEST(Nat, RoutedIpv4PassesUntranslated) {
  std::string config = config_text();
  config.replace(config.find("\"198.51.100.1\""), 14, "\"10.10.0.10\"");
  config.replace(config.find("\"nat\""), 5, "\"routed\"");
  World w({.config = config});
  const auto out = w.send(outer, eth().ipv4(client, server).tcp(1024, 88).seq(1).syn());
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].destination, ip(server));
  EXPECT_TRUE(out[0].ip_checksum_right && out[0].l4_checksum_right);
}

TEST(Nat, AnIcmpErrorAboutTheServersPacketReachesTheServer) {
  World w;
  w.establish(1024, 88);
  // What the client saw, and a router on its side complains about.
  const FrameBytes quoted = eth().ipv4(published, client).tcp(88, 1024).seq(5001).ack(1001).bytes();
  const auto out = w.send(
      outer,
      eth().ipv4("192.0.2.254", published).icmp_error(3, 4, Bytes{quoted}.subspan(14, 28), 1400));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].destination, ip(server));
  EXPECT_EQ(out[0].icmp_rest & 0xffff, 1400u);
  EXPECT_TRUE(out[0].ip_checksum_right && out[0].l4_checksum_right);
  const SeenPacket inside = seen_quote(out[0]);
  EXPECT_EQ(inside.source, ip(server));
  EXPECT_EQ(inside.destination, ip(client));
  EXPECT_EQ(inside.source_port, 88);
  EXPECT_EQ(w.left_by, inner);
}

TEST(Nat, AnIcmpErrorFromTheServersSideNamesThePublishedAddress) {
  World w;
  w.establish(1024, 88);
  const FrameBytes quoted = eth().ipv4(client, server).tcp(1024, 88).seq(1001).ack(5001).bytes();
  const auto out = w.send(
      inner, eth().ipv4("10.10.0.99", client).icmp_error(3, 1, Bytes{quoted}.subspan(14, 28)));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].source, ip(published));
  EXPECT_EQ(out[0].destination, ip(client));
  EXPECT_EQ(seen_quote(out[0]).destination, ip(published));
  EXPECT_EQ(w.left_by, outer);
}

TEST(Nat, AnIcmpErrorAboutNoFlowGoesNowhere) {
  World w;
  const FrameBytes quoted = eth().ipv4(published, client).tcp(88, 1024).bytes();
  EXPECT_TRUE(
      w.send(outer,
             eth().ipv4("192.0.2.254", published).icmp_error(3, 1, Bytes{quoted}.subspan(14, 28)))
          .empty());
  EXPECT_EQ(w.dropped(Drop::icmp_unrelated), 1u);
}

}  // namespace
}  // namespace rpcgate::tests
