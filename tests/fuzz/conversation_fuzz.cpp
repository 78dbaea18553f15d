// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Whole conversations through the whole pipeline (tests/support/conversation_play.hpp): packets of
// both directions, from the mapper's question to the calls behind a pinhole, cut, repeated and
// changed as the input says, and an independent reading of what leaves. An input reaches so much of
// the code that libFuzzer weighs it longer than it runs: -entropic=0 makes five times as many runs.
#include <cstdio>

#include <gtest/gtest.h>

#include "conversation_play.hpp"
#include "fuzz.hpp"

using namespace rpcgate;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  GTEST_FLAG_SET(throw_on_failure, true);  // what the world expects at its end ends the process
  static tests::ConversationPlay play;
  const tests::ConversationPlay::Outcome outcome = play.play(as_bytes(data, size));
  if (!outcome.fault.empty()) std::fprintf(stderr, "%s\n", outcome.fault.c_str());
  fuzz::require(outcome.fault.empty());
  return 0;
}
