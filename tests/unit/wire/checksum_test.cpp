// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "wire/checksum.hpp"

#include <array>
#include <random>

#include <gtest/gtest.h>

namespace rpcgate::wire {
namespace {

TEST(Checksum, AgreesWithTheExampleOfRfc1071) {
  const std::array<std::uint8_t, 8> bytes{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  ChecksumSum sum;
  sum.add(as_bytes(bytes.data(), bytes.size()));
  EXPECT_EQ(Be16::from_raw(sum.folded()).host(), 0xddf2);
}

TEST(Checksum, AnIncrementalUpdateEqualsAFullOne) {
  std::mt19937 random{1};
  for (int round = 0; round < 10000; ++round) {
    std::array<std::uint16_t, 16> words;
    for (auto& w : words) w = static_cast<std::uint16_t>(random());
    if (round % 7 == 0) words.fill(0xffff);
    ChecksumSum before;
    before.add(as_bytes(words.data(), sizeof words));
    ChecksumDelta delta;
    for (int change = 0; change < 3; ++change) {
      auto& w = words[random() % words.size()];
      const auto replacement = static_cast<std::uint16_t>(round % 5 == 0 ? 0 : random());
      delta.replace(w, replacement);
      w = replacement;
    }
    ChecksumSum after;
    after.add(as_bytes(words.data(), sizeof words));
    ChecksumSum verify;  // a receiver sums data and checksum: all ones
    verify.add(as_bytes(words.data(), sizeof words));
    verify.add_word(delta.applied_to(before.checksum()));
    const auto seen = verify.folded();
    EXPECT_TRUE(seen == 0xffff || (seen == 0 && after.folded() == 0)) << round;
  }
}

TEST(Checksum, OddLengthsArePaddedWithZero) {
  const std::array<std::uint8_t, 3> bytes{0x12, 0x34, 0x56};
  ChecksumSum sum;
  sum.add(as_bytes(bytes.data(), bytes.size()));
  EXPECT_EQ(Be16::from_raw(sum.folded()).host(), 0x1234 + 0x5600);
}

}  // namespace
}  // namespace rpcgate::wire
