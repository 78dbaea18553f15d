// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "route/neighbour_table.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace rpcgate::route {
namespace {

wire::IpAddress ip(std::uint32_t n) {
  return wire::IpAddress::from_v4(0x0a000000 + n);
}
wire::MacAddress mac(std::uint8_t n) {
  return {{2, n, n, n, n, n}};
}

TEST(NeighbourTable, FindsWhatWasSetByPortAndAddress) {
  NeighbourTable table(64);
  EXPECT_EQ(table.lookup(0, ip(1)).state, NeighbourState::unknown);
  EXPECT_TRUE(table.set(0, ip(1), {mac(1), NeighbourState::usable}));
  EXPECT_TRUE(table.set(1, ip(1), {mac(2), NeighbourState::stale}));
  EXPECT_EQ(table.lookup(0, ip(1)).mac, mac(1));
  EXPECT_EQ(table.lookup(1, ip(1)).mac, mac(2));
  EXPECT_EQ(table.lookup(1, ip(1)).state, NeighbourState::stale);
  EXPECT_FALSE(table.lookup(2, ip(1)).has_mac());
}

TEST(NeighbourTable, WhatWasRemovedIsUnknownAndItsSlotServesAgain) {
  NeighbourTable table(16);
  for (unsigned round = 0; round < 1000; ++round) {
    ASSERT_TRUE(table.set(0, ip(round), {mac(1), NeighbourState::usable}));
    ASSERT_TRUE(table.lookup(0, ip(round)).has_mac());
    table.remove(0, ip(round));
    ASSERT_EQ(table.lookup(0, ip(round)).state, NeighbourState::unknown);
  }
}

TEST(NeighbourTable, AFullOneRefusesAndKeepsWhatItHas) {
  NeighbourTable table(16);
  unsigned kept = 0;
  while (table.set(0, ip(kept), {mac(3), NeighbourState::usable})) ++kept;
  EXPECT_EQ(kept, 16u);
  for (unsigned i = 0; i < kept; ++i) EXPECT_TRUE(table.lookup(0, ip(i)).has_mac());
  EXPECT_TRUE(table.set(0, ip(3), {mac(4), NeighbourState::stale})) << "an update needs no room";
  table.clear();
  for (unsigned i = 0; i < kept; ++i) EXPECT_FALSE(table.lookup(0, ip(i)).has_mac());
}

// Each link address goes with one state; a torn read would join those of two writes. The writer
// works on one entry as fast as it can, for as many rounds as it takes to tear an unguarded one
// many times.
TEST(NeighbourTable, AReaderNeverSeesHalfOfAWrite) {
  NeighbourTable table(16);
  std::atomic<bool> done{false};
  std::atomic<unsigned> torn{0};
  std::atomic<unsigned> seen{0};
  const auto read = [&] {
    while (!done.load(std::memory_order_relaxed)) {
      for (unsigned i = 0; i < 64; ++i) {
        const Neighbour n = table.lookup(0, ip(1));
        if (n.state == NeighbourState::unknown) continue;
        const bool odd = (n.mac.octets[1] & 1) != 0;
        const bool whole =
            n.mac == mac(n.mac.octets[1]) && odd == (n.state == NeighbourState::stale);
        if (!whole) torn.fetch_add(1, std::memory_order_relaxed);
        seen.fetch_add(1, std::memory_order_relaxed);
      }
    }
  };
  std::thread reader(read);
  for (unsigned round = 0; round < 2000000 || seen.load(std::memory_order_relaxed) < 1000;
       ++round) {
    const auto tag = static_cast<std::uint8_t>(round);
    table.set(0, ip(1), {mac(tag), tag % 2 != 0 ? NeighbourState::stale : NeighbourState::usable});
    if (round % 1024 == 0) table.remove(0, ip(1));
  }
  done = true;
  reader.join();
  EXPECT_EQ(torn.load(), 0u);
}

}  // namespace
}  // namespace rpcgate::route
