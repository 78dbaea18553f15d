// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include <gtest/gtest.h>

#include "world.hpp"

namespace rpcgate::tests {
namespace {

using stats::Counter;
using stats::Drop;

const wire::MacAddress server_mac{{2, 0, 0, 0, 5, 1}};

route::Neighbour neighbour(route::NeighbourState state) {
  return {server_mac, state};
}

TEST(Route, AKnownNeighbourIsUsed) {
  World w({.routed = true});
  w.neighbours.set(inner, ip(server), neighbour(route::NeighbourState::usable));
  const auto out = w.send(outer, from_client(1024, 88).syn());
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].to, server_mac);
  EXPECT_EQ(out[0].from, (wire::MacAddress{{2, 0, 0, 0, 0, 1}}));
}

TEST(Route, APacketWaitsForItsNeighbourAndTheControlCoreIsAsked) {
  World w({.routed = true});
  EXPECT_TRUE(w.send(outer, from_client(1024, 88).syn()).empty());
  interplane::NeighbourRequest request;
  ASSERT_TRUE(w.fabric->worker(0).neighbours.pop(request));
  EXPECT_EQ(request.port, inner);
  EXPECT_EQ(request.next_hop, ip(server));
  EXPECT_EQ(w.counted(Counter::neighbour_waits), 1u);
  w.neighbours.set(inner, ip(server), neighbour(route::NeighbourState::usable));
  const auto out = w.run();
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].to, server_mac);
  EXPECT_EQ(w.all_drops(), 0u);
}

TEST(Route, APacketThatWaitedTooLongIsDropped) {
  World w({.routed = true});
  w.send(outer, from_client(1024, 88).syn());
  w.after(seconds{4});
  EXPECT_EQ(w.dropped(Drop::no_neighbour), 1u);
}

TEST(Route, FewPacketsWaitForOneNeighbour) {
  World w({.routed = true});
  for (std::uint16_t port = 1; port <= 20; ++port) w.send(outer, from_client(port, 88).syn());
  EXPECT_EQ(w.counted(Counter::neighbour_waits), 8u);
  EXPECT_EQ(w.dropped(Drop::no_neighbour), 12u);
  interplane::NeighbourRequest request;
  EXPECT_TRUE(w.fabric->worker(0).neighbours.pop(request));
  EXPECT_FALSE(w.fabric->worker(0).neighbours.pop(request)) << "asked once a second, not more";
}

TEST(Route, AStaleNeighbourIsUsedAndConfirmed) {
  World w({.routed = true});
  w.neighbours.set(inner, ip(server), neighbour(route::NeighbourState::stale));
  EXPECT_EQ(w.send(outer, from_client(1024, 88).syn()).size(), 1u);
  interplane::NeighbourRequest request;
  EXPECT_TRUE(w.fabric->worker(0).neighbours.pop(request));
}

TEST(Route, ANeighbourThatDoesNotAnswerIsCounted) {
  World w({.routed = true});
  w.neighbours.set(inner, ip(server), {{}, route::NeighbourState::failed});
  EXPECT_TRUE(w.send(outer, from_client(1024, 88).syn()).empty());
  EXPECT_EQ(w.dropped(Drop::no_neighbour), 1u);
}

TEST(Route, NoRouteIsCounted) {
  World w({.routed = true});
  EXPECT_TRUE(w.send(outer, eth().ipv6(client6, server6).tcp(1024, 88).syn()).empty());
  EXPECT_EQ(w.dropped(Drop::no_route), 1u);
}

TEST(Route, ARouteThatLeadsBackOutsideIsNotTaken) {
  World w({.routed = true});
  const std::vector<route::Route> wrong{{*wire::Prefix::parse("0.0.0.0/0"), {{}, outer}, 0}};
  route::Table table{std::span<const route::Route>{wrong}};
  w.fabric->published.publish(static_cast<const route::Table*>(&table));
  EXPECT_TRUE(w.send(outer, from_client(1024, 88).syn()).empty());
  EXPECT_EQ(w.dropped(Drop::same_zone), 1u);
  w.fabric->published.publish(static_cast<const route::Table*>(w.routes.get()));
}

// The kernel has one interface for both ports: its routes and neighbours are the first one's.
TEST(Route, OnOneNicTheNetworksTellTheSidesApart) {
  for (const route::PortIndex first : {route::PortIndex{outer}, route::PortIndex{inner}}) {
    World w({.routed = true, .one_arm = true});
    const std::vector<route::Route> kernel{{*wire::Prefix::parse("0.0.0.0/0"), {{}, first}, 0}};
    route::Table table{std::span<const route::Route>{kernel}};
    w.fabric->published.publish(static_cast<const route::Table*>(&table));
    w.neighbours.set(first, ip(server), neighbour(route::NeighbourState::usable));
    w.neighbours.set(first, ip(client), neighbour(route::NeighbourState::usable));
    EXPECT_EQ(w.send(outer, from_client(1024, 88).syn()).size(), 1u);
    EXPECT_EQ(w.send(outer, from_server(88, 1024).seq(7).ack(1).flags(0x12)).size(), 1u);
    EXPECT_EQ(w.all_drops(), 0u);
    w.fabric->published.publish(static_cast<const route::Table*>(w.routes.get()));
  }
}

TEST(Route, AHopLimitThatRunsOutIsCounted) {
  World w;
  EXPECT_TRUE(w.send(outer, from_client(1024, 88).syn().ttl(1)).empty());
  EXPECT_EQ(w.dropped(Drop::ttl_exceeded), 1u);
}

TEST(Route, AServersPacketBeyondTheMtuIsAnsweredToTheServer) {
  World w({.mtu = 600});
  w.establish(1024, 88);
  const auto out =
      w.send(inner, from_server(88, 1024).seq(5001).ack(1001).payload(std::string(700, 'x')));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].protocol, 1);
  EXPECT_EQ(out[0].icmp_type, 3);
  EXPECT_EQ(out[0].icmp_code, 4);
  EXPECT_EQ(out[0].icmp_rest & 0xffff, 600u);
  EXPECT_EQ(out[0].destination, ip(server));
  EXPECT_TRUE(out[0].ip_checksum_right && out[0].l4_checksum_right);
  const SeenPacket inside = seen_quote(out[0]);
  EXPECT_EQ(inside.source, ip(server));
  EXPECT_EQ(inside.destination, ip(client));
  EXPECT_TRUE(inside.ip_checksum_right);
  EXPECT_EQ(w.left_by, inner);
  EXPECT_EQ(w.dropped(Drop::too_big), 1u);
}

TEST(Route, AnIpv6PacketBeyondTheMtuIsAnsweredToo) {
  World w({.mtu = 1280});
  w.send(outer, eth().ipv6(client6, server6).tcp(1024, 88).seq(1).syn());
  w.send(inner, eth().ipv6(server6, client6).tcp(88, 1024).seq(7).ack(2).flags(0x12));
  const auto out = w.send(
      outer,
      eth().ipv6(client6, server6).tcp(1024, 88).seq(2).ack(8).payload(std::string(1300, 'x')));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].icmp_type, 2);
  EXPECT_EQ(out[0].icmp_rest, 1280u);
  EXPECT_EQ(out[0].destination, ip(client6));
  EXPECT_TRUE(out[0].l4_checksum_right);
}

}  // namespace
}  // namespace rpcgate::tests
