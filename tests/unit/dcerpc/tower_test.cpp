// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dcerpc/tower.hpp"

#include <gtest/gtest.h>

#include "dcerpc/ndr.hpp"
#include "examples.hpp"

namespace rpcgate::dcerpc {
namespace {

using test::hex;
using test::operator+;
using test::Octets;

const Octets tcp = test::emsmdb_tower("c2 03", "0a 01 01 14");
const Octets front(tcp.begin() + 2, tcp.begin() + 52);  // the floors of interface and syntax

TEST(Tower, OfTcpHasEverythingAtItsPlace) {
  ASSERT_EQ(tcp.size(), tcp_tower_size);
  const Tower tower = read_tower(tcp);
  EXPECT_EQ(tower.kind, TowerKind::tcp);
  EXPECT_EQ(tower.interface, ids::emsmdb);
  EXPECT_EQ(tower.transfer, ndr32_syntax);
  EXPECT_EQ(tower.port, 49667);
  EXPECT_EQ(tower.address, wire::IpAddress::from_v4(0x0a010114));
  EXPECT_EQ(tcp[tower_uuid_offset - 1], std::byte{0x0d});
  EXPECT_EQ(tcp[tower_port_offset], std::byte{0xc2});
  EXPECT_EQ(tcp[tower_address_offset], std::byte{0x0a});
}

TEST(Tower, IsUnreadableAtEveryBeginning) {
  for (std::size_t size = 0; size < tcp.size(); ++size) {
    const test::Beginning beginning{tcp, size};
    EXPECT_EQ(read_tower(beginning.bytes()).kind, TowerKind::unreadable) << size;
  }
  EXPECT_EQ(read_tower(tcp + test::zeros(1)).kind, TowerKind::unreadable);
}

TEST(Tower, IsUnreadableWhenAnyLengthOrIdentifierIsAnother) {
  // Floor count, the two length fields of each floor, and each identifier.
  for (const std::size_t place :
       std::initializer_list<std::size_t>{0,  1,  2,  3,  4,  23, 24, 27, 28, 29, 48, 49, 52, 53,
                                          54, 55, 56, 59, 60, 61, 62, 63, 66, 67, 68, 69, 70})
    for (unsigned value = 0; value < 256; ++value) {
      Octets other = tcp;
      if (other[place] == static_cast<std::byte>(value)) continue;
      other[place] = static_cast<std::byte>(value);
      EXPECT_NE(read_tower(other).kind, TowerKind::tcp) << place << ' ' << value;
    }
}

TEST(Tower, IsUnreadableWithFloorsOutOfOrder) {
  const Octets swapped = hex("05 00") + Octets(front.begin() + 25, front.end()) +
                         Octets(front.begin(), front.begin() + 25) +
                         Octets(tcp.begin() + 52, tcp.end());
  // Interface and syntax are alike: only their meaning is exchanged, for the judgement to see.
  EXPECT_EQ(read_tower(swapped).interface, ndr32_syntax);
  const Octets host_first = hex("05 00") + front +
                            hex("01 00 0b 02 00 00 00 01 00 09 04 00 0a 01 01 14"
                                "01 00 07 02 00 c2 03");
  EXPECT_EQ(host_first.size(), tcp_tower_size);
  EXPECT_EQ(read_tower(host_first).kind, TowerKind::unreadable);
}

TEST(Tower, IsUnreadableWithMoreInAFloorThanItHolds) {
  const Octets long_left = hex("05 00") + front +
                           hex("02 00 0b 00 02 00 00 00 01 00 07 02 00 c2 03"
                               "01 00 09 04 00 0a 01 01 14");
  EXPECT_EQ(read_tower(long_left).kind, TowerKind::unreadable);
  const Octets six = hex("06 00") + Octets(tcp.begin() + 2, tcp.end()) + hex("01 00 21 00 00");
  EXPECT_EQ(read_tower(six).kind, TowerKind::unreadable);
}

TEST(Tower, OfOtherProtocolsIsRecognised) {
  const auto with = [](std::string_view floors) { return hex("05 00") + front + hex(floors); };
  const Tower udp =
      read_tower(with("01 00 0a 02 00 00 00 01 00 08 02 00 00 87 01 00 09 04 00 0a 01 01 14"));
  EXPECT_EQ(udp.kind, TowerKind::udp);
  EXPECT_EQ(udp.port, 135);
  const Tower http =
      read_tower(with("01 00 0b 02 00 00 00 01 00 1f 02 00 17 71 01 00 20 04 00 0a 01 01 14"));
  EXPECT_EQ(http.kind, TowerKind::http);
  EXPECT_EQ(http.port, 6001);
  const Tower pipe =
      read_tower(with("01 00 0b 02 00 00 00 01 00 0f 03 00 5c 70 00 01 00 11 03 00 5c 5c 00"));
  EXPECT_EQ(pipe.kind, TowerKind::named_pipe);
  EXPECT_EQ(pipe.interface, ids::emsmdb);
  const Tower local =
      read_tower(hex("04 00") + front + hex("01 00 0c 02 00 00 00 01 00 10 03 00 61 62 00"));
  EXPECT_EQ(local.kind, TowerKind::local);
  const Tower mixed =
      read_tower(with("01 00 0a 02 00 00 00 01 00 07 02 00 00 87 01 00 09 04 00 0a 01 01 14"));
  EXPECT_EQ(mixed.kind, TowerKind::unreadable);
}

TEST(Tower, OfOtherProtocolsHoldsNothingMoreEither) {
  for (const std::string_view floors :
       {"01 00 0a 02 00 00 00 01 00 08 02 00 00 87 01 00 09 04 00 0a 01 01 14 00",
        "01 00 0a 02 00 00 00 01 00 08 03 00 00 87 00 01 00 09 04 00 0a 01 01 14",
        "01 00 0a 02 00 00 00 01 00 08 02 00 00 87 01 00 09 05 00 0a 01 01 14 00",
        "01 00 0a 02 00 00 00 01 00 08 02 00 00 87 02 00 09 00 04 00 0a 01 01 14"})
    EXPECT_EQ(read_tower(hex("05 00") + front + hex(floors)).kind, TowerKind::unreadable) << floors;
}

// --- the NDR cursor ------------------------------------------------------------------------------

constexpr std::array<std::byte, 24> counted{
    std::byte{1}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{2}, std::byte{0},
    std::byte{0}, std::byte{0}, std::byte{3}, std::byte{0}, std::byte{0}, std::byte{0},
    std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{4}, std::byte{0},
    std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0}};

constexpr std::uint64_t after_one_octet(Ndr ndr) {
  NdrReader in{counted, ndr, wire::ByteOrder::little};
  in.u8();
  return in.count();
}
static_assert(after_one_octet(Ndr::ndr32) == 2);  // aligned to 4
static_assert(after_one_octet(Ndr::ndr64) == 3);  // aligned to 8

constexpr bool fails_at_the_end(Ndr ndr) {
  NdrReader in{counted, ndr, wire::ByteOrder::little};
  in.octets(17);
  return !in.pointer() && !in.ok() == (ndr == Ndr::ndr64);
}
static_assert(fails_at_the_end(Ndr::ndr32) && fails_at_the_end(Ndr::ndr64));

TEST(NdrReader, AlignsEachTypeToItsSize) {
  NdrReader in{counted, Ndr::ndr64, wire::ByteOrder::little};
  in.u8();
  EXPECT_EQ(in.u16(), 0u);
  EXPECT_EQ(in.offset(), 4u);
  EXPECT_EQ(in.u32(), 2u);
  in.u8();
  in.uuid();
  EXPECT_FALSE(in.ok());  // 12 + 16 bytes are not there
}

}  // namespace
}  // namespace rpcgate::dcerpc
