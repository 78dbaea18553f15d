// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The stream stage in the pipeline: chains of packet buffers, windows, paths, and what a client's
// connections may keep.
#include <numeric>

#include <gtest/gtest.h>

#include "rpc_builder.hpp"
#include "world.hpp"

namespace rpcgate::tests {
namespace {

using stats::Counter;
using stats::Drop;
using stats::Reason;
using test::Octets;

constexpr std::uint16_t mapper = 135;

Octets map_bind(std::size_t token = 0) {
  std::optional<test::Trailer> trailer;
  if (token != 0) trailer = test::Trailer{16, 2, 0, Octets(token, std::byte{1}), 0};
  return test::bind({}, {{0, test::epmapper}}, trailer);
}
Octets part(const Octets& of, std::size_t from, std::size_t size) {
  return {of.begin() + static_cast<std::ptrdiff_t>(from),
          of.begin() + static_cast<std::ptrdiff_t>(from + size)};
}
std::string text(const Octets& octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}
PacketBuilder said(std::uint32_t seq, const Octets& bytes, std::uint16_t port = 1024) {
  return from_client(port, mapper).seq(seq).ack(5001).payload(Bytes{bytes});
}
PacketBuilder acknowledged(std::uint32_t ack, std::uint16_t window = 64240) {
  return from_server(mapper, 1024).seq(5001).ack(ack).window(window);
}

TEST(Stream, APduInAnyPiecesOfAChainLeavesWhole) {
  const Octets bind = map_bind();
  const FrameBytes frame = said(1001, bind).bytes();
  for (std::size_t cut = 60; cut + 7 < frame.size(); cut += 3) {
    World w;
    w.establish(1024, mapper);
    w.feed_chain(outer, frame, {cut, 5, 1});
    const auto out = w.run();
    ASSERT_EQ(out.size(), 1u) << cut;
    EXPECT_EQ(out[0].payload, text(bind));
    EXPECT_TRUE(out[0].l4_checksum_right);
    EXPECT_EQ(w.counted(Counter::acks_sent), 0u);
  }
}

TEST(Stream, AForbiddenElementIsPoisonedAcrossPieces) {
  const Octets bind = test::bind({}, {{0, test::epmapper}, {1, test::winreg}});
  const FrameBytes frame = said(1001, bind).bytes();
  const std::size_t uuid = 28 + 44 + 4;  // of the second element's abstract syntax
  WorldOptions options;
  const std::string any = R"(interfaces = ["any"])";
  options.config.replace(options.config.find(any), any.size(), R"(interfaces = ["samr"])");
  for (std::size_t cut = 0; cut <= 16; ++cut) {
    World w(options);
    w.establish(1024, mapper);
    w.feed_chain(outer, frame, {frame.size() - bind.size() + uuid + cut});
    const auto out = w.run();
    ASSERT_EQ(out.size(), 1u) << cut;
    std::string expected = text(bind);
    std::fill_n(expected.begin() + uuid, 16, '\xff');
    EXPECT_EQ(out[0].payload, expected) << cut;
    EXPECT_TRUE(out[0].l4_checksum_right);
  }
}

// A server with the usual window takes a bind that is larger than it.
TEST(Stream, ABindLargerThanTheReceiversWindowComesThrough) {
  World w;
  w.establish(1024, mapper);
  const Octets bind = map_bind(65000);
  std::string arrived;
  std::uint32_t edge = 1001 + 64240, sent = 0;
  for (int turn = 0; turn < 200 && arrived.size() < bind.size(); ++turn) {
    const std::uint32_t room = edge - 1001 - sent;
    const std::size_t size = std::min<std::size_t>({1460, bind.size() - sent, room});
    std::vector<SeenPacket> out;
    if (size != 0) out = w.send(outer, said(1001 + sent, part(bind, sent, size)));
    sent += static_cast<std::uint32_t>(size);
    for (const SeenPacket& p : out) {
      if (p.destination != ip(server)) continue;
      ASSERT_EQ(p.seq, 1001 + arrived.size());
      arrived += p.payload;
    }
    edge = 1001 + static_cast<std::uint32_t>(arrived.size()) + 64240;
    w.send(inner, acknowledged(1001 + static_cast<std::uint32_t>(arrived.size())));
  }
  EXPECT_EQ(arrived.size(), bind.size());
  EXPECT_EQ(arrived, text(bind));
}

TEST(Stream, WhatTheGatewaySendsItselfObeysThePath) {
  World w;
  w.establish(1024, mapper);
  const Octets bind = map_bind(3000);
  w.send(outer, said(1001, part(bind, 0, 1400)));
  w.send(outer, said(2401, part(bind, 1400, 1400)));
  const auto out = w.send(outer, said(3801, part(bind, 2800, bind.size() - 2800)));
  std::string left;
  for (const SeenPacket& p : out)
    if (p.destination == ip(server)) left += p.payload;
  ASSERT_EQ(left, text(bind));
  // A router between here and the server carries 700 bytes.
  const FrameBytes quoted =
      eth().ipv4(client, server).tcp(1024, mapper).seq(1001).ack(5001).bytes();
  const auto after = w.send(
      inner, eth().ipv4("10.10.0.99", client).icmp_error(3, 4, Bytes{quoted}.subspan(14), 700));
  bool told = false;
  std::size_t largest = 0;
  for (const SeenPacket& p : after) {
    told = told || p.destination == ip(client);
    if (p.destination == ip(server)) largest = std::max(largest, p.payload.size());
  }
  EXPECT_TRUE(told) << "the message goes on to the client";
  EXPECT_GT(largest, 0u);
  EXPECT_LE(largest, 660u);
}

TEST(Stream, AClientsConnectionsMayKeepSoMuchAndNoMore) {
  WorldOptions options;
  options.config =
      "[limits]\nstream-memory-per-client = 262144\nheld-bytes = 131072\n" + config_text();
  World w(options);
  for (std::uint16_t port = 2000; port < 2006; ++port) {
    w.establish(port, mapper);
    for (std::size_t at = 0; at + 1400 < 16000; at += 1400)  // below what is read apart
      w.send(outer,
             said(1001 + static_cast<std::uint32_t>(at), part(map_bind(16000), at, 1400), port));
    for (int gap = 0; gap < 40; ++gap)
      w.send(outer, said(30000 + 900 * static_cast<std::uint32_t>(gap), Octets(800), port));
  }
  // Out of order nothing is held above three quarters.
  EXPECT_GT(w.dropped(Drop::stream_out_of_order), 0u);
  // Another client is not concerned.
  w.establish(1024, mapper, other_client);
  const auto out = w.send(
      outer,
      from_client(1024, mapper, other_client).seq(1001).ack(5001).payload(Bytes{map_bind()}));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].payload, text(map_bind()));
}

TEST(Stream, TheClientThatKeepsTooMuchLosesTheConnectionThatWantsMore) {
  WorldOptions options;
  options.config = "[limits]\nstream-memory-per-client = 262144\n" + config_text();
  World w(options);
  const Octets bind = map_bind(16000);  // held whole
  std::size_t reset = 0;
  for (std::uint16_t port = 2000; port < 2024 && reset == 0; ++port) {
    w.establish(port, mapper);
    for (std::size_t at = 0; at + 1400 < bind.size(); at += 1400)
      w.send(outer, said(1001 + static_cast<std::uint32_t>(at), part(bind, at, 1400), port));
    for (const event::Event& e : w.events())
      if (e.kind == event::Kind::connection_reset) {
        EXPECT_EQ(e.reason, Reason::client_memory);
        EXPECT_EQ(e.client_port, port);
        ++reset;
      }
  }
  EXPECT_EQ(reset, 1u);
}

TEST(Stream, AProbeOfAnEndWithBytesInCustodyAsksAboutWhatItReallyHas) {
  WorldOptions options;
  options.probing = true;
  World w(options);
  w.establish(1024, mapper);
  w.send(inner, acknowledged(1001));
  w.send(outer, said(1001, part(map_bind(), 0, 20)));  // in custody: not whole
  bool probed = false;
  for (int s = 0; s < 30 && !probed; ++s) {
    // The client goes on byte by byte, so that the connection is not stalled.
    w.send(outer, said(1021 + static_cast<std::uint32_t>(s), Octets(1)));
    for (const SeenPacket& p : w.after(seconds{1}))
      if (p.destination == ip(server) && p.payload.empty()) {
        EXPECT_EQ(p.seq, 1000u);
        probed = true;
      }
  }
  EXPECT_TRUE(probed);
}

}  // namespace
}  // namespace rpcgate::tests
