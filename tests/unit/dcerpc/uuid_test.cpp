// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dcerpc/uuid.hpp"

#include <gtest/gtest.h>

#include "dcerpc/interfaces.hpp"
#include "examples.hpp"

namespace rpcgate::dcerpc {
namespace {

using namespace literals;
using test::hex;

constexpr Uuid sample = "e1af8308-5d1f-11c9-91a4-08002b14a0fa"_uuid;
static_assert(sample == ids::epmapper.uuid);
static_assert(Uuid{}.is_nil() && !sample.is_nil());
static_assert(sample.octets()[0] == 0xe1 && sample.octets()[15] == 0xfa);
static_assert(sample.wire_octets(wire::ByteOrder::little)[0] == 0x08);
static_assert(sample.wire_octets(wire::ByteOrder::big) == sample.octets());
static_assert(!Uuid::parse("e1af8308-5d1f-11c9-91a4-08002b14a0f"));
static_assert(!Uuid::parse("e1af8308-5d1f-11c9-91a4-08002b14a0fg"));
static_assert(!Uuid::parse("e1af8308x5d1f-11c9-91a4-08002b14a0fa"));
static_assert(!Uuid::parse("{1af8308-5d1f-11c9-91a4-08002b14a0f}"));
static_assert(Uuid::parse("E1AF8308-5D1F-11C9-91A4-08002B14A0FA") == sample);

static_assert(syntax_of(ndr32_syntax) == Syntax::ndr32);
static_assert(syntax_of(ndr64_syntax) == Syntax::ndr64);
constexpr InterfaceId both_features{"6cb71c2c-9812-4540-0300-000000000000"_uuid, 1, 0};
static_assert(syntax_of(both_features) == Syntax::features);
static_assert(feature_bits(both_features) ==
              (feature_security_multiplexing | feature_keep_on_orphan));
static_assert(syntax_of({both_features.uuid, 2, 0}) == Syntax::other);
static_assert(syntax_of({ndr32_syntax.uuid, 1, 0}) == Syntax::other);

TEST(Uuid, ReadsTheSameFromBothByteOrders) {
  const auto little = hex("08 83 af e1 1f 5d c9 11 91 a4 08 00 2b 14 a0 fa");
  const auto big = hex("e1 af 83 08 5d 1f 11 c9 91 a4 08 00 2b 14 a0 fa");
  wire::Reader a{little, wire::ByteOrder::little};
  wire::Reader b{big, wire::ByteOrder::big};
  EXPECT_EQ(Uuid::read(a), sample);
  EXPECT_EQ(Uuid::read(b), sample);
}

TEST(Uuid, IsNilWhenTheBytesEnd) {
  const auto little = hex("08 83 af e1 1f 5d c9 11 91 a4 08 00 2b 14 a0 fa");
  for (std::size_t size = 0; size < 16; ++size) {
    const test::Beginning beginning{little, size};
    wire::Reader in{beginning.bytes()};
    EXPECT_TRUE(Uuid::read(in).is_nil());
    EXPECT_FALSE(in.ok());
  }
}

TEST(Uuid, PrintsWhatItParses) {
  EXPECT_EQ(sample.to_string(), "e1af8308-5d1f-11c9-91a4-08002b14a0fa");
  EXPECT_EQ(to_string(ids::epmapper), "e1af8308-5d1f-11c9-91a4-08002b14a0fa/3.0");
}

TEST(InterfaceId, TakesTheMinorVersionFromTheHighHalfInBothOrders) {
  const auto uuid = sample;
  const auto little = hex("08 83 af e1 1f 5d c9 11 91 a4 08 00 2b 14 a0 fa 00 00 51 00");
  const auto big = hex("e1 af 83 08 5d 1f 11 c9 91 a4 08 00 2b 14 a0 fa 00 51 00 00");
  wire::Reader a{little, wire::ByteOrder::little};
  wire::Reader b{big, wire::ByteOrder::big};
  const InterfaceId expected{uuid, 0, 81};
  EXPECT_EQ(InterfaceId::read_syntax(a), expected);
  EXPECT_EQ(InterfaceId::read_syntax(b), expected);
}

TEST(InterfaceId, IsTheSameWhateverTheMinorVersionAndNotTheMajor) {
  EXPECT_TRUE(same_interface(ids::emsmdb, {ids::emsmdb.uuid, 0, 0}));
  EXPECT_FALSE(same_interface(ids::epmapper, {ids::epmapper.uuid, 2, 0}));
}

TEST(Interfaces, AreFoundByNameInEitherCase) {
  EXPECT_EQ(interface_by_name("samr"), ids::samr);
  EXPECT_EQ(interface_by_name("EMSMDB"), ids::emsmdb);
  EXPECT_EQ(interface_by_name("ISystemActivator"), ids::system_activator);
  EXPECT_EQ(interface_by_name("sam"), std::nullopt);
  EXPECT_EQ(interface_by_name(""), std::nullopt);
}

TEST(Interfaces, AreNamedByUuidAndMajorVersion) {
  const Uuid shared = "f5cc59b4-4264-101a-8c59-08002b2f8426"_uuid;
  EXPECT_EQ(interface_name({shared, 1, 1}), "frsrpc");
  EXPECT_EQ(interface_name({shared, 21, 0}), "exchange-drs");
  EXPECT_EQ(interface_name({shared, 2, 0}), "");
  EXPECT_EQ(interface_name({ids::emsmdb.uuid, 0, 0}), "emsmdb");
  EXPECT_EQ(name_of(ids::netlogon.uuid), "netlogon");
  EXPECT_EQ(name_of(Uuid{}), "");
}

TEST(Interfaces, HaveNamesThatCanBeWrittenInAConfiguration) {
  for (const KnownInterface& known : known_interfaces()) {
    EXPECT_FALSE(known.name.empty());
    EXPECT_FALSE(known.note.empty()) << known.name;
    EXPECT_FALSE(known.id.uuid.is_nil()) << known.name;
    EXPECT_EQ(known.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"),
              std::string_view::npos)
        << known.name;
    EXPECT_EQ(interface_by_name(known.name), known.id);
    EXPECT_FALSE(interface_name(known.id).empty());
  }
}

}  // namespace
}  // namespace rpcgate::dcerpc
