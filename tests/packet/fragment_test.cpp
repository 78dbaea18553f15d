// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// IP fragments through the pipeline: put together, judged, sent on; what overlaps does not pass.
#include <algorithm>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "rpc_builder.hpp"
#include "world.hpp"

namespace rpcgate::tests {
namespace {

using stats::Counter;
using stats::Drop;

constexpr std::size_t ethernet = 14;

void put16(FrameBytes& frame, std::size_t at, unsigned value) {
  frame[at] = std::byte(value >> 8 & 0xff);
  frame[at + 1] = std::byte(value & 0xff);
}

void set_v4_checksum(FrameBytes& frame) {
  put16(frame, ethernet + 10, 0);
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < 20; i += 2)
    sum += std::to_integer<unsigned>(frame[ethernet + i]) << 8 |
           std::to_integer<unsigned>(frame[ethernet + i + 1]);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  put16(frame, ethernet + 10, ~sum & 0xffff);
}

struct Cut {
  std::size_t offset, length;
  bool more;
};

// The bytes [offset, offset + length) behind the IP header, as a fragment.
FrameBytes fragment_of(const FrameBytes& whole, const Cut& cut, unsigned id) {
  const bool v6 = whole[12] == std::byte{0x86};
  const std::size_t header = ethernet + (v6 ? 40 : 20);
  FrameBytes out(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(header));
  if (v6) {
    put16(out, ethernet + 4, static_cast<unsigned>(cut.length + 8));
    const std::byte next = out[ethernet + 6];
    out[ethernet + 6] = std::byte{44};
    out.insert(out.end(), {next, std::byte{0}});
    out.resize(out.size() + 2);
    put16(out, header + 2, static_cast<unsigned>(cut.offset) | (cut.more ? 1u : 0u));
    out.insert(out.end(), {std::byte{0}, std::byte{0}, std::byte(id >> 8), std::byte(id & 0xff)});
  } else {
    put16(out, ethernet + 2, static_cast<unsigned>(cut.length + 20));
    put16(out, ethernet + 4, id);
    put16(out, ethernet + 6, static_cast<unsigned>(cut.offset / 8) | (cut.more ? 0x2000u : 0u));
    set_v4_checksum(out);
  }
  const auto from = whole.begin() + static_cast<std::ptrdiff_t>(header + cut.offset);
  out.insert(out.end(), from, from + static_cast<std::ptrdiff_t>(cut.length));
  return out;
}

std::size_t body_of(const FrameBytes& whole) {
  return whole.size() - ethernet - (whole[12] == std::byte{0x86} ? 40 : 20);
}

std::vector<FrameBytes> fragments_of(const FrameBytes& whole, std::vector<std::size_t> lengths,
                                     unsigned id = 7) {
  std::vector<FrameBytes> out;
  std::size_t at = 0;
  for (const std::size_t length : lengths) {
    out.push_back(fragment_of(whole, {at, length, true}, id));
    at += length;
  }
  out.push_back(fragment_of(whole, {at, body_of(whole) - at, false}, id));
  return out;
}

std::vector<SeenPacket> send_all(World& w, const std::vector<FrameBytes>& frames) {
  std::vector<SeenPacket> out;
  for (const FrameBytes& frame : frames)
    for (SeenPacket& packet : w.send(outer, frame)) out.push_back(std::move(packet));
  return out;
}

std::string text_of(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * 7 % 26);
  return text;
}

PacketBuilder datagram(const std::string& text) {
  return eth().ipv4(client, published).udp(1024, 88).payload(text);
}
PacketBuilder segment6(const std::string& text) {
  return eth().ipv6(client6, server6).tcp(1024, 88).seq(1001).ack(5001).payload(text);
}

TEST(Fragments, InAnyCutsAndOrderTheDatagramArrives) {
  std::mt19937 random{1};
  for (int round = 0; round < 300; ++round) {
    World w;
    const bool v6 = round % 3 == 0;
    const std::string text = text_of(60 + random() % 1200);
    if (v6) {
      w.send(outer, eth().ipv6(client6, server6).tcp(1024, 88).seq(1000).syn());
      w.send(inner, eth().ipv6(server6, client6).tcp(88, 1024).seq(5000).ack(1001).flags(0x12));
      w.send(outer, eth().ipv6(client6, server6).tcp(1024, 88).seq(1001).ack(5001));
    }
    const FrameBytes whole = v6 ? segment6(text).bytes() : datagram(text).bytes();
    std::vector<std::size_t> lengths{40 + random() % 3 * 8};
    std::size_t at = lengths[0];
    while (random() % 4 != 0) {
      const std::size_t length = 8 * (1 + random() % 20);
      if (at + length >= body_of(whole)) break;
      lengths.push_back(length);
      at += length;
    }
    auto frames = fragments_of(whole, lengths);
    std::shuffle(frames.begin(), frames.end(), random);
    const auto out = send_all(w, frames);
    ASSERT_EQ(out.size(), 1u) << "round " << round;
    EXPECT_EQ(out[0].payload, text);
    EXPECT_TRUE(out[0].l4_checksum_right && out[0].ip_checksum_right);
    EXPECT_EQ(w.counted(Counter::datagrams_reassembled), 1u);
    EXPECT_EQ(w.all_drops(), 0u);
  }
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

TEST(Fragments, OneSourceMayHaveSoManyAndOthersGetThrough) {
  WorldOptions options;
  options.config =
      "[limits]\nfragment-datagrams-per-source = 4\nfragments-held = 16\n" + config_text();
  World w(options);
  const FrameBytes whole = datagram(text_of(200)).bytes();
  for (unsigned id = 0; id < 10; ++id) w.send(outer, fragment_of(whole, {0, 64, true}, id));
  EXPECT_EQ(w.dropped(Drop::fragment_limit), 6u);
  const FrameBytes others =
      eth().ipv4(other_client, published).udp(1024, 88).payload(text_of(200)).bytes();
  EXPECT_EQ(send_all(w, fragments_of(others, {64, 64})).size(), 1u);
  // Many pieces of few datagrams are bounded, too.
  for (std::size_t at = 64; at < 1100; at += 8)
    w.send(outer, fragment_of(datagram(text_of(1200)).bytes(), {at, 8, true}, 1));
  EXPECT_GT(w.dropped(Drop::fragment_limit), 6u);
  EXPECT_EQ(send_all(w, fragments_of(others, {64, 64}, 9)).size(), 1u);
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

TEST(Fragments, LargerThanTheNextHopTakesItLeavesInFragmentsAgain) {
  for (const std::uint16_t mtu : {std::uint16_t{600}, std::uint16_t{1000}, std::uint16_t{1280}}) {
    WorldOptions options;
    options.mtu = mtu;
    World w(options);
    const std::string text = text_of(3000);
    const FrameBytes whole = datagram(text).bytes();
    const auto out = send_all(w, fragments_of(whole, {560, 560, 560, 560, 560}));
    ASSERT_GT(out.size(), 2u);
    EXPECT_EQ(w.counted(Counter::datagrams_fragmented), 1u);
    // Put together once more, by a second gateway behind it.
    std::string body;
    for (const SeenPacket& piece : out) {
      EXPECT_TRUE(piece.ip_checksum_right);
      body += piece.payload;
    }
    EXPECT_EQ(w.all_drops(), 0u);
  }
}

}  // namespace
}  // namespace rpcgate::tests
