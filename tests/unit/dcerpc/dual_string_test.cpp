// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dcerpc/dual_string.hpp"

#include <gtest/gtest.h>

#include "dcom_examples.hpp"

namespace rpcgate::dcerpc {
namespace {

using test::Octets;
using test::StubWriter;
using wire::ByteOrder;
using Places = std::vector<std::string>;

// `base` bytes lie in front of the array in a stub; the reader sees the array alone.
bool read(const Octets& array, StringBindings& out, Ndr ndr = Ndr::ndr32,
          ByteOrder order = ByteOrder::little, std::size_t base = 0) {
  NdrReader in{array, ndr, order};
  return read_dual_string(in, base, order, out);
}

Octets array_of(const std::vector<std::uint16_t>& units, std::uint16_t security) {
  StubWriter w{Ndr::ndr32, ByteOrder::little};
  w.u32(static_cast<std::uint32_t>(units.size()));
  w.u16(static_cast<std::uint16_t>(units.size()));
  w.u16(security);
  for (const std::uint16_t unit : units) w.u16(unit);
  return w.stub();
}

bool reads_text(std::string_view text, StringBindings& out) {
  StubWriter w{Ndr::ndr32, ByteOrder::little};
  w.dual_string({text});
  return read(w.stub(), out);
}

TEST(DualString, ReadsInEveryWay) {
  for (const test::Way& way : test::ways) {
    StubWriter w{way.ndr, way.order};
    w.dual_string({"SERVER[49667]", "10.1.1.20[135]", "SERVER"});
    StringBindings bindings;
    ASSERT_TRUE(read(w.stub(), bindings, way.ndr, way.order));
    EXPECT_EQ(test::places(w.stub(), bindings),
              (Places{"SERVER:49667", "10.1.1.20:135", "SERVER:"}));
    ASSERT_EQ(bindings.list.size(), 3u);
    EXPECT_EQ(bindings.list[0].protocol, protocol_tcp);
    EXPECT_EQ(bindings.list[0].port, 49667);
    EXPECT_EQ(bindings.list[1].port, 135);
    EXPECT_EQ(bindings.list[2].port, 0);
    EXPECT_EQ(bindings.list[2].port_units, 0);
  }
}

TEST(DualString, CountsOffsetsFromTheStub) {
  StubWriter w{Ndr::ndr32, ByteOrder::little};
  w.dual_string({"A[7]"});
  StringBindings bindings;
  ASSERT_TRUE(read(w.stub(), bindings, Ndr::ndr32, ByteOrder::little, 1000));
  EXPECT_EQ(bindings.list[0].host_offset, 1000u + 8 + 2);
  EXPECT_EQ(bindings.list[0].port_offset, 1000u + 8 + 2 + 4);
}

TEST(DualString, TakesPortsThatEveryoneReadsTheSame) {
  StringBindings bindings;
  for (const std::string_view text : {"a", "a[1]", "fe80::1[65535]", "a.b-c_d[10]"})
    EXPECT_TRUE(reads_text(text, bindings)) << text;
  for (const std::string_view text :
       {"",         "[135]",     "a[",    "a[]",     "a[1",    "a[0]",          "a[01]", "a[65536]",
        "a[99999]", "a[111111]", "a[1]x", "a[1][2]", "a[1x",   "a[4294967297]", "a[-1]", "a[+1]",
        "a[ 1]",    "a[0x10]",   "a]",    "a b[1]",  "a\t[1]", "a[1]]"})
    EXPECT_FALSE(reads_text(text, bindings)) << text;
}

TEST(DualString, KeepsTextsOfOtherProtocolsWhole) {
  const Octets array = array_of({0x0f, 'A', '[', 'p', ']', 0, 7, 'B', 0, 0, 0}, 10);
  StringBindings bindings;
  ASSERT_TRUE(read(array, bindings));
  EXPECT_EQ(test::places(array, bindings), (Places{"A[p]:", "B:"}));
  EXPECT_EQ(bindings.list[0].protocol, 0x0f);
}

TEST(DualString, MayBeEmpty) {
  StringBindings bindings;
  EXPECT_TRUE(read(array_of({0, 0, 0, 0}, 2), bindings));
  EXPECT_TRUE(bindings.list.empty());
  EXPECT_FALSE(read(array_of({0, 0}, 0), bindings));
  EXPECT_FALSE(read(array_of({}, 0), bindings));
}

TEST(DualString, EndsWhereBothKindsOfReadersEnd) {
  StringBindings bindings;
  EXPECT_TRUE(read(array_of({7, 'A', 0, 0, 0, 0, 9, 0, 0, 0}, 6), bindings));
  // A second binding behind the end, no end, an end behind the place of the security bindings, a
  // text without one.
  EXPECT_FALSE(read(array_of({7, 'A', 0, 0, 7, 'B', 0, 0, 0}, 8), bindings));
  EXPECT_FALSE(read(array_of({7, 'A', 0, 0}, 3), bindings));
  EXPECT_FALSE(read(array_of({7, 'A', 0, 0, 0}, 1), bindings));
  EXPECT_FALSE(read(array_of({7, 'A', 'B', 'C'}, 4), bindings));
  EXPECT_FALSE(read(array_of({0x0f, 'A', 'B', 'C'}, 4), bindings));
  EXPECT_FALSE(read(array_of({0x0f, 0, 0, 0}, 4), bindings));
}

TEST(DualString, RefusesCountsThatDisagree) {
  const Octets good = array_of({7, 'A', 0, 0, 0}, 4);
  StringBindings bindings;
  ASSERT_TRUE(read(good, bindings));
  for (const std::size_t place : {0u, 2u, 4u}) {
    Octets array = good;
    array[place] = std::byte{6};
    EXPECT_FALSE(read(array, bindings)) << place;
  }
  EXPECT_FALSE(read(array_of({7, 'A', 0, 0, 0}, 6), bindings));
  EXPECT_FALSE(read(array_of({7, 'A', 0, 0, 0}, 0xffff), bindings));
}

TEST(DualString, RefusesMoreBindingsThanItKeeps) {
  for (const std::size_t n : {max_string_bindings, max_string_bindings + 1}) {
    StubWriter w{Ndr::ndr32, ByteOrder::little};
    w.dual_string(std::vector<std::string_view>(n, "A[1]"));
    StringBindings bindings;
    EXPECT_EQ(read(w.stub(), bindings), n <= max_string_bindings);
  }
}

}  // namespace
}  // namespace rpcgate::dcerpc
