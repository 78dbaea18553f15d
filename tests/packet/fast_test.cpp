// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The short way of established plain flows, against the long way that all others go.
#include <map>

#include <gtest/gtest.h>

#include <rte_mbuf.h>

#include "../unit/arena/dice.hpp"
#include "datapath/stages/stages.hpp"
#include "flow/table.hpp"
#include "wire/checksum.hpp"
#include "world.hpp"

namespace rpcgate::tests {
namespace {

using flow::FlowImage;
using stats::Counter;

flow::Table& flows_of(World& w) {
  return *w.fabric->worker(0).flows.load();
}
std::vector<FlowImage> images_of(World& w) {
  std::vector<FlowImage> all;
  const flow::Arenas& arenas = flows_of(w).arenas();
  FlowImage image;
  for (std::uint32_t i = 0; i < arenas.records.capacity(); ++i)
    if (arenas.read(i, w.now, image)) all.push_back(image);
  return all;
}

using Frames = std::vector<FrameBytes>;
// What left, by the ends of each packet: the order within a flow counts, that between flows does
// not.
std::map<std::string, Frames> by_ends(const Frames& frames) {
  std::map<std::string, Frames> all;
  for (const FrameBytes& frame : frames) {
    const SeenPacket p = seen(frame);
    // What the gateway makes itself goes ahead of what it forwards in the same turn.
    const std::string kind = std::to_string(p.protocol) + (p.ttl == 64 ? " made" : "");
    all[kind + '|' + p.source.to_string() + '|' + std::to_string(p.source_port) + '|' +
        p.destination.to_string() + '|' + std::to_string(p.destination_port)]
        .push_back(frame);
  }
  return all;
}

std::string told(const Frames& frames) {
  std::string all;
  for (const FrameBytes& frame : frames)
    all += "\n  " + std::to_string(frame.size()) + " octets: " + seen(frame).to_string();
  return all;
}
// Empty: none.
std::string difference(std::map<std::string, Frames> quick, std::map<std::string, Frames> slow) {
  for (const auto& [ends, frames] : quick)
    if (slow[ends] != frames) return ends + told(frames) + "\ninstead of" + told(slow[ends]);
  return quick.size() == slow.size() ? "" : "less left by the short way";
}

// Segments and datagrams of a few flows: most as they should be, some odd in one way or other.
class Traffic {
 public:
  explicit Traffic(Dice& dice) : dice_(dice) {}

  // The last two are of IPv6.
  static constexpr std::uint16_t first_port = 2000, ports = 6, first_of_v6 = 2004;

  static PacketBuilder ip_of(std::size_t from, std::uint16_t port) {
    if (port >= first_of_v6)
      return from == outer ? eth().ipv6(client6, server6) : eth().ipv6(server6, client6);
    return from == outer ? eth().ipv4(client, published) : eth().ipv4(server, client);
  }
  static PacketBuilder tcp_of(std::size_t from, std::uint16_t port) {
    PacketBuilder p = ip_of(from, port);
    return from == outer ? p.tcp(port, 88) : p.tcp(88, port);
  }
  static void establish(World& w) {
    for (std::uint16_t port = first_port; port < first_port + ports; ++port) {
      w.send(outer, tcp_of(outer, port).seq(1000).syn());
      w.send(inner, tcp_of(inner, port).seq(5000).ack(1001).flags(0x12));
      w.send(outer, tcp_of(outer, port).seq(1001).ack(5001));
    }
  }

  PacketBuilder packet(std::size_t from) {
    const auto port = static_cast<std::uint16_t>(first_port + dice_.below(ports));
    if (dice_.one_in(4)) return datagram(from, port);
    PacketBuilder p = tcp_of(from, port);
    const std::uint32_t mine = from == outer ? 1001 : 5001;
    const std::uint32_t theirs = from == outer ? 5001 : 1001;
    p.seq(mine + (dice_.one_in(8) ? dice_.below(200'000) - 100'000 : dice_.below(64)));
    p.ack(theirs + (dice_.one_in(8) ? dice_.below(200'000) - 100'000 : 0));
    if (dice_.one_in(12)) p.window(static_cast<std::uint16_t>(dice_.below(65536)));
    p.payload(std::string(dice_.below(80), 'x'));
    if (dice_.one_in(3)) p.tcp_options(timestamps());
    if (dice_.one_in(60)) p.flags(static_cast<std::uint8_t>(dice_.below(64)));
    if (dice_.one_in(200)) p.flags(0x11);
    return odd(p);
  }

 private:
  FrameBytes timestamps() {
    FrameBytes options{std::byte{1}, std::byte{1}, std::byte{8}, std::byte{10}};
    for (int i = 0; i < 8; ++i) options.push_back(static_cast<std::byte>(dice_.below(256)));
    if (dice_.one_in(5)) options[0] = std::byte{0};  // the list ends
    return options;
  }
  PacketBuilder datagram(std::size_t from, std::uint16_t port) {
    PacketBuilder p = ip_of(from, port);
    from == outer ? p.udp(port, 88) : p.udp(88, port);
    p.payload(std::string(dice_.below(100), 'u'));
    return odd(p);
  }
  PacketBuilder odd(PacketBuilder& p) {
    switch (dice_.below(60)) {
      case 0:
        return p.ttl(static_cast<std::uint8_t>(dice_.below(3)));
      case 1:
        return p.wrong_ip_checksum();
      case 2:
        return p.wrong_l4_checksum();
      case 3:
        return p.fragment(static_cast<std::uint16_t>(0x2000 | dice_.below(4)));
      case 4:
        return p.ip_options(FrameBytes(4, std::byte{1}));
      case 5:
        return p.ether({{2, 0, 0, 0, 0, 7}}, {{2, 0, 0, 0, 0, 2}});
      case 6:
        return p.padding(1 + dice_.below(40));
      case 7:
        return p.payload(std::string(1400 + dice_.below(120), 'l'));
      default:
        return p;
    }
  }
  Dice& dice_;
};

// Any mixture of packets leaves both ways alike: bytes, order within a flow, drops, flows.
TEST(Fast, WhatTakesTheShortWayLeavesAsByTheLongOne) {
  Dice dice{71};
  SCOPED_TRACE(dice.seed());
  std::uint64_t fast = 0;
  for (int world = 0; world < 12; ++world) {
    World quick, slow({.fast_path = false});
    for (World* w : {&quick, &slow}) Traffic::establish(*w);
    Traffic traffic(dice);
    for (int burst = 0; burst < 60; ++burst) {
      for (std::uint32_t n = 1 + dice.below(40); n > 0; --n) {
        const std::size_t port = dice.below(2);
        FrameBytes frame = traffic.packet(port).bytes();
        if (dice.one_in(50)) frame.resize(14 + dice.below(40));
        const std::size_t enters = dice.one_in(100) ? 1 - port : port;
        quick.feed(enters, frame);
        slow.feed(enters, frame);
      }
      quick.run();
      slow.run();
      ASSERT_EQ(difference(by_ends(quick.frames_out), by_ends(slow.frames_out)), "") << burst;
      for (std::size_t d = 0; d < stats::drop_count; ++d)
        ASSERT_EQ(quick.dropped(static_cast<stats::Drop>(d)),
                  slow.dropped(static_cast<stats::Drop>(d)))
            << stats::name_of(static_cast<stats::Drop>(d));
      quick.now += milliseconds{200};
      slow.now += milliseconds{200};
    }
    const auto a = images_of(quick), b = images_of(slow);
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].from_client, b[i].from_client);
      EXPECT_EQ(a[i].packets, b[i].packets);
      EXPECT_EQ(a[i].bytes, b[i].bytes);
      EXPECT_EQ(a[i].heard, b[i].heard);
      EXPECT_EQ(a[i].phase, b[i].phase);
      const flow::Flow x = flows_of(quick)[static_cast<std::uint32_t>(i)];
      const flow::Flow y = flows_of(slow)[static_cast<std::uint32_t>(i)];
      EXPECT_EQ(std::memcmp(&x->tcp, &y->tcp, sizeof(x->tcp)), 0);
      EXPECT_EQ(x->timestamps, y->timestamps);
    }
    fast += quick.counted(Counter::fast_packets);
    EXPECT_EQ(slow.counted(Counter::fast_packets), 0u);
  }
  EXPECT_GT(fast, 1000u);
}

TEST(Fast, APacketDoesNotOvertakeOneOfItsFlowThatGoesTheLongWay) {
  World w;
  w.establish(1024, 88);
  w.send(outer, from_client(1024, 88).seq(1001).ack(5001).payload("a"));
  w.feed(outer, from_client(1024, 88).seq(1002).ack(5001).payload("bc").bytes());
  w.feed(outer, from_client(1024, 88).seq(1004).ack(5001).flags(0x11).bytes());
  w.feed(outer, from_client(1024, 88).seq(1005).ack(5001).bytes());
  const auto out = w.run();
  ASSERT_EQ(out.size(), 3u);
  EXPECT_EQ(out[0].payload, "bc");
  EXPECT_EQ(out[1].flags, 0x11);
  EXPECT_EQ(out[2].flags, 0x10);
  EXPECT_EQ(w.counted(Counter::fast_packets), 2u);
}

TEST(Fast, AHandshakeIsEnough) {
  World w;
  w.establish(1024, 88);
  EXPECT_EQ(w.counted(Counter::fast_packets), 0u);
  w.send(outer, from_client(1024, 88).seq(1001).ack(5001).payload("a"));
  w.send(inner, from_server(88, 1024).seq(5001).ack(1002).payload("b"));
  EXPECT_EQ(w.counted(Counter::fast_packets), 2u);
}

TEST(Fast, SoIsOneOfIPv6) {
  World w;
  Traffic::establish(w);
  constexpr std::uint16_t port = Traffic::first_of_v6;
  auto out = w.send(outer, Traffic::tcp_of(outer, port).seq(1001).ack(5001).payload("a"));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].destination, ip(server6));
  EXPECT_EQ(out[0].ttl, 63);
  out = w.send(inner, Traffic::tcp_of(inner, port).seq(5001).ack(1002).payload("b"));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].payload, "b");
  EXPECT_EQ(w.counted(Counter::fast_packets), 2u);
}

// A segment of IPv6 whose addresses are the mapped ones of the IPv4 client and what it dials.
FrameBytes mapped(std::uint16_t port) {
  constexpr std::size_t source = 22, destination = 38, tcp = 54, checksum = tcp + 16;
  FrameBytes f =
      eth().ipv6(client6, server6).tcp(1024, port).seq(1001).ack(5001).payload("a").bytes();
  std::memcpy(&f[source], ip(client).octets().data(), 16);
  std::memcpy(&f[destination], ip(published).octets().data(), 16);
  f[checksum] = f[checksum + 1] = std::byte{0};
  const Bytes segment = Bytes{f}.subspan(tcp);
  wire::ChecksumSum sum;
  sum.add(Bytes{f}.subspan(source, 32));
  sum.add_word(wire::Be16::from_host(static_cast<std::uint16_t>(segment.size())).raw());
  sum.add_word(wire::Be16::from_host(6).raw());
  sum.add(segment);
  const std::uint16_t value = sum.checksum();
  std::memcpy(&f[checksum], &value, 2);
  return f;
}

// RFC 4942 2.2: on the wire a mapped address is nobody's, least of all that of an IPv4 flow.
TEST(Fast, AMappedAddressFindsNoFlowOfIPv4) {
  World w;
  w.establish(1024, 88);
  const auto inspected = w.open_pinhole(client, 49667);
  w.establish(1024, inspected);
  std::uint64_t spoofed = 0;
  for (const std::uint16_t port : {std::uint16_t{88}, inspected}) {
    w.send(outer, from_client(1024, port).seq(1001).ack(5001));
    const std::uint64_t fast = w.counted(Counter::fast_packets);
    EXPECT_TRUE(w.send(outer, mapped(port)).empty());
    EXPECT_EQ(w.counted(Counter::fast_packets), fast);
    EXPECT_EQ(w.dropped(stats::Drop::spoofed_source), ++spoofed);
  }
}

TEST(Fast, InspectedFlowsTakeItToTheStreamStage) {
  World w;
  const auto port = w.open_pinhole(client, 49667);
  w.establish(1024, port);
  for (int i = 0; i < 3; ++i) w.send(outer, from_client(1024, port).seq(1001).ack(5001));
  EXPECT_EQ(w.counted(Counter::fast_packets), 3u);
  const auto out =
      w.send(outer, from_client(1024, port).seq(1001).ack(5001).payload("this is not RPC at all"));
  for (const SeenPacket& p : out) EXPECT_EQ(p.flags & 4, 4) << p.to_string();
  EXPECT_EQ(w.counted(Counter::fast_packets), 4u);
  EXPECT_EQ(w.dropped(stats::Drop::flow_cut), 1u);
}

TEST(Fast, APacketInSegmentsIsNotOvertaken) {
  World w;
  w.establish(1024, 88);
  w.send(outer, from_client(1024, 88).seq(1001).ack(5001).payload("a"));
  w.feed_chain(outer, from_client(1024, 88).seq(1002).ack(5001).payload("bc").bytes(), {55});
  w.feed(outer, from_client(1024, 88).seq(1004).ack(5001).payload("d").bytes());
  const auto out = w.run();
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(out[0].payload, "bc");
  EXPECT_EQ(out[1].payload, "d");
  EXPECT_EQ(w.counted(Counter::fast_packets), 1u);
}

TEST(Fast, WhatIsJudgedHasARightChecksum) {
  World w;
  const auto port = w.open_pinhole(client, 49667);
  w.establish(1024, port);
  w.send(outer, from_client(1024, port).seq(1001).ack(5001).payload("\5").wrong_l4_checksum());
  EXPECT_EQ(w.counted(Counter::fast_packets), 0u);
  EXPECT_EQ(w.dropped(stats::Drop::bad_l4_checksum), 1u);
  w.send(outer, from_client(1024, port).seq(1001).ack(5001).payload("\5"));
  EXPECT_EQ(w.counted(Counter::fast_packets), 1u);
}

TEST(Fast, OtherRulesAreAskedBeforeTheNextPacket) {
  World w;
  w.establish(1024, 88);
  w.send(outer, from_client(1024, 88).seq(1001).ack(5001).payload("a"));
  w.publish(config_text());
  auto out = w.send(outer, from_client(1024, 88).seq(1002).ack(5001).payload("b"));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(w.counted(Counter::fast_packets), 1u) << "the first under new rules goes the long way";
  out = w.send(outer, from_client(1024, 88).seq(1003).ack(5001).payload("c"));
  EXPECT_EQ(w.counted(Counter::fast_packets), 2u);
  w.publish(config_text("", "192.0.2.8/32"));
  w.send(outer, from_client(1024, 88).seq(1004).ack(5001).payload("d"));
  EXPECT_EQ(w.counted(Counter::fast_packets), 2u);
  EXPECT_EQ(w.dropped(stats::Drop::policy_changed), 1u);
}

TEST(Fast, ANeighbourThatMovesIsFollowed) {
  World w({.routed = true});
  const auto usable = [](std::uint8_t last) {
    return route::Neighbour{{{2, 0, 0, 0, 0xaa, last}}, route::NeighbourState::usable};
  };
  w.neighbours.set(inner, ip(server), usable(1));
  w.neighbours.set(outer, ip(client), usable(2));
  w.establish(1024, 88);
  const auto send = [&](std::uint32_t seq) {
    return w.send(outer, from_client(1024, 88).seq(seq).ack(5001).payload("a"));
  };
  ASSERT_EQ(send(1001).size(), 1u);
  EXPECT_EQ(w.frames_out[0][5], std::byte{1});
  w.neighbours.set(inner, ip(server), usable(9));
  ASSERT_EQ(send(1002).size(), 1u);
  EXPECT_EQ(w.frames_out[0][5], std::byte{9});
  EXPECT_EQ(w.counted(Counter::fast_packets), 2u);
  w.neighbours.set(inner, ip(server), {usable(9).mac, route::NeighbourState::stale});
  ASSERT_EQ(send(1003).size(), 1u);
  EXPECT_EQ(w.counted(Counter::fast_packets), 2u) << "the kernel is asked on the long way";
  w.neighbours.remove(inner, ip(server));
  EXPECT_EQ(send(1004).size(), 0u) << "it waits";
  w.neighbours.set(inner, ip(server), usable(3));
  ASSERT_EQ(w.run().size(), 1u);
  EXPECT_EQ(w.frames_out[0][5], std::byte{3});
}

// Between the short way and route another core may write: then the long way's route takes over.
TEST(Fast, AHopIsCountedOnceWhenANeighbourChangesMeanwhile) {
  World w({.routed = true});
  const route::Neighbour usable{{{2, 0, 0, 0, 0xaa, 1}}, route::NeighbourState::usable};
  w.neighbours.set(inner, ip(server), usable);
  w.neighbours.set(outer, ip(client), usable);
  const auto port = w.open_pinhole(client, 49667);
  w.establish(1024, port);
  w.run();
  datapath::Context& c = w.workers[0]->context();
  datapath::Burst in, rest, inspected;
  rte_mbuf* mbuf = w.make(from_client(1024, port).seq(1002).ack(5001).bytes());  // behind a gap
  mbuf->port = c.ports[outer].eth_port;
  ASSERT_TRUE(in.push(mbuf));
  datapath::fast(c, in, rest, inspected);
  ASSERT_EQ(inspected.size(), 1u);
  w.neighbours.set(inner, ip(server), {usable.mac, route::NeighbourState::stale});
  datapath::route(c, inspected);
  const auto out = w.run();
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].destination, ip(server));
  EXPECT_EQ(out[0].ttl, 63);
}

TEST(Fast, CountsGoOnBeyondTheLowHalf) {
  World w;
  w.establish(1024, 88);
  const auto before = images_of(w)[0];
  const std::uint32_t index = flows_of(w).lookup(before.from_client).index;
  flows_of(w)[index]->packets[0] = 0xffffffff;
  flows_of(w)[index]->bytes[0] = 0xffffffff;
  w.send(outer, from_client(1024, 88).seq(1001).ack(5001));
  EXPECT_EQ(w.counted(Counter::fast_packets), 1u);
  const auto after = images_of(w)[0];
  EXPECT_EQ(after.packets[0], std::uint64_t{1} << 32);
  EXPECT_EQ(after.bytes[0], (std::uint64_t{1} << 32) + 39);
}

}  // namespace
}  // namespace rpcgate::tests
