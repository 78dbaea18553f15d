// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dcerpc/ept_lookup.hpp"

#include <string>

#include <gtest/gtest.h>

#include "ept_lookup_builder.hpp"

namespace rpcgate::dcerpc {
namespace {

using stats::Reason;
using test::Answer;
using test::hex;
using test::operator+;
using test::Octets;
using test::Question;
using wire::ByteOrder;

constexpr Uuid nspi = "f5cc5a18-4264-101a-8c59-08002b2f8426"_uuid;
constexpr Uuid some_object = "5d8a4c9e-10f2-4b6d-9c3a-7e01a2b3c4d5"_uuid;

// Old Outlook asks for the directory: the object is what was in its memory.
const Octets outlook_question =
    hex("01 00 00 00 01 00 00 00 34 00 39 00 39 00 37 00 5d 00 00 00 00 00 00 00") +
    hex("02 00 00 00 18 5a cc f5 64 42 1a 10 8c 59 08 00 2b 2f 84 26 38 00 00 00") +
    hex("01 00 00 00") + test::zeros(20) + hex("01 00 00 00");
// And old Exchange's answer: one entry, of HTTP with the address under identifier 0x20.
const Octets nspi_http_tower =
    hex("05 00 13 00 0d 18 5a cc f5 64 42 1a 10 8c 59 08 00 2b 2f 84 26 38 00 02 00 00 00") +
    hex("13 00 0d 04 5d 88 8a eb 1c c9 11 9f e8 08 00 2b 10 48 60 02 00 02 00 00 00") +
    hex("01 00 0b 02 00 00 00 01 00 1f 02 00 13 88 01 00 20 04 00 0a 01 01 14");
const Octets exchange_answer =
    hex("00 00 00 00 7c fc 5f 3b 92 b0 75 44 a3 e3 e4 d5 3d f4 81 df") +
    hex("01 00 00 00 01 00 00 00 00 00 00 00 01 00 00 00") + test::zeros(16) +
    hex("03 00 00 00 00 00 00 00 24 00 00 00") + test::text("MS Exchange Directory NSP Interface") +
    hex("4b 00 00 00 4b 00 00 00") + nspi_http_tower + test::zeros(1) + hex("00 00 00 00");

// No object, by interface, 500 at the most; the padding is not zero.
const Octets question_ndr64 =
    hex("01 00 00 00 bf bf bf bf 00 00 00 00 00 00 00 00 bf 9a 00 00 00 00 00 00") +
    hex("18 5a cc f5 64 42 1a 10 8c 59 08 00 2b 2f 84 26 38 00 00 00 01 00 00 00") +
    test::zeros(20) + hex("f4 01 00 00");
const Octets question_big =
    hex("00 00 00 01 00 00 00 00 00 00 52 56 f5 cc 5a 18 42 64 10 1a 8c 59 08 00 2b 2f 84 26") +
    hex("00 38 00 00 00 00 00 01") + test::zeros(20) + hex("00 00 01 f4");

const Octets answer_ndr64 =
    test::zeros(20) + hex("02 00 00 00 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00") +
    hex("02 00 00 00 00 00 00 00") +
    hex("01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 b2 c9 00 00 00 00 00 00") +
    hex("00 00 00 00 00 00 00 00 1e 00 00 00 00 00 00 00") +
    test::text("MS NT Directory NSP Interface") + hex("ab ab") +
    hex("02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 a8 ca 00 00 00 00 00 00") +
    hex("00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00 ee ee ee ee ee ee ee") +
    hex("4b 00 00 00 00 00 00 00 4b 00 00 00") + nspi_http_tower + hex("ee") +
    hex("4b 00 00 00 00 00 00 00 4b 00 00 00") + test::emsmdb_tower("c2 03", "0a 01 01 14") +
    hex("bf") + hex("00 00 00 00");
const Octets answer_big =
    test::zeros(20) + hex("00 00 00 01 00 00 00 01 00 00 00 00 00 00 00 01") +
    hex("5d 8a 4c 9e 10 f2 4b 6d 9c 3a 7e 01 a2 b3 c4 d5 00 00 00 03 00 00 00 00 00 00 00 05") +
    test::text("mgmt") + hex("00 00 00 00 00 00 4b 00 00 00 4b") +
    test::emsmdb_tower("c2 03", "0a 01 01 14") + test::zeros(1) + hex("00 00 00 00");
const Octets end_of_list = test::zeros(24) + hex("01 00 00 00 00 00 00 00 00 00 00 00 d6 a0 c9 16");
const Octets end_of_list_ndr64 =
    test::zeros(24) + hex("01 00 00 00 00 00 00 00") + test::zeros(16) + hex("d6 a0 c9 16");

struct Way {
  Ndr ndr;
  ByteOrder order;
};
constexpr Way ways[] = {{Ndr::ndr32, ByteOrder::little},
                        {Ndr::ndr64, ByteOrder::little},
                        {Ndr::ndr32, ByteOrder::big},
                        {Ndr::ndr64, ByteOrder::big}};
constexpr Way ndr32 = ways[0];
constexpr Way ndr64 = ways[1];
constexpr Way ndr32_big = ways[2];
constexpr Way ndr64_big = ways[3];

Reason read(Bytes stub, Way way, LookupRequest& out) {
  return read_lookup_request(stub, way.ndr, way.order, out);
}
Reason read(Bytes stub, Way way, LookupResponse& out) {
  return read_lookup_response(stub, way.ndr, way.order, out);
}
template <class Out>
void expect_no_beginning_is_read(const Octets& stub, Way way) {
  for (std::size_t size = 0; size < stub.size(); ++size) {
    const test::Beginning beginning{stub, size};
    Out out;
    EXPECT_EQ(read(beginning.bytes(), way, out), Reason::mapper_malformed) << size;
  }
}
std::vector<LookupEntry> all_of(const LookupResponse& response) {
  std::vector<LookupEntry> found;
  response.entries.each([&](const LookupEntry& entry) { found.push_back(entry); });
  return found;
}
std::string said(const Octets& stub, const LookupEntry& entry) {
  const auto* start = reinterpret_cast<const char*>(stub.data());
  return {start + entry.annotation_offset, entry.annotation_size};
}

TEST(LookupRequest, ReadsWhatOutlookAsks) {
  LookupRequest request;
  ASSERT_EQ(read(outlook_question, ndr32, request), Reason::none);
  EXPECT_EQ(outlook_question.size(), 76u);
  EXPECT_EQ(request.inquiry_type, inquire_by_interface);
  EXPECT_EQ(request.inquiry_offset, 0u);
  EXPECT_TRUE(request.has_object);
  EXPECT_EQ(request.object, "00390034-0039-0037-5d00-000000000000"_uuid);
  EXPECT_TRUE(request.has_interface);
  EXPECT_EQ(request.interface, (InterfaceId{nspi, 56, 0}));
  EXPECT_EQ(request.interface_uuid_offset, 28u);
  EXPECT_EQ(request.version_option, 1u);
  EXPECT_EQ(request.handle.data(), outlook_question.data() + 52);
  EXPECT_EQ(request.handle.size(), context_handle_size);
  EXPECT_EQ(request.max_entries, 1u);
  EXPECT_EQ(request.max_entries_offset, 72u);
  EXPECT_FALSE(request.verification_trailer);
}

TEST(LookupRequest, ReadsBothSyntaxesAndByteOrders) {
  LookupRequest request;
  ASSERT_EQ(read(question_ndr64, ndr64, request), Reason::none);
  EXPECT_FALSE(request.has_object);
  EXPECT_EQ(request.interface, (InterfaceId{nspi, 56, 0}));
  EXPECT_EQ(request.interface_uuid_offset, 24u);
  EXPECT_EQ(request.max_entries, 500u);
  EXPECT_EQ(request.max_entries_offset, 68u);
  ASSERT_EQ(read(question_big, ndr32_big, request), Reason::none);
  EXPECT_EQ(request.interface, (InterfaceId{nspi, 56, 0}));
  EXPECT_EQ(request.interface_uuid_offset, 12u);
  EXPECT_EQ(request.version_option, 1u);
  EXPECT_EQ(request.max_entries, 500u);
}

TEST(LookupRequest, ReadsEveryBuiltOne) {
  for (const Way way : ways)
    for (const unsigned parts : {0u, 1u, 2u, 3u}) {
      Question asked{.inquiry = parts & 2 ? inquire_by_interface : inquire_all,
                     .has_object = (parts & 1) != 0,
                     .object = some_object,
                     .has_interface = (parts & 2) != 0,
                     .interface = {nspi, 0x0138, 0x0203},
                     .version_option = 3,
                     .max_entries = 77};
      const Octets stub = test::build(asked, way.ndr, way.order);
      LookupRequest request;
      ASSERT_EQ(read(stub, way, request), Reason::none) << parts;
      EXPECT_EQ(request.inquiry_type, asked.inquiry);
      EXPECT_EQ(request.has_object, asked.has_object);
      EXPECT_EQ(request.object, asked.has_object ? some_object : Uuid{});
      EXPECT_EQ(request.has_interface, asked.has_interface);
      EXPECT_EQ(request.interface, asked.has_interface ? asked.interface : InterfaceId{});
      EXPECT_EQ(request.version_option, 3u);
      EXPECT_EQ(request.max_entries, 77u);
      EXPECT_EQ(request.max_entries_offset + 4, stub.size());
      expect_no_beginning_is_read<LookupRequest>(stub, way);
    }
}

TEST(LookupRequest, RefusesEveryBeginning) {
  expect_no_beginning_is_read<LookupRequest>(outlook_question, ndr32);
  expect_no_beginning_is_read<LookupRequest>(question_ndr64, ndr64);
  expect_no_beginning_is_read<LookupRequest>(question_big, ndr32_big);
}

TEST(LookupRequest, ReadTheWrongWayIsMalformed) {
  LookupRequest request;
  for (const Way way : {ways[1], ways[2], ways[3]})
    EXPECT_NE(read(outlook_question, way, request), Reason::none);
  for (const Way way : {ways[0], ways[2], ways[3]})
    EXPECT_NE(read(question_ndr64, way, request), Reason::none);
}

TEST(LookupRequest, RefusesAnInquiryThatIsNone) {
  struct Case {
    std::uint32_t inquiry;
    bool has_interface;
    bool good;
  };
  for (const Case c :
       {Case{0, false, true}, Case{0, true, true}, Case{1, false, false}, Case{1, true, true},
        Case{2, false, true}, Case{2, true, true}, Case{3, false, false}, Case{3, true, true},
        Case{4, true, false}, Case{0x01000000, true, false}}) {
    const Question asked{.inquiry = c.inquiry, .has_interface = c.has_interface};
    LookupRequest request;
    EXPECT_EQ(read(test::build(asked, Ndr::ndr32, ByteOrder::little), ndr32, request),
              c.good ? Reason::none : Reason::mapper_malformed)
        << c.inquiry << c.has_interface;
  }
}

// To a server the second pointer would be the object again: it reads no interface.
TEST(LookupRequest, RefusesOnePointerTwice) {
  Octets stub = outlook_question;
  stub[24] = std::byte{1};
  LookupRequest request;
  EXPECT_EQ(read(stub, ndr32, request), Reason::mapper_malformed);
}

TEST(LookupRequest, RefusesWidePointers) {
  Octets stub = question_ndr64;
  stub[20] = std::byte{1};
  LookupRequest request;
  EXPECT_EQ(read(stub, ndr64, request), Reason::mapper_malformed);
}

TEST(LookupRequest, LetsAVerificationTrailerFollowAndNothingElse) {
  const Octets verification =
      hex("8a e3 13 71 02 f4 36 71 01 00 04 00 01 00 00 00 02 40 28 00") + test::zeros(40);
  for (const auto& [stub, way] : {std::pair{outlook_question, ndr32}, {question_ndr64, ndr64}}) {
    LookupRequest request;
    ASSERT_EQ(read(stub + verification, way, request), Reason::none);
    EXPECT_TRUE(request.verification_trailer);
    for (std::size_t size = 1; size < verification.size(); ++size) {
      const Octets part(verification.begin(), verification.begin() + static_cast<long>(size));
      EXPECT_EQ(read(stub + part, way, request), Reason::mapper_malformed) << size;
    }
    EXPECT_EQ(read(stub + verification + test::zeros(4), way, request), Reason::mapper_malformed);
  }
}

TEST(LookupResponse, ReadsWhatExchangeAnswers) {
  LookupResponse response;
  ASSERT_EQ(exchange_answer.size(), 188u);
  ASSERT_EQ(read(exchange_answer, ndr32, response), Reason::none);
  EXPECT_EQ(response.handle.data(), exchange_answer.data());
  EXPECT_EQ(response.handle.size(), context_handle_size);
  EXPECT_EQ(response.num_entries, 1u);
  EXPECT_EQ(response.num_entries_offset, 20u);
  EXPECT_EQ(response.actual_count, 1u);
  EXPECT_EQ(response.status, 0u);
  EXPECT_EQ(response.status_offset, 184u);
  const auto entries = all_of(response);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_TRUE(entries[0].object.is_nil());
  EXPECT_EQ(entries[0].object_offset, 36u);
  EXPECT_EQ(entries[0].annotation_offset, 64u);
  EXPECT_EQ(entries[0].annotation_size, 36u);
  EXPECT_TRUE(entries[0].has_tower);
  EXPECT_EQ(entries[0].tower.offset, 108u);
  EXPECT_EQ(entries[0].tower.size, 75u);
  EXPECT_EQ(entries[0].tower.tower.kind, TowerKind::http);
  EXPECT_EQ(entries[0].tower.tower.interface, (InterfaceId{nspi, 56, 0}));
  EXPECT_EQ(entries[0].tower.tower.port, 5000);
  EXPECT_EQ(entries[0].tower.tower.address, wire::IpAddress::from_v4(0x0a010114));
}

TEST(LookupResponse, HasTheTowersBehindAllEntriesInNdr64) {
  LookupResponse response;
  ASSERT_EQ(read(answer_ndr64, ndr64, response), Reason::none);
  const auto entries = all_of(response);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].object_offset, 48u);
  EXPECT_EQ(said(answer_ndr64, entries[0]), std::string("MS NT Directory NSP Interface", 30));
  EXPECT_EQ(entries[0].tower.tower.kind, TowerKind::http);
  EXPECT_EQ(entries[0].tower.offset, 180u);
  EXPECT_EQ(entries[1].object_offset, 120u);
  EXPECT_EQ(entries[1].object, "00000002-0000-0000-0000-000000000000"_uuid);
  EXPECT_EQ(entries[1].annotation_size, 1u);
  EXPECT_EQ(entries[1].tower.offset, 268u);
  EXPECT_EQ(entries[1].tower.tower.port, 49667);
  EXPECT_EQ(response.status_offset, 344u);
}

TEST(LookupResponse, ReadsBigEndian) {
  LookupResponse response;
  ASSERT_EQ(read(answer_big, ndr32_big, response), Reason::none);
  const auto entries = all_of(response);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].object, some_object);
  EXPECT_EQ(said(answer_big, entries[0]), std::string("mgmt", 5));
  EXPECT_EQ(entries[0].tower.tower.interface, ids::emsmdb);
  EXPECT_EQ(entries[0].tower.tower.port, 49667);
}

TEST(LookupResponse, EndsWithANullHandleAndNoEntries) {
  for (const auto& [stub, way] : {std::pair{end_of_list, ndr32}, {end_of_list_ndr64, ndr64}}) {
    LookupResponse response;
    ASSERT_EQ(read(stub, way, response), Reason::none);
    EXPECT_EQ(response.status, ept_not_registered);
    EXPECT_EQ(response.status_offset + 4, stub.size());
    EXPECT_EQ(response.num_entries, 0u);
    EXPECT_TRUE(all_of(response).empty());
    EXPECT_EQ(Octets(response.handle.begin(), response.handle.end()), test::zeros(20));
  }
}

TEST(LookupResponse, RefusesEveryBeginning) {
  expect_no_beginning_is_read<LookupResponse>(exchange_answer, ndr32);
  expect_no_beginning_is_read<LookupResponse>(answer_ndr64, ndr64);
  expect_no_beginning_is_read<LookupResponse>(answer_big, ndr32_big);
  expect_no_beginning_is_read<LookupResponse>(end_of_list, ndr32);
  expect_no_beginning_is_read<LookupResponse>(end_of_list_ndr64, ndr64);
  for (const Way way : ways)
    expect_no_beginning_is_read<LookupResponse>(
        test::build(test::mixed_answer(), way.ndr, way.order), way);
}

TEST(LookupResponse, ReadsTowersOfEveryKind) {
  const Answer mixed = test::mixed_answer();
  const TowerKind kinds[] = {TowerKind::local,      TowerKind::named_pipe, TowerKind::tcp,
                             TowerKind::unreadable, TowerKind::udp,        TowerKind::unreadable,
                             TowerKind::http,       TowerKind::unreadable};
  ASSERT_EQ(mixed.entries.size(), std::size(kinds));
  for (const Way way : ways) {
    const Octets stub = test::build(mixed, way.ndr, way.order);
    LookupResponse response;
    ASSERT_EQ(read(stub, way, response), Reason::none);
    const auto entries = all_of(response);
    ASSERT_EQ(entries.size(), std::size(kinds));
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const test::Entry& put = mixed.entries[i];
      EXPECT_EQ(entries[i].tower.tower.kind, kinds[i]) << i;
      EXPECT_EQ(entries[i].object, put.object);
      EXPECT_EQ(said(stub, entries[i]), put.annotation);
      EXPECT_EQ(entries[i].has_tower, put.referent != 0);
      EXPECT_EQ(entries[i].tower.size, put.tower.size());
      EXPECT_TRUE(
          std::equal(put.tower.begin(), put.tower.end(), stub.begin() + entries[i].tower.offset));
    }
    EXPECT_EQ(response.status, mixed.status);
  }
}

TEST(LookupResponse, AlignsBehindAnnotationsOfEveryLength) {
  for (const Way way : ways)
    for (std::size_t size = 0; size <= max_annotation_size + 1; ++size) {
      Answer answer = test::mixed_answer();
      answer.entries[0].annotation.assign(size, 'x');
      answer.entries[7].annotation.assign(size, 'y');
      const Octets stub = test::build(answer, way.ndr, way.order);
      LookupResponse response;
      if (size > max_annotation_size) {
        EXPECT_EQ(read(stub, way, response), Reason::mapper_malformed);
        continue;
      }
      ASSERT_EQ(read(stub, way, response), Reason::none) << size;
      const auto entries = all_of(response);
      EXPECT_EQ(said(stub, entries[0]), std::string(size, 'x'));
      EXPECT_EQ(said(stub, entries[7]), std::string(size, 'y'));
      EXPECT_EQ(entries[1].object, answer.entries[1].object);
      EXPECT_EQ(entries[2].tower.tower.port, 49667);
    }
}

TEST(LookupResponse, RefusesCountsThatDisagree) {
  struct Edit {
    std::size_t place;
    std::uint8_t value;
  };
  for (const Edit edit :
       {Edit{20, 0}, Edit{20, 2}, Edit{24, 0}, Edit{28, 1}, Edit{32, 0}, Edit{32, 2},
        Edit{35, 0x80}, Edit{52, 0}, Edit{56, 1}, Edit{60, 32}, Edit{60, 37}, Edit{63, 1},
        Edit{100, 74}, Edit{100, 76}, Edit{104, 74}, Edit{104, 76}, Edit{107, 0x80}}) {
    Octets stub = exchange_answer;
    stub[edit.place] = std::byte{edit.value};
    LookupResponse response;
    EXPECT_EQ(read(stub, ndr32, response), Reason::mapper_malformed) << edit.place;
    EXPECT_TRUE(all_of(response).empty());
  }
  for (const std::size_t place : {28u, 36u, 44u, 68u, 76u, 84u, 172u}) {  // high halves in NDR64
    Octets stub = answer_ndr64;
    stub[place] = std::byte{1};
    LookupResponse response;
    const Reason expected = place == 28 ? Reason::none : Reason::mapper_malformed;  // max_count
    EXPECT_EQ(read(stub, ndr64, response), expected) << place;
  }
  LookupResponse response;
  for (const std::size_t more : {1u, 4u, 8u})
    EXPECT_EQ(read(exchange_answer + test::zeros(more), ndr32, response), Reason::mapper_malformed);
}

TEST(LookupResponse, RefusesOnePointerTwice) {
  Answer answer = test::mixed_answer();
  answer.entries[6].referent = answer.entries[1].referent;
  for (const Way way : ways) {
    LookupResponse response;
    EXPECT_EQ(read(test::build(answer, way.ndr, way.order), way, response),
              Reason::mapper_malformed);
    EXPECT_TRUE(all_of(response).empty());
  }
}

TEST(LookupResponse, HoldsAWholeHostAndABound) {
  for (const std::uint32_t n : {346u, max_answer_entries, max_answer_entries + 1}) {
    const Answer answer = test::long_answer(n);
    for (const Way way : ways) {
      const Octets stub = test::build(answer, way.ndr, way.order);
      LookupResponse response;
      ASSERT_EQ(read(stub, way, response),
                n <= max_answer_entries ? Reason::none : Reason::mapper_malformed);
      const auto entries = all_of(response);
      ASSERT_EQ(entries.size(), n <= max_answer_entries ? n : 0);
      for (std::size_t i = 0; i < entries.size(); ++i)
        EXPECT_EQ(said(stub, entries[i]), answer.entries[i].annotation);
    }
  }
}

TEST(LookupEntries, WalksAsOftenAsOneLikes) {
  LookupResponse response;
  ASSERT_EQ(read(exchange_answer, ndr32, response), Reason::none);
  LookupEntries walk = response.entries;
  LookupEntry entry;
  EXPECT_TRUE(walk.next(entry));
  EXPECT_FALSE(walk.next(entry));
  EXPECT_EQ(all_of(response).size(), 1u);
}

TEST(LookupEntries, EndsByItsCount) {
  const Octets stub = test::build(test::mixed_answer(), Ndr::ndr32, ByteOrder::little);
  NdrReader in{stub, Ndr::ndr32, ByteOrder::little};
  in.octets(36);
  LookupEntries walk{in, in, 0};
  LookupEntry entry;
  EXPECT_FALSE(walk.next(entry));
  LookupResponse response;
  ASSERT_EQ(read(stub, ndr32, response), Reason::none);
  NdrReader towers{stub, Ndr::ndr32, ByteOrder::little};
  towers.octets(all_of(response)[0].tower.offset - 8);
  walk = {in, towers, 2};
  EXPECT_TRUE(walk.next(entry));
  EXPECT_TRUE(walk.next(entry));
  EXPECT_EQ(entry.tower.tower.kind, TowerKind::named_pipe);
  EXPECT_FALSE(walk.next(entry));
}

// Or entries would be given the towers of others.
TEST(LookupEntries, StopsForGoodWhereTheStubChanged) {
  Octets stub = test::build(test::mixed_answer(), Ndr::ndr32, ByteOrder::little);
  LookupResponse response;
  ASSERT_EQ(read(stub, ndr32, response), Reason::none);
  const LookupEntry changed = all_of(response)[4];
  ASSERT_EQ(changed.annotation_size, 0u);
  stub[changed.annotation_offset - 8] = std::byte{1};  // where it says 0
  LookupEntries walk = response.entries;
  LookupEntry entry;
  for (unsigned i = 0; i < 4; ++i) EXPECT_TRUE(walk.next(entry));
  EXPECT_FALSE(walk.next(entry));
  EXPECT_FALSE(walk.next(entry));
}

// As a caller does that gives each TCP tower another port.
TEST(LookupEntries, LetsTowersBePatchedOnTheWay) {
  Octets stub = test::build(test::mixed_answer(), Ndr::ndr64, ByteOrder::big);
  LookupResponse response;
  ASSERT_EQ(read(stub, ndr64_big, response), Reason::none);
  std::size_t seen = 0;
  response.entries.each([&](const LookupEntry& entry) {
    ++seen;
    if (entry.tower.tower.kind == TowerKind::tcp) stub[entry.tower.port_offset()] ^= std::byte{1};
  });
  EXPECT_EQ(seen, response.num_entries);
  EXPECT_EQ(all_of(response)[2].tower.tower.port, 0xc303);
}

}  // namespace
}  // namespace rpcgate::dcerpc
