// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dcerpc/endpoint_mapper.hpp"

#include <gtest/gtest.h>

#include "examples.hpp"

namespace rpcgate::dcerpc {
namespace {

using stats::Reason;
using test::hex;
using test::operator+;
using test::Octets;
using wire::ByteOrder;

Octets stub_of(const Octets& pdu) {
  return {pdu.begin() + 24, pdu.end()};
}

const Octets asked_tower = test::emsmdb_tower("00 87", "00 00 00 00");

// The same question in NDR64, and both big-endian: towers stay as they are.
const Octets question_ndr32 = stub_of(hex(test::outlook_map_request));
const Octets question_ndr64 = hex("01 00 00 00 00 00 00 00") + test::zeros(16) +
                              hex("02 00 00 00 00 00 00 00 4b 00 00 00 00 00 00 00 4b 00 00 00") +
                              asked_tower + test::zeros(1 + 20) + hex("04 00 00 00");
const Octets question_ndr32_big = hex("00 00 00 01") + test::zeros(16) +
                                  hex("00 00 00 02 00 00 00 4b 00 00 00 4b") + asked_tower +
                                  test::zeros(1 + 20) + hex("00 00 00 04");
const Octets question_ndr64_big =
    hex("00 00 00 00 00 00 00 01") + test::zeros(16) +
    hex("00 00 00 00 00 00 00 02 00 00 00 00 00 00 00 4b 00 00 00 4b") + asked_tower +
    test::zeros(1 + 20) + hex("00 00 00 04");

struct Question {
  const Octets& stub;
  Ndr ndr;
  ByteOrder order;
  std::uint32_t tower_offset;
};
const Question questions[] = {{question_ndr32, Ndr::ndr32, ByteOrder::little, 32},
                              {question_ndr64, Ndr::ndr64, ByteOrder::little, 44},
                              {question_ndr32_big, Ndr::ndr32, ByteOrder::big, 32},
                              {question_ndr64_big, Ndr::ndr64, ByteOrder::big, 44}};

TEST(MapRequest, ReadsTheSameInBothSyntaxesAndByteOrders) {
  EXPECT_EQ(question_ndr32.size(), 132u);
  EXPECT_EQ(question_ndr64.size(), 144u);
  for (const Question& q : questions) {
    MapRequest request;
    ASSERT_EQ(read_map_request(q.stub, q.ndr, q.order, request), Reason::none) << q.tower_offset;
    EXPECT_TRUE(request.has_object);
    EXPECT_TRUE(request.object.is_nil());
    EXPECT_EQ(request.asked.offset, q.tower_offset);
    EXPECT_EQ(request.asked.size, 75u);
    EXPECT_EQ(request.asked.uuid_offset(), q.tower_offset + 5);
    EXPECT_EQ(request.asked.tower.kind, TowerKind::tcp);
    EXPECT_EQ(request.asked.tower.interface, ids::emsmdb);
    EXPECT_EQ(request.asked.tower.transfer, ndr32_syntax);
    EXPECT_EQ(request.asked.tower.port, 135);
    EXPECT_EQ(request.max_towers, 4u);
    EXPECT_EQ(request.max_towers_offset + 4, q.stub.size());
    EXPECT_FALSE(request.verification_trailer);
  }
}

TEST(MapRequest, RefusesEveryBeginning) {
  for (const Question& q : questions)
    for (std::size_t size = 0; size < q.stub.size(); ++size) {
      const test::Beginning beginning{q.stub, size};
      MapRequest request;
      EXPECT_EQ(read_map_request(beginning.bytes(), q.ndr, q.order, request),
                Reason::mapper_malformed)
          << size;
    }
}

TEST(MapRequest, ReadTheWrongWayIsMalformed) {
  for (const Question& q : questions) {
    const Ndr other_ndr = q.ndr == Ndr::ndr32 ? Ndr::ndr64 : Ndr::ndr32;
    const ByteOrder other = q.order == ByteOrder::little ? ByteOrder::big : ByteOrder::little;
    MapRequest request;
    EXPECT_NE(read_map_request(q.stub, other_ndr, q.order, request), Reason::none);
    EXPECT_NE(read_map_request(q.stub, q.ndr, other, request), Reason::none);
  }
}

TEST(MapRequest, WithoutAnObjectLiesSixteenBytesEarlier) {
  Octets stub(question_ndr32.begin() + 16, question_ndr32.end());
  stub[0] = stub[1] = stub[2] = stub[3] = std::byte{0};
  MapRequest request;
  ASSERT_EQ(read_map_request(stub, Ndr::ndr32, ByteOrder::little, request), Reason::none);
  EXPECT_FALSE(request.has_object);
  EXPECT_EQ(request.asked.offset, 16u);
}

TEST(MapRequest, RefusesAMissingTower) {
  const Octets stub =
      hex("00 00 00 00 00 00 00 00") + test::zeros(context_handle_size) + hex("04 00 00 00");
  MapRequest request;
  EXPECT_EQ(read_map_request(stub, Ndr::ndr32, ByteOrder::little, request),
            Reason::mapper_malformed);
  Octets null_pointer = question_ndr32;  // and a tower all the same
  null_pointer[20] = std::byte{0};
  EXPECT_EQ(read_map_request(null_pointer, Ndr::ndr32, ByteOrder::little, request),
            Reason::mapper_malformed);
}

TEST(MapRequest, RefusesCountsThatDisagree) {
  for (const std::size_t place : {std::size_t{24}, std::size_t{28}})
    for (const unsigned value : {74u, 76u, 0u, 255u}) {
      Octets stub = question_ndr32;
      stub[place] = static_cast<std::byte>(value);
      MapRequest request;
      EXPECT_EQ(read_map_request(stub, Ndr::ndr32, ByteOrder::little, request),
                Reason::mapper_malformed);
    }
  Octets wide = question_ndr64;
  wide[36] = std::byte{1};  // max_count 0x10000004b
  MapRequest request;
  EXPECT_EQ(read_map_request(wide, Ndr::ndr64, ByteOrder::little, request),
            Reason::mapper_malformed);
}

TEST(MapRequest, LetsAVerificationTrailerFollowAndNothingElse) {
  const Octets verification =
      hex("8a e3 13 71 02 f4 36 71 01 00 04 00 01 00 00 00 02 40 28 00") + test::zeros(40);
  MapRequest request;
  ASSERT_EQ(read_map_request(question_ndr32 + verification, Ndr::ndr32, ByteOrder::little, request),
            Reason::none);
  EXPECT_TRUE(request.verification_trailer);
  for (std::size_t size = 1; size < verification.size(); ++size) {
    const Octets part(verification.begin(), verification.begin() + static_cast<long>(size));
    EXPECT_EQ(read_map_request(question_ndr32 + part, Ndr::ndr32, ByteOrder::little, request),
              Reason::mapper_malformed)
        << size;
  }
  EXPECT_EQ(read_map_request(question_ndr32 + verification + test::zeros(4), Ndr::ndr32,
                             ByteOrder::little, request),
            Reason::mapper_malformed);
}

TEST(VerificationTrailer, NeedsItsLastCommandLastAndKnownLengths) {
  const auto magic = hex("8a e3 13 71 02 f4 36 71");
  const auto check = [](const Octets& bytes) {
    return is_verification_trailer(bytes, ByteOrder::little);
  };
  EXPECT_TRUE(check(magic + hex("03 c0 10 00") + test::zeros(16)));  // must process, end
  EXPECT_TRUE(is_verification_trailer(magic + hex("40 01 00 04") + test::zeros(4), ByteOrder::big));
  EXPECT_FALSE(check(magic));
  EXPECT_FALSE(check(magic + hex("01 00 04 00") + test::zeros(4)));  // no end
  EXPECT_FALSE(check(magic + hex("01 40 05 00") + test::zeros(5)));  // another length
  EXPECT_FALSE(check(magic + hex("04 40 04 00") + test::zeros(4)));  // unknown command
  EXPECT_FALSE(check(hex("8a e3 13 71 02 f4 36 72 01 40 04 00") + test::zeros(4)));
}

TEST(MapResponse, NamesTheServersPort) {
  const Octets stub = stub_of(hex(test::outlook_map_response));
  MapResponse response;
  ASSERT_EQ(read_map_response(stub, Ndr::ndr32, ByteOrder::little, response), Reason::none);
  EXPECT_EQ(response.num_towers, 1u);
  EXPECT_EQ(response.num_towers_offset, 20u);
  EXPECT_EQ(response.status, 0u);
  EXPECT_EQ(response.status_offset, 124u);
  ASSERT_EQ(response.towers.size(), 1u);
  const PlacedTower& placed = response.towers[0];
  EXPECT_EQ(placed.tower.interface, ids::emsmdb);
  EXPECT_EQ(placed.tower.port, 49667);
  EXPECT_EQ(placed.tower.address, wire::IpAddress::from_v4(0x0a010114));
  EXPECT_EQ(placed.port_offset(), 136u - 24);
  EXPECT_EQ(placed.address_offset(), 143u - 24);
}

TEST(MapResponse, HasSeveralTowersInNdr64) {
  const Octets pdu = test::ndr64_map_response();
  ASSERT_EQ(pdu.size(), 268u);
  MapResponse response;
  ASSERT_EQ(read_map_response(stub_of(pdu), Ndr::ndr64, ByteOrder::little, response), Reason::none);
  EXPECT_EQ(response.num_towers, 2u);
  ASSERT_EQ(response.towers.size(), 2u);
  EXPECT_EQ(response.towers[0].tower.port, 49674);
  EXPECT_EQ(response.towers[0].port_offset(), 164u - 24);
  EXPECT_EQ(response.towers[0].address_offset(), 171u - 24);
  EXPECT_EQ(response.towers[1].tower.port, 49667);
  EXPECT_EQ(response.towers[1].port_offset(), 252u - 24);
  EXPECT_EQ(response.towers[1].address_offset(), 259u - 24);
  EXPECT_EQ(response.status_offset, 264u - 24);
}

// One tower, big-endian.
const Octets answer_big =
    test::zeros(20) + hex("00 00 00 01 00 00 00 04 00 00 00 00 00 00 00 01 00 00 00 03") +
    hex("00 00 00 4b 00 00 00 4b") + test::emsmdb_tower("c2 03", "0a 01 01 14") + test::zeros(1) +
    hex("00 00 00 00");
const Octets answer_big_ndr64 =
    test::zeros(20) + hex("00 00 00 01") +
    hex("00 00 00 00 00 00 00 04 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01") +
    hex("00 00 00 00 00 00 00 03 00 00 00 00 00 00 00 4b 00 00 00 4b") +
    test::emsmdb_tower("c2 03", "0a 01 01 14") + test::zeros(1) + hex("00 00 00 00");

TEST(MapResponse, ReadsBigEndianInBothSyntaxes) {
  MapResponse response;
  ASSERT_EQ(read_map_response(answer_big, Ndr::ndr32, ByteOrder::big, response), Reason::none);
  EXPECT_EQ(response.towers[0].tower.port, 49667);
  ASSERT_EQ(read_map_response(answer_big_ndr64, Ndr::ndr64, ByteOrder::big, response),
            Reason::none);
  EXPECT_EQ(response.towers[0].port_offset(), 156u - 24);
}

TEST(MapResponse, RefusesEveryBeginning) {
  const Octets ndr32 = stub_of(hex(test::outlook_map_response));
  const Octets ndr64 = stub_of(test::ndr64_map_response());
  const auto refused = [](const Octets& stub, Ndr ndr, ByteOrder order) {
    for (std::size_t size = 0; size < stub.size(); ++size) {
      const test::Beginning beginning{stub, size};
      MapResponse response;
      EXPECT_EQ(read_map_response(beginning.bytes(), ndr, order, response),
                Reason::mapper_malformed)
          << size;
    }
  };
  refused(ndr32, Ndr::ndr32, ByteOrder::little);
  refused(ndr64, Ndr::ndr64, ByteOrder::little);
  refused(answer_big, Ndr::ndr32, ByteOrder::big);
  refused(answer_big_ndr64, Ndr::ndr64, ByteOrder::big);
}

TEST(MapResponse, SaysNotRegisteredWithoutTowers) {
  const Octets ndr32 = test::zeros(24) + hex("04 00 00 00 00 00 00 00 00 00 00 00 d6 a0 c9 16");
  const Octets ndr64 =
      test::zeros(24) + hex("04 00 00 00 00 00 00 00") + test::zeros(16) + hex("d6 a0 c9 16");
  EXPECT_EQ(ndr32.size(), 40u);
  EXPECT_EQ(ndr64.size(), 52u);
  MapResponse response;
  ASSERT_EQ(read_map_response(ndr32, Ndr::ndr32, ByteOrder::little, response), Reason::none);
  EXPECT_EQ(response.status, ept_not_registered);
  EXPECT_TRUE(response.towers.empty());
  ASSERT_EQ(read_map_response(ndr64, Ndr::ndr64, ByteOrder::little, response), Reason::none);
  EXPECT_EQ(response.status, ept_not_registered);
  EXPECT_EQ(response.status_offset, 48u);
}

TEST(MapResponse, LeavesNullPointersOut) {
  Octets stub = stub_of(hex(test::outlook_map_response));
  stub[20] = stub[32] = std::byte{2};  // two towers said, the first is null
  stub.insert(stub.begin() + 36, 4, std::byte{0});
  MapResponse response;
  ASSERT_EQ(read_map_response(stub, Ndr::ndr32, ByteOrder::little, response), Reason::none);
  EXPECT_EQ(response.num_towers, 2u);
  ASSERT_EQ(response.towers.size(), 1u);
  EXPECT_EQ(response.towers[0].tower.port, 49667);
}

TEST(MapResponse, RefusesCountsThatDisagree) {
  const Octets good = stub_of(hex(test::outlook_map_response));
  struct Edit {
    std::size_t place;
    std::uint8_t value;
  };
  for (const Edit edit : {Edit{20, 2}, Edit{24, 0}, Edit{28, 1}, Edit{32, 2}, Edit{40, 76},
                          Edit{44, 74}, Edit{35, 0x80}}) {
    Octets stub = good;
    stub[edit.place] = std::byte{edit.value};
    MapResponse response;
    EXPECT_EQ(read_map_response(stub, Ndr::ndr32, ByteOrder::little, response),
              Reason::mapper_malformed)
        << edit.place;
  }
  MapResponse response;
  EXPECT_EQ(read_map_response(good + test::zeros(4), Ndr::ndr32, ByteOrder::little, response),
            Reason::mapper_malformed);
}

TEST(MapResponse, RefusesMoreTowersThanItKeeps) {
  for (const unsigned n : {32u, 33u}) {
    Octets stub = test::zeros(20) + hex("00 00 00 00 ff 00 00 00 00 00 00 00 00 00 00 00");
    stub[20] = stub[32] = static_cast<std::byte>(n);
    for (unsigned i = 0; i < n; ++i) stub = stub + hex("01 00 00 00");
    for (unsigned i = 0; i < n; ++i)
      stub = stub + hex("4b 00 00 00 4b 00 00 00") + asked_tower + test::zeros(1);
    stub = stub + test::zeros(4);
    MapResponse response;
    EXPECT_EQ(read_map_response(stub, Ndr::ndr32, ByteOrder::little, response) == Reason::none,
              n <= max_answer_towers);
  }
}

}  // namespace
}  // namespace rpcgate::dcerpc
