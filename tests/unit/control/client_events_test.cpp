// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/client_events.hpp"

#include <gtest/gtest.h>

namespace rpcgate::control {
namespace {

wire::IpAddress client(std::uint32_t n) {
  return wire::IpAddress::from_v4(0xc6336400 + n);
}
event::Event of(std::uint32_t n, std::uint64_t bytes = 0) {
  event::Event e;
  e.client = client(n);
  e.bytes = bytes;
  return e;
}

TEST(ClientEvents, TheLatestOfEachClientAreKept) {
  ClientEvents kept({.of_one = 3, .clients = 10, .in_all = 100});
  for (std::uint64_t i = 0; i < 5; ++i) kept.record(of(1, i), "dc");
  kept.record(of(2), "mail");
  const auto* history = kept.find(client(1));
  ASSERT_NE(history, nullptr);
  ASSERT_EQ(history->events.size(), 3u);
  EXPECT_EQ(history->events.front().event.bytes, 2u);
  EXPECT_EQ(history->older, 2u);
  EXPECT_EQ(kept.find(client(2))->events.front().rule_name, "mail");
  EXPECT_EQ(kept.find(client(3)), nullptr);
}

TEST(ClientEvents, WhoWasLongestSilentMakesRoom) {
  ClientEvents kept({.of_one = 3, .clients = 2, .in_all = 100});
  kept.record(of(1), "");
  kept.record(of(2), "");
  kept.record(of(1), "");
  kept.record(of(3), "");
  EXPECT_NE(kept.find(client(1)), nullptr);
  EXPECT_EQ(kept.find(client(2)), nullptr);
  EXPECT_EQ(kept.clients(), 2u);
  EXPECT_EQ(kept.events(), 3u);
}

TEST(ClientEvents, TheSumOfAllIsBounded) {
  ClientEvents kept({.of_one = 8, .clients = 100, .in_all = 20});
  for (std::uint32_t n = 0; n < 50; ++n)
    for (int i = 0; i < 8; ++i) kept.record(of(n), "");
  EXPECT_LE(kept.events(), 20u);
  EXPECT_EQ(kept.find(client(49))->events.size(), 8u);
}

TEST(ClientEvents, WhatConcernsNoClientIsNoClients) {
  ClientEvents kept;
  kept.record(event::Event{}, "");
  EXPECT_EQ(kept.clients(), 0u);
}

}  // namespace
}  // namespace rpcgate::control
