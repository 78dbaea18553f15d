// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The seeds of the fuzz target `conversation` do what they are named for: the fuzzer begins with
// whole conversations, and the observer sees them.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <gtest/gtest.h>

#include "../unit/arena/dice.hpp"
#include "conversation_play.hpp"

namespace rpcgate::tests {
namespace {

using Counts = ConversationObserver::Counts;

std::vector<char> contents(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

class Conversation : public testing::Test {
 protected:
  static void SetUpTestSuite() { play_ = std::make_unique<ConversationPlay>(); }
  static void TearDownTestSuite() { play_.reset(); }

  Counts play(const std::string& seed) {
    const auto script = contents(std::filesystem::path{RPCGATE_CONVERSATIONS_DIR} / seed);
    EXPECT_FALSE(script.empty()) << seed;
    const ConversationPlay::Outcome outcome = play_->play(as_bytes(script.data(), script.size()));
    EXPECT_EQ(outcome.fault, "") << seed;
    return outcome.counts;
  }

 private:
  static std::unique_ptr<ConversationPlay> play_;
};
std::unique_ptr<ConversationPlay> Conversation::play_;

// An answer opens a port, and calls pass there.
TEST_F(Conversation, SessionsReachTheServerBehindThePinhole) {
  for (const char* seed : {"session", "big-endian", "ndr64", "narrow", "answer-in-fragments",
                           "fragments", "fragments-reversed", "chain"}) {
    const Counts seen = play(seed);
    EXPECT_EQ(seen.answers, 1u) << seed;
    EXPECT_EQ(seen.openings, 1u) << seed;
    EXPECT_EQ(seen.binds, 1u) << seed;
    EXPECT_GE(seen.requests, 1u) << seed;
  }
}

TEST_F(Conversation, WhatIsForbiddenOpensNothing) {
  for (const char* seed : {"ask-for-winreg", "without-answer", "forbidden-port", "no-tower"}) {
    const Counts seen = play(seed);
    EXPECT_EQ(seen.openings, 0u) << seed;
    EXPECT_EQ(seen.requests, 0u) << seed;
  }
}

TEST_F(Conversation, SealedCallsPassAndBareOnesDoNot) {
  const Counts seen = play("privacy");
  EXPECT_EQ(seen.requests, 1u);
  EXPECT_EQ(seen.sealed, 1u);
  EXPECT_EQ(play("bare").requests, 0u);
}

TEST_F(Conversation, BytesCutAndRepeatedReachTheServer) {
  for (const char* seed : {"pieces", "ahead", "custody", "burst", "smuggled"}) {
    const Counts seen = play(seed);
    EXPECT_EQ(seen.openings, 1u) << seed;
    EXPECT_GE(seen.requests, 1u) << seed;
  }
}

TEST_F(Conversation, PortsAreOpenedAgain) {
  EXPECT_EQ(play("two-towers").openings, 2u);
  EXPECT_EQ(play("reset").openings, 2u);
}

// A script somewhat changed: octets, parts of it twice or gone.
std::vector<char> changed(std::vector<char> script, Dice& dice) {
  for (std::uint32_t changes = dice.below(4); changes > 0 && !script.empty(); --changes) {
    const auto size = static_cast<std::uint32_t>(script.size());
    const auto at = script.begin() + dice.below(size);
    const auto to = at + std::min<std::ptrdiff_t>(script.end() - at, 1 + dice.below(12));
    if (dice.one_in(3)) {
      script.erase(at, to);
    } else if (dice.one_in(2)) {
      const std::vector<char> part(at, to);
      script.insert(script.begin() + dice.below(size), part.begin(), part.end());
    } else {
      *at = static_cast<char>(dice.below(256));
    }
  }
  return script;
}

// What inspected connections let out does not depend on whether they take the short way. Fragments
// are left out: they take the long one, and may be overtaken.
TEST(Conversations, LetOutTheSameByTheShortWayAndByTheLongOne) {
  Dice dice{3};
  SCOPED_TRACE(dice.seed());
  ConversationPlay quick({.fast_path = true, .fragments = false});
  ConversationPlay slow({.fast_path = false, .fragments = false});
  std::set<std::filesystem::path> seeds;  // in an order that does not depend on the disk
  for (const auto& entry : std::filesystem::directory_iterator{RPCGATE_CONVERSATIONS_DIR})
    seeds.insert(entry.path());
  for (const auto& seed : seeds) {
    const std::vector<char> script = contents(seed);
    for (int round = 0; round < 30; ++round) {
      const std::vector<char> s = round == 0 ? script : changed(script, dice);
      const auto a = quick.play(as_bytes(s.data(), s.size()));
      const auto b = slow.play(as_bytes(s.data(), s.size()));
      ASSERT_EQ(a.fault, "") << seed;
      ASSERT_EQ(a.left, b.left) << seed << " round " << round;
    }
  }
  // Of the last workers alone.
  EXPECT_GT(quick.world().counted(stats::Counter::fast_packets), 100u);
  EXPECT_EQ(slow.world().counted(stats::Counter::fast_packets), 0u);
}

}  // namespace
}  // namespace rpcgate::tests
