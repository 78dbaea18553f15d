// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Clients on the inner side use servers on the outer one: by whose name they go out, and what new
// rules make of it.
#include <set>

#include <gtest/gtest.h>

#include "nat/source_ports.hpp"
#include "world.hpp"

namespace rpcgate::tests {
namespace {

using stats::Drop;

const std::string inside = "10.10.0.7", neighbour = "10.10.0.8";  // clients
const std::string far = "192.0.2.53", gone_by = "198.51.100.9";

std::string ports() {
  return "[[port]]\nname = \"outer0\"\nzone = \"outer\"\nnetworks = [\"0.0.0.0/0\"]\n"
         "[[port]]\nname = \"inner0\"\nzone = \"inner\"\nnetworks = [\"10.10.0.0/16\"]\n";
}
std::string outbound(const std::string& source, const std::string& clients = "10.10.0.0/24") {
  return ports() + "[[outbound]]\nname = \"out\"\nclients = [\"" + clients +
         "\"]\nto = [\"192.0.2.0/24\"]\nservices = [\"dns\"]\nsource-nat = \"" + source +
         "\"\nrefuse = \"reset\"\n";
}
WorldOptions by(const std::string& source, const std::string& clients = "10.10.0.0/24") {
  WorldOptions options;
  options.config = outbound(source, clients);
  return options;
}
PacketBuilder query(const std::string& from, std::uint16_t port, const std::string& to = far) {
  return eth().ipv4(from, to).udp(port, 53).payload("query");
}

TEST(Outbound, GoesOutByTheAddressOfTheRuleAndComesBack) {
  World w{by(gone_by)};
  auto out = w.send(inner, query(inside, 4000));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].source, ip(gone_by));
  EXPECT_EQ(out[0].destination, ip(far));
  EXPECT_TRUE(out[0].ip_checksum_right && out[0].l4_checksum_right) << out[0].to_string();
  EXPECT_EQ(w.left_by, outer);
  const std::uint16_t port = out[0].source_port;
  out = w.send(outer, eth().ipv4(far, gone_by).udp(53, port).payload("answer"));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].source, ip(far));
  EXPECT_EQ(out[0].destination, ip(inside));
  EXPECT_EQ(out[0].destination_port, 4000);
  EXPECT_TRUE(out[0].ip_checksum_right && out[0].l4_checksum_right) << out[0].to_string();
  EXPECT_EQ(w.left_by, inner);
  EXPECT_EQ(w.all_drops(), 0u);
}

TEST(Outbound, OfTwoFlowsOneFarEndNeverHasOnePort) {
  World w{by(gone_by, inside + "/32")};  // one block, all ports
  std::set<std::uint16_t> seen;
  // The first is looked for where the second has its own port, which is taken then.
  for (const unsigned own : {1u, 1025u, 1026u}) {
    const auto out = w.send(inner, query(inside, static_cast<std::uint16_t>(own)));
    ASSERT_EQ(out.size(), 1u);
    EXPECT_TRUE(seen.insert(out[0].source_port).second) << out[0].source_port;
    EXPECT_GE(out[0].source_port, nat::lowest_source_port);
  }
  // What is taken towards one far end is free towards another.
  const auto other = w.send(inner, query(inside, 1, "192.0.2.54"));
  ASSERT_EQ(other.size(), 1u);
  EXPECT_TRUE(seen.contains(other[0].source_port));
}

TEST(Outbound, ClientsWithOneOwnPortAreToldApart) {
  World w{by(gone_by, "10.10.0.0/16")};  // more clients than blocks: some share one
  const auto first = w.send(inner, query("10.10.0.1", 4000));
  const auto second = w.send(inner, query("10.10.3.241", 4000));  // 1008 addresses on
  ASSERT_EQ(first.size(), 1u);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(first[0].source_port / 64, second[0].source_port / 64) << "they share a block";
  EXPECT_NE(first[0].source_port, second[0].source_port);
}

TEST(Outbound, ABlockThatIsFullRefusesAndSaysSo) {
  World w{by(gone_by, "10.10.0.0/16")};
  std::set<std::uint16_t> seen;
  for (std::uint16_t i = 0; i < nat::smallest_block; ++i) {
    const auto out = w.send(inner, query(inside, static_cast<std::uint16_t>(5000 + i)));
    ASSERT_EQ(out.size(), 1u) << i;
    seen.insert(out[0].source_port);
  }
  EXPECT_EQ(seen.size(), nat::smallest_block);
  EXPECT_EQ(*seen.rbegin() - *seen.begin() + 1u, nat::smallest_block);
  EXPECT_TRUE(w.send(inner, query(inside, 6000)).empty());
  EXPECT_EQ(w.dropped(Drop::flow_limit), 1u);
  EXPECT_EQ(w.fabric->worker(0).counters.reasons.get(stats::Reason::no_source_port), 1u);
  EXPECT_EQ(w.send(inner, query(neighbour, 6000)).size(), 1u) << "its neighbour's is its own";
}

TEST(Outbound, RoutedKeepsTheClientsAddress) {
  World w{by("none")};
  const auto out = w.send(inner, query(inside, 4000));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].source, ip(inside));
  EXPECT_EQ(out[0].source_port, 4000);
}

TEST(Outbound, NothingComesInThatWasNotAskedFor) {
  World w{by(gone_by)};
  ASSERT_EQ(w.send(inner, query(inside, 4000)).size(), 1u);
  for (const std::string& to : {gone_by, inside}) {
    EXPECT_TRUE(w.send(outer, eth().ipv4("192.0.2.99", to).udp(53, 4000)).empty());
    EXPECT_TRUE(w.send(outer, eth().ipv4(far, to).udp(54, 4000)).empty());
    EXPECT_TRUE(w.send(outer, eth().ipv4(far, to).tcp(53, 4000).seq(1).syn()).empty());
  }
  EXPECT_EQ(w.flows(), 1u);
}

TEST(Outbound, APortThatIsNotListedIsReset) {
  World w{by(gone_by)};
  const auto out = w.send(inner, eth().ipv4(inside, far).tcp(4000, 80).seq(7).syn());
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].flags & 0x04, 0x04);
  EXPECT_EQ(out[0].destination, ip(inside));
  EXPECT_EQ(w.left_by, inner);
}

TEST(Outbound, NewRulesThatGiveAnotherAddressEndWhatGoesOutByTheOld) {
  World w{by(gone_by)};
  ASSERT_EQ(w.send(inner, query(inside, 4000)).size(), 1u);
  w.publish(outbound(gone_by));  // the same once more
  ASSERT_EQ(w.send(inner, query(inside, 4000)).size(), 1u);
  w.publish(outbound("198.51.100.10"));
  EXPECT_TRUE(w.send(inner, query(inside, 4000)).empty());
  EXPECT_EQ(w.dropped(Drop::policy_changed), 1u);
}

TEST(SourcePorts, BlocksOfFewClientsAreApartAndHoldEveryPortOnce) {
  std::set<std::uint32_t> ports;
  for (std::uint64_t rank = 0; rank < 254; ++rank) {
    const nat::PortBlock block = nat::block_of(rank, 254);
    EXPECT_GE(block.low, nat::lowest_source_port);
    EXPECT_LE(block.low + block.size, 65536u);
    for (std::uint32_t port = block.low; port < block.low + block.size; ++port)
      ASSERT_TRUE(ports.insert(port).second) << rank;
  }
  EXPECT_GT(ports.size(), 64000u);
}

TEST(SourcePorts, AnOwnPortInTheBlockIsKeptAndAllOthersComeOnce) {
  const nat::PortBlock block = nat::block_of(3, 1000);
  for (const std::uint32_t own : {block.low, block.low + block.size - 1, 7u, 65535u}) {
    std::set<wire::L4Port> tried;
    for (std::uint32_t attempt = 0; attempt < block.size; ++attempt)
      tried.insert(nat::port_in(block, static_cast<wire::L4Port>(own), attempt));
    EXPECT_EQ(tried.size(), block.size);
    EXPECT_EQ(*tried.begin(), block.low);
    EXPECT_EQ(*tried.rbegin(), block.low + block.size - 1);
    if (own >= block.low && own < block.low + block.size) {
      EXPECT_EQ(nat::port_in(block, static_cast<wire::L4Port>(own), 0), own);
    }
  }
}

}  // namespace
}  // namespace rpcgate::tests
