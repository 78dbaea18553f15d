// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "flow/tcp_common.hpp"

#include <cstring>

#include <gtest/gtest.h>

#include "dice.hpp"

namespace rpcgate::flow {
namespace {

// A number near another, mostly very near.
std::uint32_t near(tests::Dice& dice, std::uint32_t base) {
  const std::uint32_t reach = dice.one_in(3) ? 300'000u : dice.one_in(2) ? 70'000u : 20u;
  return base + dice.below(2 * reach) - reach;
}

TcpState random_state(tests::Dice& dice) {
  TcpState state;
  for (TcpPeer& peer : state.peers) {
    peer.end = 0xffff0000u + dice.below(0x20000);
    peer.flags = TcpPeer::seen | TcpPeer::edge_known | TcpPeer::ack_known;
    if (dice.one_in(20)) peer.flags = static_cast<std::uint8_t>(dice.below(128));
    peer.set_scale(dice.below(15));
    peer.max_window = static_cast<std::uint16_t>(dice.below(65536));
  }
  for (std::size_t i = 0; i < 2; ++i) {
    state.peers[i].ack = near(dice, state.peers[1 - i].end);
    state.peers[i].edge = state.peers[i].ack + dice.below(100'000);
  }
  state.set_phase(TcpPhase::established);
  if (dice.one_in(20)) state.set_picked_up();
  return state;
}

// What it takes, track() takes and remembers alike; what track() would drop it never takes.
TEST(TcpCommon, AgreesWithTheWholeStateMachine) {
  tests::Dice dice{31};
  SCOPED_TRACE(dice.seed());
  unsigned taken = 0, left = 0;
  for (int round = 0; round < 300'000; ++round) {
    const TcpState before = random_state(dice);
    const auto d = static_cast<Direction>(dice.below(2));
    const TcpPeer& me = before.peer(d);
    CommonSegment s;
    s.sequence = near(dice, me.end);
    s.acknowledgement = near(dice, before.peer(opposite(d)).end);
    s.payload = dice.below(dice.one_in(2) ? 3 : 1500);
    s.window = static_cast<std::uint16_t>(dice.below(65536));
    TcpSegment whole;
    whole.sequence = s.sequence;
    whole.acknowledgement = s.acknowledgement;
    whole.payload = s.payload;
    whole.window = s.window;
    whole.flags = 0x10;
    TcpState quick = before, slow = before;
    if (!follow_common(quick, d, s)) {
      ASSERT_EQ(std::memcmp(&quick, &before, sizeof(quick)), 0) << round;
      ++left;
      continue;
    }
    ++taken;
    const TcpVerdict verdict = track(slow, d, whole, false);
    ASSERT_EQ(verdict.action, TcpVerdict::Action::accept) << round;
    ASSERT_EQ(verdict.change, TcpVerdict::Change::none) << round;
    ASSERT_EQ(std::memcmp(&quick, &slow, sizeof(quick)), 0) << round;
  }
  EXPECT_GT(taken, 20'000u);
  EXPECT_GT(left, 20'000u);
}

}  // namespace
}  // namespace rpcgate::flow
