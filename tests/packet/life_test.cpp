// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include <gtest/gtest.h>

#include "world.hpp"

namespace rpcgate::tests {
namespace {

using interplane::Command;
using stats::Counter;
using stats::Drop;
using stats::Reason;

TEST(Life, AHandshakeThatIsNotFinishedEnds) {
  World w;
  w.send(outer, from_client(1024, 88).seq(1000).syn());
  w.after(seconds{29});
  EXPECT_EQ(w.flows(), 1u);
  EXPECT_TRUE(w.after(seconds{2}).empty());
  EXPECT_EQ(w.flows(), 0u);
}

TEST(Life, AnIdleConnectionEndsAndAnActiveOneDoesNot) {
  World w;
  w.establish(1024, 88);
  w.after(seconds{7000});
  w.send(outer, from_client(1024, 88).seq(1001).ack(5001).payload("x"));
  w.after(seconds{7000});
  EXPECT_EQ(w.flows(), 1u);
  w.after(seconds{500});
  EXPECT_EQ(w.flows(), 0u);
}

TEST(Life, AUdpFlowEndsWhenIdle) {
  World w;
  w.send(outer, eth().ipv4(client, published).udp(3000, 88).payload("ping"));
  w.after(seconds{121});
  EXPECT_EQ(w.flows(), 0u);
}

TEST(Life, AConnectionClosedByBothEndsGoesAfterAWhile) {
  World w;
  w.establish(1024, 88);
  EXPECT_EQ(w.send(outer, from_client(1024, 88).seq(1001).ack(5001).flags(0x11)).size(), 1u);
  EXPECT_EQ(w.send(inner, from_server(88, 1024).seq(5001).ack(1002).flags(0x11)).size(), 1u);
  EXPECT_EQ(w.send(outer, from_client(1024, 88).seq(1002).ack(5002)).size(), 1u);
  EXPECT_EQ(w.flows(), 1u);
  w.after(seconds{61});
  EXPECT_EQ(w.flows(), 0u);
  EXPECT_EQ(w.all_drops(), 0u);
}

TEST(Life, AResetAtTheExactNumberEndsTheConnection) {
  World w;
  w.establish(1024, 88);
  EXPECT_EQ(w.send(inner, from_server(88, 1024).seq(5001).flags(0x04)).size(), 1u);
  w.after(seconds{3});
  EXPECT_EQ(w.flows(), 0u);
}

TEST(Life, AResetElsewhereIsDroppedAndTheConnectionLives) {
  World w;
  w.establish(1024, 88);
  w.send(inner, from_server(88, 1024).seq(5101).flags(0x04));
  EXPECT_EQ(w.dropped(Drop::bad_reset), 1u);
  w.after(seconds{3});
  EXPECT_EQ(w.flows(), 1u);
}

TEST(Life, ASegmentOutsideTheWindowIsDropped) {
  World w;
  w.establish(1024, 88);
  w.send(outer, from_client(1024, 88).seq(1001 + 0x40000000).ack(5001).payload("x"));
  EXPECT_EQ(w.dropped(Drop::out_of_window), 1u);
}

TEST(Life, TheSamePortsMayConnectAgainAfterAClose) {
  World w;
  w.establish(1024, 88);
  w.send(inner, from_server(88, 1024).seq(5001).flags(0x04));
  const auto out = w.send(outer, from_client(1024, 88).seq(900000).syn());
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].flags, 0x02);
  EXPECT_EQ(w.flows(), 1u);
  EXPECT_EQ(w.counted(Counter::flows_opened), 2u);
}

TEST(Life, BytesOnASynDoNotGoOn) {
  World w;
  const auto out = w.send(outer, from_client(1024, 88).seq(1000).syn().payload("early"));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].payload, "");
  EXPECT_TRUE(out[0].ip_checksum_right && out[0].l4_checksum_right);
}

TEST(Life, AClientClosedByCommandIsResetOnBothSides) {
  World w;
  w.establish(1024, 88);
  w.open_pinhole(client, 49667);
  Command command;
  command.kind = Command::Kind::close_client;
  command.ticket = 7;
  command.client = ip(client);
  w.command(command);
  const auto out = w.run();
  ASSERT_EQ(out.size(), 2u);
  for (const SeenPacket& p : out) {
    EXPECT_NE(p.flags & 0x04, 0);
    EXPECT_EQ(p.seq, p.destination == ip(server) ? 1001u : 5001u);
    EXPECT_TRUE(p.ip_checksum_right && p.l4_checksum_right);
  }
  interplane::Reply reply;
  ASSERT_TRUE(w.fabric->worker(0).replies.pop(reply));
  EXPECT_EQ(reply.ticket, 7u);
  EXPECT_EQ(reply.flows, 1u);
  EXPECT_EQ(reply.pinholes, 1u);
  EXPECT_TRUE(w.told(event::Kind::connection_reset));
}

TEST(Life, LaterSegmentsOfACutConnectionAreAnsweredWithTheNumberTheyName) {
  World w;
  w.establish(1024, 88);
  Command command;
  command.kind = Command::Kind::close_client;
  command.client = ip(client);
  w.command(command);
  w.run();
  const auto out = w.send(inner, from_server(88, 1024).seq(5001).ack(1042).payload("late"));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].destination, ip(server));
  EXPECT_EQ(out[0].flags, 0x04);
  EXPECT_EQ(out[0].seq, 1042u);
  EXPECT_EQ(w.dropped(Drop::flow_cut), 1u);
  w.after(seconds{61});
  EXPECT_EQ(w.flows(), 0u);
}

TEST(Life, OneFlowIsClosedByItsNumber) {
  World w;
  w.establish(1024, 88);
  w.establish(1025, 88);
  Command command;
  command.kind = Command::Kind::close_flow;
  command.id = 1;  // nobody's
  w.command(command);
  EXPECT_TRUE(w.run().empty());
  const auto port = w.open_pinhole(client, 49667);
  w.establish(1026, port);
  const auto events = w.events();
  ASSERT_FALSE(events.empty());
  command.id = events.back().flow;
  w.command(command);
  EXPECT_EQ(w.run().size(), 2u);
}

TEST(Life, AStoppedWorkerHasClosedEverything) {
  World w;
  w.establish(1024, 88);
  w.open_pinhole(client, 49667);
  Command command;
  command.kind = Command::Kind::stop;
  w.command(command);
  EXPECT_TRUE(w.run().empty());
  EXPECT_EQ(w.flows(), 0u);
  EXPECT_EQ(w.pinholes(), 0u);
}

TEST(Policy, APacketUnderNewRulesIsJudgedBeforeItGoesOn) {
  World w;
  w.establish(1024, 88);
  std::string none = config_text();
  none.replace(none.find("protocol = \"tcp\", port = 88"), 27, "protocol = \"tcp\", port = 99");
  w.publish(none);
  const auto out = w.send(outer, from_client(1024, 88).seq(1001).ack(5001).payload("secret"));
  for (const SeenPacket& p : out) EXPECT_NE(p.flags & 0x04, 0) << p.to_string();
  EXPECT_EQ(out.size(), 2u);
}

TEST(Policy, TheSweepCutsConnectionsThatAreSilent) {
  World w;
  w.establish(1024, 88);
  w.publish(config_text("", "192.0.2.128/25"));
  EXPECT_EQ(w.run().size(), 2u);
  EXPECT_TRUE(w.told(event::Kind::connection_reset));
}

TEST(Policy, WhatIsStillAllowedLivesOn) {
  World w;
  w.establish(1024, 88);
  const auto port = w.open_pinhole(client, 49667);
  w.publish(config_text("anonymous = true"));
  EXPECT_TRUE(w.run().empty());
  EXPECT_EQ(w.send(outer, from_client(1024, 88).seq(1001).ack(5001).payload("x")).size(), 1u);
  EXPECT_EQ(w.send(outer, from_client(1025, port).syn()).size(), 1u);
  EXPECT_EQ(w.pinholes(), 1u);
}

TEST(Policy, APinholeWhoseRuleIsGoneIsClosed) {
  World w;
  const auto port = w.open_pinhole(client, 49667);
  w.publish(config_text("", "192.0.2.128/25"));
  w.run();
  EXPECT_EQ(w.pinholes(), 0u);
  EXPECT_TRUE(w.told(event::Kind::pinhole_closed));
  EXPECT_TRUE(w.send(outer, from_client(1024, port).syn()).empty());
}

}  // namespace
}  // namespace rpcgate::tests
