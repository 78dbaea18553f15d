// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include <gtest/gtest.h>

#include "world.hpp"

namespace rpcgate::tests {
namespace {

using stats::Drop;

struct Refused {
  const char* name;
  PacketBuilder packet;
  Drop reason;
  std::size_t port = outer;
};

PacketBuilder syn() {
  return from_client(1024, 88).seq(1).syn();
}

TEST(Parse, MalformedAndUncarriedPacketsAreDroppedUnderTheirOwnName) {
  World w;
  const std::vector<Refused> cases{
      {"arp", eth().ipv4(client, published).tcp(1, 2).ether_type(0x0806), Drop::bad_l2},
      {"vlan", eth().ipv4(client, published).tcp(1, 2).ether_type(0x8100), Drop::bad_l2},
      {"ipv4 called ipv6", syn().ether_type(0x86dd), Drop::bad_ip},
      {"header checksum", syn().wrong_ip_checksum(), Drop::bad_ip},
      {"tiny first fragment", syn().fragment(0x2000), Drop::fragment_malformed},
      {"options", syn().ip_options(FrameBytes(4, std::byte{1})), Drop::ip_options},
      {"sctp", eth().ipv4(client, published).payload("12345678901234567890").protocol(132),
       Drop::unsupported_protocol},
      {"echo", eth().ipv4(client, published).icmp_echo(), Drop::unsupported_protocol},
      {"extension headers", eth().ipv6(client6, server6).tcp(1, 88).syn().protocol(60),
       Drop::ip_options},
      {"ipv6 fragment of a header", eth().ipv6(client6, server6).payload("").protocol(44),
       Drop::bad_ip},
      {"mapped address", eth().ipv6("::ffff:192.0.2.7", server6).tcp(1, 88).syn(),
       Drop::bad_ip},  // the builder writes four octets: too short
      {"syn and fin", from_client(1024, 88).flags(0x03), Drop::bad_l4},
      {"syn and rst", from_client(1024, 88).flags(0x06), Drop::bad_l4},
      {"no flag", from_client(1024, 88).flags(0), Drop::bad_l4},
      {"another's frame", syn().ether({{2, 0, 0, 0, 0, 77}}, {{2, 0, 0, 0, 0, 2}}), Drop::not_ours},
      {"inner source outside", eth().ipv4(server, published).tcp(1, 88).syn(),
       Drop::spoofed_source},
      {"outer source inside", eth().ipv4(client, server).tcp(88, 1024).ack(1), Drop::spoofed_source,
       inner},
      {"loopback source", eth().ipv4("127.0.0.1", published).tcp(1, 88).syn(),
       Drop::spoofed_source},
      {"multicast source", eth().ipv4("224.0.0.1", published).tcp(1, 88).syn(),
       Drop::spoofed_source},
      {"unknown ipv6 source", eth().ipv6("2001:db8:ffff::1", server6).tcp(1, 88).syn(),
       Drop::spoofed_source}};
  for (const Refused& c : cases) {
    const auto before = w.dropped(c.reason);
    EXPECT_TRUE(w.send(c.port, c.packet).empty()) << c.name;
    EXPECT_EQ(w.dropped(c.reason), before + 1) << c.name;
  }
  EXPECT_EQ(w.all_drops(), cases.size());
  EXPECT_EQ(w.flows(), 0u);
}

TEST(Parse, AFrameCutShortAtAnyByteIsDropped) {
  World w;
  for (const PacketBuilder& packet : {syn(), eth().ipv6(client6, server6).tcp(1024, 88).syn(),
                                      eth().ipv4(client, published).udp(1024, 88).payload("x")}) {
    const FrameBytes whole = packet.bytes();
    for (std::size_t size = 1; size < whole.size(); ++size) {
      const FrameBytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_TRUE(w.send(outer, part).empty()) << size;
    }
  }
  EXPECT_EQ(w.flows(), 0u);
}

TEST(Parse, AnIcmpErrorCutShortAtAnyByteIsDropped) {
  World w;
  w.establish(1024, 88);
  const FrameBytes quoted = eth().ipv4(published, client).tcp(88, 1024).bytes();
  for (std::size_t size = 0; size < 28; ++size)
    EXPECT_TRUE(
        w.send(
             outer,
             eth().ipv4("192.0.2.254", published).icmp_error(3, 4, Bytes{quoted}.subspan(14, size)))
            .empty())
        << size;
}

TEST(Parse, PaddingBehindTheIpPacketDoesNotTravel) {
  World w;
  const auto out = w.send(outer, syn().padding(6));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_TRUE(out[0].l4_checksum_right);
  EXPECT_EQ(out[0].payload, "");
}

TEST(Parse, TcpOptionsAreKept) {
  World w;
  const FrameBytes mss{std::byte{2}, std::byte{4}, std::byte{5}, std::byte{0xb4}};
  const auto out = w.send(outer, syn().tcp_options(mss));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].tcp_options, mss);
}

}  // namespace
}  // namespace rpcgate::tests
