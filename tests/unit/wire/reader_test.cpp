// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "wire/reader.hpp"

#include <gtest/gtest.h>

#include "wire/writer.hpp"

namespace rpcgate::wire {
namespace {

constexpr std::array<std::byte, 6> six{std::byte{1}, std::byte{2}, std::byte{3},
                                       std::byte{4}, std::byte{5}, std::byte{6}};
static_assert(Reader{six}.u16() == 0x0201);
static_assert(Reader{six, ByteOrder::big}.u32() == 0x01020304);

TEST(Reader, FailureSticksAndReadsZero) {
  Reader r{six};
  r.skip(4);
  EXPECT_EQ(r.u32(), 0u);
  EXPECT_FALSE(r.ok());
  EXPECT_EQ(r.u8(), 0u);
  EXPECT_EQ(r.left(), 0u);
}

TEST(Reader, AChildCannotReadPastItsParentsLength) {
  Reader r{six};
  Reader child = r.sub(2);
  EXPECT_EQ(child.u16(), 0x0201);
  EXPECT_EQ(child.u8(), 0u);
  EXPECT_FALSE(child.ok());
  EXPECT_TRUE(r.ok());
  EXPECT_EQ(r.u8(), 3u);
}

TEST(Reader, AlignmentCountsFromItsOwnStart) {
  Reader r{six};
  r.skip(1);
  r.align(4);
  EXPECT_EQ(r.u8(), 5u);
}

TEST(Writer, WritesWhatTheReaderReads) {
  std::array<std::byte, 16> buffer{};
  for (const auto order : {ByteOrder::big, ByteOrder::little}) {
    Writer w{buffer, order};
    w.u8(7);
    w.align(4);
    w.u32(0x11223344);
    w.u64(0x0102030405060708);
    ASSERT_TRUE(w.ok());
    w.u8(1);
    EXPECT_FALSE(w.ok());
    Reader r{buffer, order};
    EXPECT_EQ(r.u8(), 7);
    r.align(4);
    EXPECT_EQ(r.u32(), 0x11223344u);
    EXPECT_EQ(r.u64(), 0x0102030405060708u);
  }
}

}  // namespace
}  // namespace rpcgate::wire
