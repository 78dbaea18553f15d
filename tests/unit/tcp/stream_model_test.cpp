// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
// Random streams, cuts, orders, repetitions, overlaps, lies and losses, against a plain reference.
// RPCGATE_STREAM_CASES=N runs more of them; a failing case names its seed.
#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

#include "support/stream_world.hpp"

namespace rpcgate::tests {
namespace {

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  unsigned operator()() { return static_cast<unsigned>(engine_()); }

 private:
  std::mt19937 engine_;
};

// `plain`: mostly records that can be common.
std::vector<std::byte> random_stream(Random& random, bool holding_ends, bool plain = false) {
  std::vector<std::byte> stream;
  const unsigned records = 1 + random() % 24;
  bool holding = false;
  std::size_t held_from = 0;  // what is held must fit the receiver's window
  const auto add = [&](Kind kind, unsigned size) {
    stream.push_back(static_cast<std::byte>(kind));
    stream.push_back(static_cast<std::byte>(size % 256));
    stream.push_back(static_cast<std::byte>(size / 256));
    for (unsigned i = 0; i < size; ++i)
      stream.push_back(static_cast<std::byte>(random() % 5 == 0 ? 0x66 : random() % 256));
  };
  for (unsigned i = 0; i < records; ++i) {
    auto kind = static_cast<Kind>(random() % static_cast<unsigned>(Kind::count));
    unsigned size = random() % 3 == 0 ? random() % 2000 : 1 + random() % 60;
    if (plain && random() % 6 != 0) {
      kind = random() % 2 == 0 ? Kind::pass : Kind::read;
      if (kind == Kind::read) size = 1 + random() % 20;
    }
    if (size == 0) continue;
    if (holding && stream.size() - held_from > 4000) kind = Kind::release;
    if (kind == Kind::hold && !holding) held_from = stream.size();
    if (kind == Kind::hold) holding = true;
    if (kind == Kind::release) holding = false;
    add(kind, size);
  }
  if (holding && holding_ends) add(Kind::release, 1 + random() % 50);
  return stream;
}

// Under AddressSanitizer a case takes many times as long; there it is memory that is looked at.
#if defined(__SANITIZE_ADDRESS__)
constexpr unsigned usual_cases = 40;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr unsigned usual_cases = 40;
#else
constexpr unsigned usual_cases = 500;
#endif
#else
constexpr unsigned usual_cases = 500;
#endif

unsigned cases() {
  const char* wanted = std::getenv("RPCGATE_STREAM_CASES");
  return wanted != nullptr ? static_cast<unsigned>(std::strtoul(wanted, nullptr, 10)) : usual_cases;
}

struct Seen {
  std::string fault;
  std::uint64_t left = 0, common = 0, pinned = 0;
};
Seen run_case(StreamWorld::Options options, unsigned seed) {
  Random random{seed};
  auto stream = random_stream(random, true, options.calm);
  options.largest_segment = random() % 3 == 0 ? 1 + random() % 4 : 1460;
  if (options.largest_segment < 5) stream.resize(std::min<std::size_t>(stream.size(), 300));
  options.window = random() % 4 == 0 ? 8200 + random() % 2000 : 65535;
  StreamWorld world{stream, options, [&](std::uint32_t below) { return random() % below; }};
  Seen seen;
  seen.fault = world.run(60000);
  seen.left = world.left();
  seen.common = world.taken_as_common();
  seen.pinned = world.pinned();
  return seen;
}

void run_cases(StreamWorld::Options options, unsigned salt) {
  for (unsigned seed = 0; seed < cases(); ++seed)
    ASSERT_EQ(run_case(options, seed * 7919 + salt).fault, "")
        << "seed " << seed << " salt " << salt;
}

TEST(StreamModel, AnySegmentationAndOrderArrivesAsItWasJudged) {
  run_cases({}, 1);
}
TEST(StreamModel, LossOnEveryWireOnlyDelays) {
  run_cases({.loss = 20}, 2);
}
TEST(StreamModel, ARetransmissionThatLiesNeverReplacesWhatWasJudged) {
  run_cases({.lies = true, .loss = 10}, 3);
}
TEST(StreamModel, SegmentsInSeveralPiecesAreJudgedAsOne) {
  run_cases({.lies = true, .chains = true, .loss = 5}, 4);
}
TEST(StreamModel, OldTimestampsOnlyDelay) {
  run_cases({.timestamps = true, .loss = 5}, 5);
}
TEST(StreamModel, ASlowReceiverIsWaitedFor) {
  run_cases({.closes_windows = true, .loss = 5}, 6);
}
TEST(StreamModel, NarrowPathsAreObeyed) {
  run_cases({.chains = true, .small_paths = true, .loss = 5}, 7);
}
TEST(StreamModel, AReceiverThatLiesNeverBringsOutWhatWasNotJudged) {
  run_cases({.lies = true, .receiver_lies = true, .timestamps = true}, 8);
}

// What take_common() accepts the engine would have let out alike, and all that follows, too.
TEST(StreamModel, TheCommonCaseIsWhatTheEngineDoes) {
  const StreamWorld::Options kinds[] = {
      {},
      {.loss = 10},
      {.timestamps = true, .loss = 5},
      {.closes_windows = true, .loss = 5},
      {.lies = true, .receiver_lies = true, .timestamps = true},
      {.calm = true},
      {.lies = true, .timestamps = true, .calm = true, .loss = 5}};
  std::uint64_t common = 0, pinned = 0;
  unsigned salt = 9;
  for (StreamWorld::Options kind : kinds) {
    ++salt;
    for (unsigned seed = 0; seed < cases() / 4; ++seed) {
      kind.common = true;
      const Seen quick = run_case(kind, seed * 7919 + salt);
      kind.common = false;
      const Seen slow = run_case(kind, seed * 7919 + salt);
      ASSERT_EQ(slow.common, 0u);
      ASSERT_EQ(quick.left, slow.left) << "seed " << seed << " salt " << salt;
      common += quick.common;
      pinned += quick.pinned;
    }
  }
  EXPECT_GT(common, cases());
  EXPECT_GT(pinned, cases() / 4);
}

}  // namespace
}  // namespace rpcgate::tests
