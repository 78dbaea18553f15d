// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
// Every translated packet is compared with what a full recomputation of its checksums gives.
#include "nat/rewrite.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "dice.hpp"
#include "wire/be.hpp"
#include "wire/checksum.hpp"

namespace rpcgate::nat {
namespace {

using flow::FlowImage;
using flow::FlowKey;
using wire::IpAddress;
using wire::Protocol;
using enum flow::Direction;

constexpr auto tcp = static_cast<std::uint8_t>(Protocol::tcp);
constexpr auto udp = static_cast<std::uint8_t>(Protocol::udp);

using Packet = std::vector<std::byte>;

// A flow as a table keeps it.
class Known {
 public:
  explicit Known(const FlowImage& image)
      : record_(flow::record_of(image)), addresses_(flow::addresses_of(image)) {}
  flow::Flow flow() { return {0, record_, details_, addresses_}; }

 private:
  flow::FlowRecord record_;
  flow::FlowDetails details_;
  flow::FlowAddresses addresses_;
};
FlowKey leaving(const FlowImage& image, flow::Direction d) {
  return reversed(image.key(opposite(d)));
}

void put8(Packet& p, std::size_t at, std::uint8_t value) {
  p[at] = std::byte{value};
}
void put16(Packet& p, std::size_t at, std::uint16_t value) {
  const auto raw = wire::Be16::from_host(value).raw();
  std::memcpy(p.data() + at, &raw, 2);
}
std::uint16_t get16(const Packet& p, std::size_t at) {
  std::uint16_t raw;
  std::memcpy(&raw, p.data() + at, 2);
  return wire::Be16::from_raw(raw).host();
}
void put_sum(Packet& p, std::size_t at, std::uint16_t raw) {
  std::memcpy(p.data() + at, &raw, 2);
}

std::size_t l4_of(const Packet& p) {
  return std::to_integer<unsigned>(p[0]) >> 4 == 4 ? (std::to_integer<unsigned>(p[0]) & 15) * 4
                                                   : 40;
}
std::size_t checksum_at(std::uint8_t protocol) {
  return protocol == udp ? 6 : 16;
}

// An IP header in front of `l4`, with right checksums everywhere. `header`: of IPv4, with options.
Packet ip_packet(IpAddress source, IpAddress destination, std::uint8_t protocol, const Packet& l4,
                 std::size_t header = 20) {
  const bool v4 = source.is_v4();
  if (!v4) header = 40;
  Packet p(header);
  if (v4) {
    put8(p, 0, static_cast<std::uint8_t>(0x40 | header / 4));
    put16(p, 2, static_cast<std::uint16_t>(header + l4.size()));
    put8(p, 8, 64);
    put8(p, 9, protocol);
    std::memcpy(p.data() + 12, source.v4_octets(), 4);
    std::memcpy(p.data() + 16, destination.v4_octets(), 4);
    wire::ChecksumSum sum;
    sum.add(p);
    put_sum(p, 10, sum.checksum());
  } else {
    put8(p, 0, 0x60);
    put16(p, 4, static_cast<std::uint16_t>(l4.size()));
    put8(p, 6, protocol);
    put8(p, 7, 64);
    std::memcpy(p.data() + 8, source.octets().data(), 16);
    std::memcpy(p.data() + 24, destination.octets().data(), 16);
  }
  p.insert(p.end(), l4.begin(), l4.end());
  return p;
}

std::uint16_t transport_checksum(IpAddress source, IpAddress destination, std::uint8_t protocol,
                                 const Packet& l4) {
  wire::ChecksumSum sum;
  wire::add_pseudo_header(sum, source, destination, static_cast<Protocol>(protocol),
                          static_cast<std::uint32_t>(l4.size()));
  sum.add(l4);
  return sum.checksum();
}

// What a packet with this key looks like.
Packet packet_of(const FlowKey& key, const Packet& payload) {
  Packet l4(key.protocol == udp ? 8 : 20);
  put16(l4, 0, key.source_port);
  put16(l4, 2, key.destination_port);
  if (key.protocol == udp)
    put16(l4, 4, static_cast<std::uint16_t>(8 + payload.size()));
  else
    put8(l4, 12, 0x50);
  l4.insert(l4.end(), payload.begin(), payload.end());
  std::uint16_t sum = transport_checksum(key.source, key.destination, key.protocol, l4);
  if (key.protocol == udp && sum == 0) sum = 0xffff;
  put_sum(l4, checksum_at(key.protocol), sum);
  return ip_packet(key.source, key.destination, key.protocol, l4);
}

Packet random_bytes(tests::Dice& dice, std::size_t size) {
  Packet p(size);
  for (std::byte& b : p) b = static_cast<std::byte>(dice.below(256));
  return p;
}
IpAddress random_address(tests::Dice& dice, bool v4) {
  const Packet octets = random_bytes(dice, 16);
  // Not one that would be IPv4 in disguise.
  return v4 ? IpAddress::from_v4_octets(octets.data()) : IpAddress::from_v6_octets([&] {
    static Packet o;
    o = octets;
    o[0] = std::byte{0x20};
    return o.data();
  }());
}
wire::L4Port random_port(tests::Dice& dice) {
  return static_cast<wire::L4Port>(dice.below(65536));
}

// Published, source-translated, both (hairpin), or neither.
FlowImage random_flow(tests::Dice& dice) {
  const bool v4 = !dice.one_in(3);
  FlowImage r;
  r.from_client = {random_address(dice, v4), random_address(dice, v4),   random_port(dice),
                   random_port(dice),        dice.one_in(3) ? udp : tcp, {}};
  r.from_server = flow::reversed(r.from_client);
  if (dice.one_in(2)) r.from_server.source = random_address(dice, v4);
  if (dice.one_in(2)) r.from_server.source_port = random_port(dice);
  if (dice.one_in(3)) r.from_server.destination = random_address(dice, v4);
  if (dice.one_in(3)) r.from_server.destination_port = random_port(dice);
  prepare(r);
  return r;
}

TEST(Rewrite, ATranslatedPacketEqualsOneThatWasBuiltThatWay) {
  tests::Dice dice{20};
  SCOPED_TRACE(dice.seed());
  for (int round = 0; round < 20000; ++round) {
    const FlowImage r = random_flow(dice);
    const Packet payload = random_bytes(dice, dice.below(40));
    for (const flow::Direction d : {from_client, from_server}) {
      Packet p = packet_of(r.key(d), payload);
      Packet once = p;
      apply(r, d, once.data(), once.data() + l4_of(p));
      apply(Known(r).flow(), d, p.data(), p.data() + l4_of(p));
      ASSERT_EQ(p, once);
      ASSERT_EQ(p, packet_of(leaving(r, d), payload)) << "round " << round;
    }
  }
}

TEST(Rewrite, BothDirectionsUndoEachOther) {
  tests::Dice dice{21};
  SCOPED_TRACE(dice.seed());
  for (int round = 0; round < 2000; ++round) {
    const FlowImage r = random_flow(dice);
    // An echo: what the server received, sent back, arrives as if the dialled address had sent it.
    EXPECT_EQ(leaving(r, from_server), flow::reversed(r.from_client));
    EXPECT_EQ(leaving(r, from_client), flow::reversed(r.from_server));
  }
}

TEST(Rewrite, ARoutedFlowIsNotTouched) {
  FlowImage r;
  r.from_client = {IpAddress::from_v4(1), IpAddress::from_v4(2), 3, 4, tcp, {}};
  r.from_server = flow::reversed(r.from_client);
  r.set(flow::FlowFlag::translated);
  prepare(r);
  EXPECT_FALSE(r.has(flow::FlowFlag::translated));
  Packet p = packet_of({IpAddress::from_v4(8), IpAddress::from_v4(9), 1, 1, tcp, {}}, {});
  const Packet before = p;
  apply(r, from_client, p.data(), p.data() + 20);
  EXPECT_EQ(p, before);
}

// RFC 768.
TEST(Rewrite, AUdpPacketWithoutChecksumStaysWithoutOverIPv4) {
  FlowImage r;
  r.from_client = {IpAddress::from_v4(1), IpAddress::from_v4(2), 3, 4, udp, {}};
  r.from_server = {IpAddress::from_v4(0x0a000001), IpAddress::from_v4(1), 9, 3, udp, {}};
  prepare(r);
  Packet p = packet_of(r.from_client, Packet(10));
  put_sum(p, 26, 0);
  apply(r, from_client, p.data(), p.data() + 20);
  EXPECT_EQ(get16(p, 26), 0);
  EXPECT_EQ(get16(p, 22), 9);
}

TEST(Rewrite, AUdpChecksumThatBecomesZeroIsSentAsAllOnes) {
  FlowImage r;
  r.from_client = {IpAddress::from_v4(1), IpAddress::from_v4(2), 3, 4, udp, {}};
  r.from_server = {IpAddress::from_v4(0x0a000001), IpAddress::from_v4(1), 9, 3, udp, {}};
  prepare(r);
  // A payload word that makes the sum of the translated packet come out as zero.
  Packet payload(2);
  for (std::uint32_t word = 0; word < 65536; ++word) {
    put16(payload, 0, static_cast<std::uint16_t>(word));
    if (get16(packet_of(leaving(r, from_client), payload), 26) == 0xffff) break;
  }
  Packet p = packet_of(r.from_client, payload);
  apply(r, from_client, p.data(), p.data() + 20);
  EXPECT_EQ(get16(p, 26), 0xffff);
}

// --- ICMP
// ------------------------------------------------------------------------------------------

// An error of `from` to whoever sent `quoted`, quoting its first bytes.
Packet error_about(const Packet& quoted, IpAddress from, std::size_t quote_size, std::uint8_t type,
                   std::size_t header = 20) {
  const bool v4 = from.is_v4();
  Packet icmp(8);
  put8(icmp, 0, type);
  put8(icmp, 1, 4);
  put16(icmp, 6, 1400);
  icmp.insert(icmp.end(), quoted.begin(),
              quoted.begin() + static_cast<std::ptrdiff_t>(std::min(quote_size, quoted.size())));
  IpAddress to = v4 ? IpAddress::from_v4_octets(quoted.data() + 12)
                    : IpAddress::from_v6_octets(quoted.data() + 8);
  if (v4) {
    wire::ChecksumSum sum;
    sum.add(icmp);
    put_sum(icmp, 2, sum.checksum());
    return ip_packet(from, to, 1, icmp, header);
  }
  put_sum(icmp, 2, transport_checksum(from, to, 58, icmp));
  return ip_packet(from, to, 58, icmp);
}

std::uint8_t an_error(tests::Dice& dice, bool v4) {
  constexpr std::uint8_t of_v4[] = {3, 11, 12}, of_v6[] = {1, 2, 3, 4};
  return v4 ? of_v4[dice.below(3)] : of_v6[dice.below(4)];
}

TEST(IcmpError, ATranslatedErrorEqualsOneAboutThePacketAsItsSenderSentIt) {
  tests::Dice dice{22};
  SCOPED_TRACE(dice.seed());
  for (int round = 0; round < 20000; ++round) {
    const FlowImage r = random_flow(dice);
    const bool v4 = r.from_client.source.is_v4();
    const flow::Direction d = dice.one_in(2) ? from_client : from_server;
    const Packet payload = random_bytes(dice, dice.below(60));
    const std::uint8_t type = an_error(dice, v4);
    const std::size_t header = v4 ? 20 + 4 * dice.below(3) : 40;
    // From the 8 bytes of RFC 792 to the whole packet, but not half of the quoted checksum.
    std::size_t quote = (v4 ? 20 : 40) + 8 + dice.below(90);
    if (r.from_client.protocol == tcp && quote == (v4 ? 20u : 40u) + 17) ++quote;
    const IpAddress router = random_address(dice, v4);
    const bool hides = leaving(r, d).destination != r.key(d).destination;
    Packet p = error_about(packet_of(leaving(r, d), payload), router, quote, type, header);
    ASSERT_TRUE(translate_error(Known(r).flow(), d, p));
    ASSERT_EQ(p, error_about(packet_of(r.key(d), payload), hides ? r.key(d).destination : router,
                             quote, type, header))
        << "round " << round;
  }
}

TEST(IcmpError, OfARoutedFlowPassesUnchanged) {
  FlowImage r;
  r.from_client = {IpAddress::from_v4(1), IpAddress::from_v4(2), 3, 4, tcp, {}};
  r.from_server = flow::reversed(r.from_client);
  prepare(r);
  Packet p = error_about(packet_of(r.from_client, {}), IpAddress::from_v4(7), 28, 3);
  const Packet before = p;
  EXPECT_TRUE(translate_error(Known(r).flow(), from_client, p));
  EXPECT_EQ(p, before);
}

TEST(IcmpError, AnythingElseIsRefusedAndUntouched) {
  tests::Dice dice{23};
  SCOPED_TRACE(dice.seed());
  for (int round = 0; round < 300; ++round) {
    const FlowImage r = random_flow(dice);
    const bool v4 = r.from_client.source.is_v4();
    const Packet quoted = packet_of(leaving(r, from_client), random_bytes(dice, 20));
    const IpAddress router = random_address(dice, v4);
    const std::uint8_t type = an_error(dice, v4);
    const auto refused = [&](Packet p) {
      const Packet before = p;
      EXPECT_FALSE(translate_error(Known(r).flow(), from_client, p));
      EXPECT_EQ(p, before);
    };
    refused(error_about(quoted, router, 200, v4 ? 8 : 128));  // an echo request
    const Packet good = error_about(quoted, router, 200, type);
    for (const std::size_t at :
         {l4_of(good) + 8 + (v4 ? 9 : 6), l4_of(good) + 8 + l4_of(quoted),
          l4_of(good) + 8 + l4_of(quoted) + 3, l4_of(good) + 8 + (v4 ? 12 : 8)}) {
      Packet other = good;
      other[at] ^= std::byte{1};
      refused(other);
    }
    refused(packet_of(r.from_client, Packet(60)));
    Packet mixed = good;
    mixed[l4_of(good) + 8] = v4 ? std::byte{0x60} : std::byte{0x45};
    refused(mixed);
  }
}

TEST(IcmpError, CutShortAtAnyByteItIsEitherRefusedOrTranslatedWithinBounds) {
  tests::Dice dice{24};
  SCOPED_TRACE(dice.seed());
  for (int round = 0; round < 20; ++round) {
    const FlowImage r = random_flow(dice);
    const bool v4 = r.from_client.source.is_v4();
    const Packet quoted = packet_of(leaving(r, from_client), random_bytes(dice, 20));
    const Packet whole = error_about(quoted, random_address(dice, v4), 200, v4 ? 3 : 1);
    const std::size_t least = l4_of(whole) + 8 + l4_of(quoted) + 4;
    for (std::size_t size = 0; size < whole.size(); ++size) {
      Packet p{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)};
      p.shrink_to_fit();  // ASan sees every byte behind
      EXPECT_EQ(translate_error(Known(r).flow(), from_client, p), size >= least) << size;
    }
  }
}

}  // namespace
}  // namespace rpcgate::nat
