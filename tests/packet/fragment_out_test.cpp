// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What came in fragments and does not fit leaves in fragments again, which are the same packet.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "fragment_world.hpp"

namespace rpcgate::tests {
namespace {

using stats::Counter;
using stats::Drop;

std::vector<std::size_t> evenly(const FrameBytes& whole, std::size_t length) {
  return std::vector<std::size_t>((body_of(whole) - 1) / length, length);
}

// Whether these frames are one packet with this payload, none of them larger than `most`.
void expect_packet(const std::vector<FrameBytes>& frames, std::size_t most,
                   const std::string& text) {
  for (const FrameBytes& frame : frames) {
    EXPECT_LE(frame.size() - ethernet, most);
    EXPECT_TRUE(is_v6(frame) || seen(frame).ip_checksum_right);
  }
  const auto whole = put_together(frames);
  ASSERT_EQ(whole.size(), 1u);
  const SeenPacket packet = seen(whole[0]);
  EXPECT_EQ(packet.payload, text);
  EXPECT_EQ(packet.source_port, 1024);
  EXPECT_EQ(packet.destination_port, 88);
  EXPECT_TRUE(packet.l4_checksum_right);
}

TEST(FragmentOut, WhateverItsCutsAndSizeTheSamePacketArrives) {
  std::mt19937 random{2};
  for (unsigned round = 0; round < 200; ++round) {
    WorldOptions options = world_for_fragments();
    const std::uint16_t mtus[] = {576, 1000, 1280, 1500};
    options.mtu = mtus[random() % 4];
    World w(options);
    const Flavour flavour{(round & 1) != 0, (round & 2) != 0};
    flavour.establish(w);
    const std::string text = text_of(100 + random() % 5000);
    const FrameBytes whole = flavour.packet(text);
    auto lengths = random_lengths(body_of(whole), 150, random);
    auto frames = fragments_of(whole, lengths);
    if (std::any_of(frames.begin(), frames.end(),
                    [](const FrameBytes& f) { return f.size() > 1514; }))
      continue;
    std::shuffle(frames.begin(), frames.end(), random);
    send_all(w, frames);
    const std::size_t most = flavour.v6 ? std::min<std::size_t>(options.mtu, 1280) : options.mtu;
    expect_packet(w.frames_out, most, text);
    const bool fits = whole.size() - ethernet <= most;
    EXPECT_EQ(w.frames_out.size() == 1, fits) << "round " << round;
    EXPECT_EQ(w.counted(Counter::datagrams_fragmented), fits ? 0u : 1u);
    EXPECT_EQ(w.all_drops(), 0u);
  }
}

TEST(FragmentOut, TheLargestDatagramLeavesByTheSmallestPort) {
  WorldOptions options = world_for_fragments();
  options.mtu = 576;
  World w(options);
  const FrameBytes whole = Flavour{}.packet(text_of(65507));
  send_all(w, fragments_of(whole, evenly(whole, 1480)));
  expect_packet(w.frames_out, 576, text_of(65507));
  EXPECT_EQ(w.all_drops(), 0u);
}

TEST(FragmentOut, PiecesAreAsLargeAsTheyMayBe) {
  World w(world_for_fragments());
  const FrameBytes whole = Flavour{}.packet(text_of(4000));
  send_all(w, fragments_of(whole, evenly(whole, 400)));
  ASSERT_EQ(w.frames_out.size(), 3u);
  EXPECT_EQ(w.frames_out[0].size() - ethernet, 1500u);
  EXPECT_EQ(w.frames_out[1].size() - ethernet, 1500u);
}

// The sender of IPv6 knows of a link that takes no more; no router there cuts anything.
TEST(FragmentOut, OfIpv6NoneIsLargerThanEveryLinkTakes) {
  World w(world_for_fragments());
  const FrameBytes whole = Flavour{true, false}.packet(text_of(1400));
  send_all(w, fragments_of(whole, {1232}));
  ASSERT_EQ(w.frames_out.size(), 2u);
  expect_packet(w.frames_out, 1280, text_of(1400));
}

TEST(FragmentOut, EachHasAnIdentificationOfItsOwn) {
  for (const bool v6 : {false, true}) {
    World w(world_for_fragments());
    std::set<unsigned> all;
    const FrameBytes whole = Flavour{v6, false}.packet(text_of(3000));
    for (unsigned id = 0; id < 20; ++id) {
      send_all(w, fragments_of(whole, evenly(whole, 1000), id));
      ASSERT_EQ(w.frames_out.size(), 3u);
      EXPECT_EQ(identification_of(w.frames_out[0]), identification_of(w.frames_out[2]));
      all.insert(identification_of(w.frames_out[0]));
    }
    EXPECT_EQ(all.size(), 20u);
  }
}

TEST(FragmentOut, AHopIsCountedOnce) {
  World w(world_for_fragments());
  const auto whole = [](std::uint8_t hops) {
    return eth().ipv4(client, published).ttl(hops).udp(1024, 88).payload(text_of(3000)).bytes();
  };
  send_all(w, fragments_of(whole(9), {1000, 1000}));
  ASSERT_EQ(w.frames_out.size(), 3u);
  for (const FrameBytes& frame : w.frames_out) EXPECT_EQ(seen(frame).ttl, 8);
  EXPECT_TRUE(send_all(w, fragments_of(whole(1), {1000, 1000}, 8)).empty());
  EXPECT_EQ(w.dropped(Drop::ttl_exceeded), 1u);
}

TEST(FragmentOut, ASenderThatForbidsItIsTold) {
  World w(world_for_fragments());
  const FrameBytes whole = Flavour{}.packet(text_of(3000));
  auto frames = fragments_of(whole, {1000, 1000});
  for (FrameBytes& frame : frames) {
    put16(frame, ethernet + 6, get16(frame, ethernet + 6) | 0x4000);
    set_v4_checksum(frame);
  }
  const auto out = send_all(w, frames);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].icmp_type, 3);
  EXPECT_EQ(out[0].icmp_code, 4);
  EXPECT_EQ(out[0].icmp_rest & 0xffff, 1500u);
  EXPECT_EQ(out[0].destination, ip(client));
  EXPECT_EQ(w.dropped(Drop::too_big), 1u);
}

TEST(FragmentOut, APortThatSendsNoChainsGetsWhatFitsABuffer) {
  WorldOptions options = world_for_fragments();
  options.mtu = 9000;
  World w(options);
  const FrameBytes whole = Flavour{}.packet(text_of(5000));
  send_all(w, fragments_of(whole, evenly(whole, 1480)));
  expect_packet(w.frames_out, 9000, text_of(5000));
  EXPECT_EQ(w.all_drops(), 0u);
}

TEST(FragmentOut, OneThatSendsThemGetsAChain) {
  WorldOptions options = world_for_fragments();
  options.mtu = 9000;
  options.chains = true;
  World w(options);
  const FrameBytes whole = Flavour{}.packet(text_of(5000));
  send_all(w, fragments_of(whole, evenly(whole, 1480)));
  EXPECT_EQ(w.frames_out.size(), 1u);
  expect_packet(w.frames_out, 9000, text_of(5000));
  const FrameBytes larger = Flavour{}.packet(text_of(12000));
  send_all(w, fragments_of(larger, evenly(larger, 1480)));
  expect_packet(w.frames_out, 9000, text_of(12000));
  EXPECT_EQ(w.all_drops(), 0u);
}

TEST(FragmentOut, AFewBuffersWaitForANeighbour) {
  WorldOptions options = world_for_fragments();
  options.routed = true;
  World w(options);
  const FrameBytes whole = Flavour{}.packet(text_of(1000));
  EXPECT_TRUE(send_all(w, fragments_of(whole, {200, 200, 200, 200}, 1)).empty());
  EXPECT_EQ(w.counted(Counter::neighbour_waits), 1u);
  EXPECT_TRUE(send_all(w, fragments_of(whole, evenly(whole, 80), 2)).empty());
  EXPECT_EQ(w.dropped(Drop::no_neighbour), 1u) << "thirteen buffers";
  w.neighbours.set(inner, ip(server),
                   {wire::MacAddress{{2, 0, 0, 0, 5, 1}}, route::NeighbourState::usable});
  EXPECT_EQ(w.run().size(), 1u);
  expect_packet(w.frames_out, 1500, text_of(1000));
}

}  // namespace
}  // namespace rpcgate::tests
