// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The seeds of the fuzz target `conversation` do what they are named for: the fuzzer begins with
// whole conversations, and the observer sees them.
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "conversation_play.hpp"

namespace rpcgate::tests {
namespace {

using Counts = ConversationObserver::Counts;

class Conversation : public testing::Test {
 protected:
  static void SetUpTestSuite() { play_ = std::make_unique<ConversationPlay>(); }
  static void TearDownTestSuite() { play_.reset(); }

  Counts play(const std::string& seed) {
    std::ifstream file{std::filesystem::path{RPCGATE_CONVERSATIONS_DIR} / seed, std::ios::binary};
    const std::vector<char> script{std::istreambuf_iterator<char>{file}, {}};
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

}  // namespace
}  // namespace rpcgate::tests
