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

// The address of every write tells which link address and state belong to it; a torn read would
// join those of two writes.
TEST(NeighbourTable, AReaderNeverSeesHalfOfAWrite) {
  NeighbourTable table(16);
  std::atomic<bool> done{false};
  std::atomic<unsigned> torn{0};
  std::atomic<unsigned> seen{0};
  const auto read = [&] {
    while (!done.load(std::memory_order_relaxed)) {
      for (unsigned i = 0; i < 8; ++i) {
        const Neighbour n = table.lookup(0, ip(i));
        if (n.state == NeighbourState::unknown) continue;
        seen.fetch_add(1, std::memory_order_relaxed);
        const std::uint8_t tag = n.mac.octets[1];
        const bool whole = n.mac == mac(tag) && (tag & 7) == i &&
                           (n.state == NeighbourState::stale) == ((tag & 8) != 0);
        if (!whole) torn.fetch_add(1, std::memory_order_relaxed);
      }
    }
  };
  std::thread first(read);
  std::thread second(read);
  for (unsigned round = 0; round < 30000 || seen.load(std::memory_order_relaxed) == 0; ++round) {
    const unsigned i = round % 8;
    const auto tag = static_cast<std::uint8_t>(i | (round & 0xf8));
    const auto state = (tag & 8) != 0 ? NeighbourState::stale : NeighbourState::usable;
    table.set(0, ip(i), {mac(tag), state});
    if (round % 5 == 0) table.remove(0, ip((i + 3) % 8));
  }
  done = true;
  first.join();
  second.join();
  EXPECT_EQ(torn.load(), 0u);
  EXPECT_GT(seen.load(), 0u);
}

}  // namespace
}  // namespace rpcgate::route
