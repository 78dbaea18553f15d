// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// IP fragments through the pipeline: put together and judged; what overlaps does not pass, and what
// waits is bounded.
#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include <rte_mbuf.h>

#include "fragment_world.hpp"
#include "rpc_builder.hpp"

namespace rpcgate::tests {
namespace {

using stats::Counter;
using stats::Drop;

PacketBuilder datagram(const std::string& text) {
  return eth().ipv4(client, published).udp(1024, 88).payload(text);
}

TEST(Fragments, InAnyCutsAndOrderTheDatagramArrives) {
  std::mt19937 random{1};
  for (unsigned round = 0; round < 300; ++round) {
    World w(world_for_fragments());
    const Flavour flavour{(round & 1) != 0, (round & 2) != 0};
    flavour.establish(w);
    const std::string text = text_of(60 + random() % 1100);
    const FrameBytes whole = flavour.packet(text);
    auto frames = fragments_of(whole, random_lengths(body_of(whole), 20, random));
    std::shuffle(frames.begin(), frames.end(), random);
    const auto out = send_all(w, frames);
    ASSERT_EQ(out.size(), 1u) << "round " << round;
    ASSERT_FALSE(is_fragment(w.frames_out[0]));
    EXPECT_EQ(out[0].payload, text);
    EXPECT_EQ(out[0].source_port, 1024);
    EXPECT_EQ(out[0].destination_port, 88);
    EXPECT_TRUE(out[0].l4_checksum_right && out[0].ip_checksum_right);
    EXPECT_EQ(w.counted(Counter::datagrams_reassembled), 1u);
    EXPECT_EQ(w.all_drops(), 0u);
  }
}

TEST(Fragments, OfAServerArriveToo) {
  World w(world_for_fragments());
  w.send(outer, datagram("hello"));
  const std::string text = text_of(900);
  const FrameBytes whole = eth().ipv4(server, client).udp(88, 1024).payload(text).bytes();
  std::vector<SeenPacket> out;
  for (const FrameBytes& frame : fragments_of(whole, {400, 200}))
    for (SeenPacket& packet : w.send(inner, frame)) out.push_back(std::move(packet));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].source, ip(published));
  EXPECT_EQ(out[0].payload, text);
  EXPECT_TRUE(out[0].l4_checksum_right && out[0].ip_checksum_right);
}

TEST(Fragments, PaddingIsNoPartOfThem) {
  World w;
  auto frames = fragments_of(datagram(text_of(60)).bytes(), {40, 16});
  for (FrameBytes& frame : frames) frame.resize(std::max<std::size_t>(frame.size(), 60));
  const auto out = send_all(w, frames);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].payload, text_of(60));
  EXPECT_TRUE(out[0].l4_checksum_right);
}

TEST(Fragments, AreReadByReplayToo) {
  WorldOptions options;
  options.lenient = true;
  World w(options);
  const auto out = send_all(w, fragments_of(datagram(text_of(2000)).bytes(), {1000, 504}));
  ASSERT_EQ(out.size(), 1u) << "whole, whatever the MTU";
  EXPECT_EQ(out[0].payload, text_of(2000));
}

TEST(Fragments, OneThatIsTheWholeStandsAlone) {
  World w(world_for_fragments());
  const FrameBytes whole = Flavour{true, false}.packet(text_of(100));
  // Others of its name wait, and are not concerned (RFC 6946).
  const FrameBytes others = Flavour{true, false}.packet(text_of(200));
  w.send(outer, fragment_of(others, {0, 64, true}, 7));
  const auto out = w.send(outer, fragment_of(whole, {0, body_of(whole), false}, 7));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_FALSE(is_fragment(w.frames_out[0]));
  EXPECT_EQ(out[0].payload, text_of(100));
  EXPECT_EQ(w.send(outer, fragment_of(others, {64, body_of(others) - 64, false}, 7)).size(), 1u);
  EXPECT_EQ(w.all_drops(), 0u);
}

TEST(Fragments, OfOtherProtocolsDoNotWait) {
  World w;
  const FrameBytes quoted = eth().ipv4(published, client).tcp(88, 1024).bytes();
  const FrameBytes error =
      eth().ipv4(client, published).icmp_error(3, 4, Bytes{quoted}.subspan(14), 1400).bytes();
  for (const FrameBytes& frame : fragments_of(error, {40})) w.send(outer, frame);
  EXPECT_EQ(w.dropped(Drop::unsupported_protocol), 2u);
  FrameBytes more_headers =
      fragment_of(Flavour{true, false}.packet(text_of(100)), {0, 64, true}, 7);
  more_headers[ethernet + 40] = std::byte{60};
  w.send(outer, more_headers);
  EXPECT_EQ(w.dropped(Drop::ip_options), 1u);
  EXPECT_EQ(w.all_drops(), 3u);
}

TEST(Fragments, ARepetitionIsDroppedAndTheDatagramArrives) {
  World w;
  auto frames = fragments_of(datagram(text_of(200)).bytes(), {64, 64});
  frames.insert(frames.begin() + 1, frames[0]);
  EXPECT_EQ(send_all(w, frames).size(), 1u);
  EXPECT_EQ(w.dropped(Drop::fragment_duplicate), 1u);
}

TEST(Fragments, AnyOverlapEndsTheDatagramForGood) {
  const FrameBytes whole = datagram(text_of(200)).bytes();
  const std::vector<Cut> overlaps{
      {56, 16, true}, {8, 64, true}, {0, 72, true}, {64, 56, true}, {120, 24, true}};
  for (const Cut& cut : overlaps) {
    World w;
    w.send(outer, fragment_of(whole, {0, 64, true}, 7));
    w.send(outer, fragment_of(whole, {64, 64, true}, 7));
    w.send(outer, fragment_of(whole, cut, 7));
    EXPECT_EQ(w.dropped(Drop::fragment_overlap), 3u) << cut.offset;
    // What would make it whole comes again: nothing is combined.
    EXPECT_TRUE(send_all(w, fragments_of(whole, {64, 64})).empty());
    // Another datagram is not concerned.
    EXPECT_EQ(send_all(w, fragments_of(whole, {64, 64}, 8)).size(), 1u);
    w.after(seconds{16});
    EXPECT_EQ(send_all(w, fragments_of(whole, {64, 64})).size(), 1u) << "its name is free again";
  }
}

TEST(Fragments, WhatCannotBeIsDropped) {
  const FrameBytes whole = datagram(text_of(1200)).bytes();
  const auto dropped = [&](const std::vector<Cut>& cuts) {
    World w;
    for (const Cut& cut : cuts) w.send(outer, fragment_of(whole, cut, 7));
    for (const Drop reason : {Drop::fragment_tiny, Drop::fragment_malformed})
      if (w.dropped(reason) != 0) return reason;
    return Drop::internal;
  };
  EXPECT_EQ(dropped({{0, 32, true}}), Drop::fragment_tiny);
  EXPECT_EQ(dropped({{0, 61, true}}), Drop::fragment_malformed);
  EXPECT_EQ(dropped({{64, 64, false}, {128, 8, true}}), Drop::fragment_malformed);
  EXPECT_EQ(dropped({{128, 64, true}, {64, 64, false}}), Drop::fragment_malformed);
  EXPECT_EQ(dropped({{64, 64, false}, {128, 64, false}}), Drop::fragment_malformed);
  FrameBytes beyond = fragment_of(whole, {0, 64, true}, 7);
  put16(beyond, ethernet + 6, 0x1fff);
  set_v4_checksum(beyond);
  World w;
  w.send(outer, beyond);
  EXPECT_EQ(w.dropped(Drop::fragment_malformed), 1u);
}

TEST(Fragments, WhatDoesNotBecomeWholeIsGivenUpInTime) {
  World w;
  w.send(outer, fragment_of(datagram(text_of(200)).bytes(), {0, 64, true}, 7));
  w.after(seconds{14});
  EXPECT_EQ(w.dropped(Drop::fragment_timeout), 0u);
  w.after(seconds{2});
  EXPECT_EQ(w.dropped(Drop::fragment_timeout), 1u);
}

TEST(Fragments, OfSeveralWorkersMeetAtTheirOwner) {
  for (unsigned last = 1; last < 9; ++last) {
    WorldOptions options;
    options.workers = 2;
    options.queues = 2;
    World w(options);
    const std::string from = "192.0.2." + std::to_string(last);
    const auto frames = fragments_of(
        eth().ipv4(from, published).udp(1024, 88).payload(text_of(200)).bytes(), {64, 64});
    std::size_t left = 0;
    for (std::size_t i = 0; i < frames.size(); ++i)
      left += w.send(outer, frames[i], static_cast<unsigned>(i % 2)).size();
    EXPECT_EQ(left, 1u) << from;
  }
}

TEST(Fragments, ABindInFragmentsIsJudged) {
  WorldOptions options;
  const std::string any = R"(interfaces = ["any"])";
  options.config.replace(options.config.find(any), any.size(), R"(interfaces = ["samr"])");
  for (const std::size_t first : {40u, 80u, 96u, 104u}) {
    World w(options);
    w.establish(1024, 135);
    const test::Octets bind = test::bind({}, {{0, test::epmapper}, {1, test::winreg}});
    const FrameBytes whole =
        from_client(1024, 135).seq(1001).ack(5001).payload(Bytes{bind}).bytes();
    const auto out = send_all(w, fragments_of(whole, {first}));
    ASSERT_EQ(out.size(), 1u);
    std::string expected(reinterpret_cast<const char*>(bind.data()), bind.size());
    std::fill_n(expected.begin() + 76, 16, '\xff');
    EXPECT_EQ(out[0].payload, expected);
    EXPECT_TRUE(out[0].l4_checksum_right);
  }
}

TEST(Fragments, WhatTheNicSaysOfOneIsNotBelieved) {
  World w;
  w.establish(1024, 135);
  const test::Octets bind = test::bind({}, {{0, test::epmapper}});
  const FrameBytes whole =
      from_client(1024, 135).seq(1001).ack(5001).payload(Bytes{bind}).wrong_l4_checksum().bytes();
  for (const FrameBytes& frame : fragments_of(whole, {48})) {
    rte_mbuf* mbuf = w.make(frame);
    mbuf->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_GOOD;
    w.feed(outer, mbuf);
  }
  EXPECT_TRUE(w.run().empty());
  EXPECT_EQ(w.dropped(Drop::bad_l4_checksum), 1u);
}

}  // namespace
}  // namespace rpcgate::tests
