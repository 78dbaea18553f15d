// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// How many IP fragments may wait, and that nobody else is concerned when it is enough.
#include <gtest/gtest.h>

#include "fragment_world.hpp"

namespace rpcgate::tests {
namespace {

using stats::Drop;

FrameBytes datagram_of(const std::string& source, std::size_t size = 200) {
  return eth().ipv4(source, published).udp(1024, 88).payload(text_of(size)).bytes();
}

// The beginning of a datagram of which no more comes.
FrameBytes first_of(const std::string& source, unsigned id) {
  return fragment_of(datagram_of(source), {0, 64, true}, id);
}

void expect_through(World& w, const std::string& source, unsigned id) {
  EXPECT_EQ(send_all(w, fragments_of(datagram_of(source), {64, 64}, id)).size(), 1u) << source;
}

TEST(FragmentLimits, OneSourceMayHaveSoManyAndOthersGetThrough) {
  WorldOptions options;
  options.config =
      "[limits]\nfragment-datagrams-per-source = 4\nfragments-held = 16\n" + config_text();
  World w(options);
  const FrameBytes whole = datagram_of(client);
  for (unsigned id = 0; id < 10; ++id) w.send(outer, fragment_of(whole, {0, 64, true}, id));
  EXPECT_EQ(w.dropped(Drop::fragment_limit), 6u);
  const FrameBytes others = datagram_of(other_client);
  EXPECT_EQ(send_all(w, fragments_of(others, {64, 64})).size(), 1u);
  // Many pieces of few datagrams are bounded, too.
  for (std::size_t at = 64; at < 1100; at += 8)
    w.send(outer, fragment_of(datagram_of(client, 1200), {at, 8, true}, 1));
  EXPECT_GT(w.dropped(Drop::fragment_limit), 6u);
  EXPECT_EQ(send_all(w, fragments_of(others, {64, 64}, 9)).size(), 1u);
}

TEST(FragmentLimits, OneSourceKeepsSoManyBuffersAndOthersGetThrough) {
  World w(world_for_fragments("fragments-held-per-source = 8\n"));
  for (unsigned id = 0; id < 8; ++id) w.send(outer, first_of(client, id));
  EXPECT_EQ(w.all_drops(), 0u);
  w.send(outer, first_of(client, 8));
  EXPECT_EQ(w.dropped(Drop::fragment_limit), 1u);
  expect_through(w, other_client, 1);
  // What makes one of its datagrams whole has not to wait.
  const FrameBytes whole = datagram_of(client);
  EXPECT_EQ(w.send(outer, fragment_of(whole, {64, body_of(whole) - 64, false}, 3)).size(), 1u);
  w.send(outer, first_of(client, 9));
  EXPECT_EQ(w.dropped(Drop::fragment_limit), 1u) << "there is room for one again";
}

TEST(FragmentLimits, AWorkerHasSoManyDatagrams) {
  World w(world_for_fragments("fragment-datagrams = 16\n"));
  for (unsigned i = 0; i < 20; ++i) w.send(outer, first_of("203.0.113." + std::to_string(i), 1));
  EXPECT_EQ(w.dropped(Drop::fragment_limit), 4u);
  for (unsigned i = 0; i < 16; ++i) {
    const FrameBytes whole = datagram_of("203.0.113." + std::to_string(i));
    w.send(outer, fragment_of(whole, {64, body_of(whole) - 64, false}, 1));
  }
  EXPECT_EQ(w.counted(stats::Counter::datagrams_reassembled), 16u);
}

TEST(FragmentLimits, ADatagramHasSoManyFragments) {
  World w(world_for_fragments("fragments-per-datagram = 4\n"));
  EXPECT_EQ(send_all(w, fragments_of(datagram_of(client), {40, 40, 40}, 1)).size(), 1u);
  EXPECT_TRUE(send_all(w, fragments_of(datagram_of(client), {40, 40, 40, 40}, 2)).empty());
  EXPECT_EQ(w.dropped(Drop::fragment_limit), 5u);
  EXPECT_TRUE(send_all(w, fragments_of(datagram_of(client), {40, 40}, 2)).empty())
      << "nothing else is made of it";
}

TEST(FragmentLimits, WhatFoundNoRoomMayComeAgain) {
  World w(world_for_fragments("fragments-held = 16\n"));
  for (unsigned i = 0; i < 16; ++i) w.send(outer, first_of("203.0.113." + std::to_string(i), 1));
  EXPECT_TRUE(send_all(w, fragments_of(datagram_of(client), {64, 64})).empty());
  EXPECT_EQ(w.dropped(Drop::fragment_limit), 3u);
  w.after(seconds{16});
  expect_through(w, client, 7);
}

TEST(FragmentLimits, ReceptionIsNeverWithoutBuffers) {
  World w(world_for_fragments());  // of 1023 buffers
  for (unsigned i = 0; i < 1100; ++i)
    w.send(outer, first_of("203.0." + std::to_string(i / 250) + "." + std::to_string(i % 250), 1));
  EXPECT_EQ(w.dropped(Drop::fragment_limit), 1100u - 1023 / 4);
  EXPECT_EQ(w.send(outer, datagram_of(client)).size(), 1u);
}

TEST(FragmentLimits, ManyThatAreTooLateGoInFewTurns) {
  World w(world_for_fragments());
  for (unsigned i = 0; i < 200; ++i) w.send(outer, first_of("203.0.113." + std::to_string(i), 1));
  w.now += seconds{16};
  w.workers[0]->turn(w.now);
  EXPECT_GT(w.dropped(Drop::fragment_timeout), 0u);
  EXPECT_LT(w.dropped(Drop::fragment_timeout), 200u) << "a turn does not last long";
  for (int i = 0; i < 10; ++i) w.workers[0]->turn(w.now);
  EXPECT_EQ(w.dropped(Drop::fragment_timeout), 200u);
}

TEST(FragmentLimits, AClockSetByHandKnowsWhenTheyAreDue) {
  World w(world_for_fragments());
  const Instant before = w.workers[0]->next_timer(w.now);
  w.send(outer, first_of(client, 1));
  EXPECT_EQ(w.workers[0]->next_timer(w.now), std::min(before, w.now + seconds{15}));
}

}  // namespace
}  // namespace rpcgate::tests
