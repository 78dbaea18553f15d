// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "tcp/header.hpp"

#include <array>
#include <initializer_list>
#include <vector>

#include <gtest/gtest.h>

#include "wire/reader.hpp"

namespace rpcgate::tcp {
namespace {

std::vector<std::byte> header_with(std::initializer_list<int> options) {
  std::vector<std::byte> h(fixed_header_size);
  for (const int o : options) h.push_back(static_cast<std::byte>(o));
  return h;
}

TEST(TcpOptions, ASynTellsMssScaleSackAndTimestamps) {
  const auto h = header_with({2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 7, 0, 0, 0, 9, 1, 3, 3, 7});
  const Options o = read_options(h);
  EXPECT_EQ(o.mss, 1460);
  EXPECT_TRUE(o.sack_permitted);
  EXPECT_TRUE(o.has_timestamps);
  EXPECT_EQ(o.timestamp_value, 7u);
  EXPECT_EQ(o.timestamp_echo, 9u);
  EXPECT_EQ(o.window_scale, 7);
}

TEST(TcpOptions, AScaleAboveFourteenIsTakenAsFourteen) {
  EXPECT_EQ(read_options(header_with({3, 3, 200, 0})).window_scale, 14);
}

TEST(TcpOptions, AMalformedListEndsTheReadingAndNothingElse) {
  for (const auto& h : {header_with({8}), header_with({8, 1, 0, 0}), header_with({2, 40, 1, 1}),
                        header_with({0, 2, 4, 5, 0xb4})}) {
    const Options o = read_options(h);
    EXPECT_EQ(o.mss, 0);
    EXPECT_FALSE(o.has_timestamps);
  }
}

TEST(TcpOptions, EveryTruncationOfAListIsReadWithoutHarm) {
  const auto whole = header_with({2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 7, 0, 0, 0, 9, 1, 3, 3, 7});
  for (std::size_t size = fixed_header_size; size < whole.size(); ++size)
    static_cast<void>(read_options(Bytes{whole}.first(size)));
}

TEST(TcpOptions, UnknownOptionsOfASynAreBlanked) {
  auto h = header_with({2, 4, 5, 0xb4, 34, 4, 1, 2, 30, 4, 0, 0});  // fast open, multipath
  EXPECT_TRUE(blank_unknown_options(h, true));
  EXPECT_EQ(read_options(h).mss, 1460);
  for (std::size_t i = fixed_header_size + 4; i < h.size(); ++i) EXPECT_EQ(h[i], std::byte{1});
  EXPECT_FALSE(blank_unknown_options(h, true));
}

TEST(TcpOptions, SackBlocksBelowTheMarkAreBlankedAndOthersStay) {
  auto h = header_with({1, 1, 5, 10, 0, 0, 0, 100, 0, 0, 0, 200});
  EXPECT_FALSE(blank_sack_below(h, Seq{100}));
  EXPECT_TRUE(blank_sack_below(h, Seq{101}));
  EXPECT_EQ(h[fixed_header_size + 2], std::byte{1});
}

TEST(TcpOptions, WhatIsWrittenIsReadBack) {
  std::array<std::byte, max_option_size> out;
  const SackBlock block{Seq{5}, Seq{9}};
  const std::size_t size = write_options(out, true, 11, 12, {&block, 1});
  EXPECT_EQ(size, 24u);
  EXPECT_EQ(size % 4, 0u);
  auto h = header_with({});
  h.insert(h.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size));
  const Options o = read_options(h);
  EXPECT_EQ(o.timestamp_value, 11u);
  EXPECT_EQ(o.timestamp_echo, 12u);
  EXPECT_TRUE(blank_sack_below(h, Seq{6}));
  EXPECT_EQ(write_options(out, false, 0, 0, {}), 0u);
}

TEST(TcpHeader, FieldsAreEditedWhereTheyLie) {
  auto h = header_with({});
  h[13] = static_cast<std::byte>(flags::ack | flags::urg | flags::fin);
  h[19] = std::byte{9};
  set_sequence(h, Seq{0x01020304});
  set_acknowledgement(h, Seq{0x05060708});
  set_window(h, 0x090a);
  clear_urgent(h);
  clear_flags(h, flags::fin);
  wire::Reader r{h, wire::ByteOrder::big};
  r.skip(4);
  EXPECT_EQ(r.u32(), 0x01020304u);
  EXPECT_EQ(r.u32(), 0x05060708u);
  r.skip(1);
  EXPECT_EQ(r.u8(), flags::ack);
  EXPECT_EQ(r.u16(), 0x090a);
  r.skip(2);
  EXPECT_EQ(r.u16(), 0);
}

}  // namespace
}  // namespace rpcgate::tcp
