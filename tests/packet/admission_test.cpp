// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include <gtest/gtest.h>

#include "world.hpp"

namespace rpcgate::tests {
namespace {

using stats::Counter;
using stats::Drop;
using stats::Reason;

TEST(Admission, AStrangerHearsNothing) {
  World w;
  EXPECT_TRUE(w.send(outer, from_client(1024, 88, "203.0.113.9").syn()).empty());
  EXPECT_EQ(w.dropped(Drop::no_rule), 1u);
  EXPECT_TRUE(w.events().empty());
}

TEST(Admission, AnUngrantedPortHearsNothingAndIsTold) {
  World w;
  EXPECT_TRUE(w.send(outer, from_client(1024, 445).syn()).empty());
  EXPECT_EQ(w.dropped(Drop::no_pinhole), 1u);
  const auto events = w.events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, event::Kind::connection_refused);
  EXPECT_EQ(events[0].action, event::Action::dropped);
  EXPECT_EQ(events[0].reason, Reason::port_not_granted);
  EXPECT_EQ(events[0].client, ip(client));
  EXPECT_EQ(events[0].outer_port, 445);
}

TEST(Admission, RefusalsAreToldOnceASecondForAClientAndPort) {
  World w;
  for (int i = 0; i < 5; ++i) w.send(outer, from_client(1024, 445).syn());
  EXPECT_EQ(w.events().size(), 1u);
  w.send(outer, from_client(1024, 446).syn());
  EXPECT_EQ(w.events().size(), 1u);
  w.after(milliseconds{1100});
  w.send(outer, from_client(1024, 445).syn());
  EXPECT_EQ(w.events().size(), 1u);
}

TEST(Admission, ARuleThatSaysResetAnswersWithAResetTheClientAccepts) {
  World w({.config = config_text("refuse = \"reset\"")});
  const auto out = w.send(outer, from_client(1024, 445).seq(1000).syn());
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].source, ip(published));
  EXPECT_EQ(out[0].source_port, 445);
  EXPECT_EQ(out[0].destination_port, 1024);
  EXPECT_EQ(out[0].flags, 0x14);  // RST, ACK
  EXPECT_EQ(out[0].ack, 1001u);
  EXPECT_TRUE(out[0].ip_checksum_right && out[0].l4_checksum_right);
  EXPECT_EQ(w.left_by, outer);
  EXPECT_EQ(w.counted(Counter::resets_sent), 1u);
}

TEST(Admission, APinholeIsForItsClientAlone) {
  World w;
  const auto port = w.open_pinhole(client, 49667);
  EXPECT_TRUE(w.send(outer, from_client(1024, port, other_client).syn()).empty());
  EXPECT_EQ(w.dropped(Drop::no_pinhole), 1u);
  const auto out = w.send(outer, from_client(1024, port).syn());
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].destination, ip(server));
  EXPECT_EQ(out[0].destination_port, 49667);
}

TEST(Admission, AConnectionThroughAPinholeIsToldWhenItStands) {
  World w;
  const auto port = w.open_pinhole(client, 49667);
  w.establish(1024, port);
  const auto events = w.events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, event::Kind::pinhole_used);
  EXPECT_NE(events[0].pinhole, 0u);
}

TEST(Admission, AnUnusedPinholeEndsAndItsPortIsThenAnsweredWithAReset) {
  World w;
  const auto port = w.open_pinhole(client, 49667, seconds{10});
  w.after(seconds{11});
  EXPECT_EQ(w.pinholes(), 0u);
  EXPECT_TRUE(w.told(event::Kind::pinhole_closed));
  const auto out = w.send(outer, from_client(1024, port).seq(1000).syn());
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].flags, 0x14);
  const auto events = w.events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].reason, Reason::pinhole_expired);
  // Not for another client.
  EXPECT_TRUE(w.send(outer, from_client(1024, port, other_client).syn()).empty());
}

TEST(Admission, NothingIsOpenedFromInside) {
  World w;
  EXPECT_TRUE(w.send(inner, eth().ipv4(server, "203.0.113.9").tcp(4000, 80).syn()).empty());
  EXPECT_EQ(w.all_drops(), 1u);
  EXPECT_EQ(w.flows(), 0u);
}

TEST(Admission, OuterToOuterAndInnerToInnerAreCounted) {
  World w;
  EXPECT_TRUE(w.send(outer, eth().ipv4(client, "203.0.113.9").tcp(1024, 80).syn()).empty());
  EXPECT_TRUE(w.send(inner, eth().ipv4(server, "10.10.0.11").tcp(1024, 80).syn()).empty());
  EXPECT_EQ(w.dropped(Drop::same_zone), 2u);
}

TEST(Admission, ASegmentOfNoConnectionOpensNone) {
  World w;
  EXPECT_TRUE(w.send(outer, from_client(1024, 88).seq(1).ack(1).payload("x")).empty());
  EXPECT_EQ(w.dropped(Drop::not_a_syn), 1u);
  EXPECT_EQ(w.flows(), 0u);
}

TEST(Admission, AClientHasNoMoreFlowsThanItMay) {
  World w({.config = config_text() + "[limits]\nflows-per-client = 16\n"});
  for (std::uint16_t port = 1; port <= 17; ++port) w.send(outer, from_client(port, 88).syn());
  EXPECT_EQ(w.flows(), 16u);
  EXPECT_EQ(w.dropped(Drop::flow_limit), 1u);
  EXPECT_TRUE(w.told(event::Kind::limit_reached));
  EXPECT_EQ(w.send(outer, from_client(1, 88, other_client).syn()).size(), 1u);
}

}  // namespace
}  // namespace rpcgate::tests
