// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "route/steering.hpp"

#include <gtest/gtest.h>

#include "steering_cases.hpp"

namespace rpcgate::route {
namespace {

TEST(Steering, TellsWhoseEachFrameIs) {
  const Steering steering(test::case_config());
  for (const auto& c : test::steering_cases()) {
    const auto frame = test::frame_of(c.frame);
    EXPECT_EQ(steering.decide(test::view(frame)), test::steer_of(c.slot)) << c.what;
  }
}

TEST(Steering, WhatIsNotIpIsTheKernels) {
  std::vector<std::uint8_t> arp(42, 0);
  arp[12] = 0x08;
  arp[13] = 0x06;
  EXPECT_TRUE(Steering().kernel_owns(test::view(arp)));
  arp[12] = 0x88;
  arp[13] = 0xcc;  // LLDP
  EXPECT_TRUE(Steering().kernel_owns(test::view(arp)));
}

TEST(Steering, WithoutConfigurationEveryIpPacketIsDroppedButNeighbourDiscovery) {
  for (const auto& c : test::steering_cases()) {
    const auto frame = test::frame_of(c.frame);
    const Steer expected = c.slot == RPCGATE_SLOT_KERNEL_ND ? Steer::kernel : Steer::drop;
    EXPECT_EQ(Steering().decide(test::view(frame)), expected) << c.what;
  }
}

TEST(Steering, AFrameCutAnywhereInItsHeadersIsDropped) {
  const Steering steering(test::case_config());
  for (const auto& c : test::steering_cases()) {
    const auto whole = test::frame_of(c.frame);
    const bool v4 = c.frame.source.find('.') != std::string::npos;
    const std::size_t headers = 14 + (c.frame.tagged ? 4u : 0u) + (v4 ? 20u : 40u);
    for (std::size_t size = 0; size < headers; ++size) {
      // Copied, so that reading past the end is a fault that the sanitizer sees.
      const std::vector<std::uint8_t> cut(whole.begin(),
                                          whole.begin() + static_cast<std::ptrdiff_t>(size));
      ASSERT_EQ(steering.decide(test::view(cut)), Steer::drop) << c.what << " cut to " << size;
    }
    for (std::size_t size = headers; size < whole.size(); ++size) {
      const std::vector<std::uint8_t> cut(whole.begin(),
                                          whole.begin() + static_cast<std::ptrdiff_t>(size));
      const Steer decision = steering.decide(test::view(cut));
      ASSERT_TRUE(decision == Steer::drop || decision == test::steer_of(c.slot))
          << c.what << " cut to " << size;
    }
  }
}

TEST(Steering, TwoTagsAndBadHeadersAreDropped) {
  const Steering steering(test::case_config());
  auto frame = test::frame_of({.tagged = true});
  frame[16] = 0x81;
  frame[17] = 0x00;
  EXPECT_EQ(steering.decide(test::view(frame)), Steer::drop);
  frame = test::frame_of({});
  frame[14] = 0x44;  // a header of 16 octets
  EXPECT_EQ(steering.decide(test::view(frame)), Steer::drop);
  frame[14] = 0x65;  // another version than the Ethernet type says
  EXPECT_EQ(steering.decide(test::view(frame)), Steer::drop);
}

}  // namespace
}  // namespace rpcgate::route
