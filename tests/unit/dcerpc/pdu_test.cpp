// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dcerpc/pdu.hpp"

#include <gtest/gtest.h>

#include "examples.hpp"

namespace rpcgate::dcerpc {
namespace {

using test::header_of;
using test::hex;
using test::operator+;
using test::Octets;
using test::put16;

constexpr SecurityTrailer no_trailer{};
static_assert(no_trailer.level_offset() == 1);
static_assert(CommonHeader{.type = PduType::request, .flags = 0x83}.stub_offset() == 40);
static_assert(CommonHeader{.type = PduType::response, .flags = 0x83}.stub_offset() == 24);

Reason check(const Octets& pdu) {
  CommonHeader header;
  return read_common_header(pdu, header);
}

TEST(CommonHeader, ReadsAllItsFields) {
  CommonHeader header;
  ASSERT_EQ(read_common_header(hex(test::outlook_register_push), header), Reason::none);
  EXPECT_EQ(header.type, PduType::request);
  EXPECT_TRUE(header.first());
  EXPECT_TRUE(header.last());
  EXPECT_EQ(header.order, ByteOrder::little);
  EXPECT_EQ(header.frag_length, 128);
  EXPECT_EQ(header.auth_length, 16);
  EXPECT_EQ(header.call_id, 6u);
  EXPECT_EQ(header.trailer_offset(), 0x68u);
}

TEST(CommonHeader, ReadsBigEndianLengths) {
  CommonHeader header;
  const auto pdu = hex("05 00 00 03 00 00 00 00 00 40 00 10 00 00 01 02");
  ASSERT_EQ(read_common_header(pdu, header), Reason::none);
  EXPECT_EQ(header.order, ByteOrder::big);
  EXPECT_EQ(header.frag_length, 64);
  EXPECT_EQ(header.auth_length, 16);
  EXPECT_EQ(header.call_id, 0x102u);
}

TEST(CommonHeader, RefusesEveryBeginning) {
  const auto pdu = hex(test::outlook_map_request);
  for (std::size_t size = 0; size < common_header_size; ++size) {
    const test::Beginning beginning{pdu, size};
    CommonHeader header;
    EXPECT_EQ(read_common_header(beginning.bytes(), header), Reason::pdu_malformed) << size;
  }
}

TEST(CommonHeader, RefusesWhatIsNotVersionFiveZero) {
  auto pdu = hex(test::outlook_map_request);
  for (const unsigned version : {0x0004u, 0x0006u, 0x0105u, 0x5447u}) {  // GT: "GET /"
    put16(pdu, 0, version);
    EXPECT_EQ(check(pdu), Reason::not_rpc) << version;
  }
}

TEST(CommonHeader, RefusesTypesThatAreNotConnectionOriented) {
  auto pdu = hex(test::windows_bind);
  for (unsigned type = 0; type < 256; ++type) {
    pdu[2] = static_cast<std::byte>(type);
    const bool known = type == 0 || type == 2 || type == 3 || (type >= 11 && type <= 19);
    EXPECT_EQ(check(pdu) != Reason::not_rpc, known) << type;
  }
}

TEST(CommonHeader, RefusesOddDataRepresentations) {
  for (std::size_t place = 4; place < 8; ++place)
    for (unsigned value = 0; value < 256; ++value) {
      auto pdu = hex("05 00 12 03 00 00 00 00 10 10 00 00 01 00 00 00");
      pdu[place] = static_cast<std::byte>(value);
      const bool fine = value == 0 || (place == 4 && value == 0x10);
      EXPECT_EQ(check(pdu) == Reason::none, fine) << place << ' ' << value;
    }
}

struct Least {
  unsigned type;
  unsigned flags;
  unsigned size;
};

TEST(CommonHeader, RefusesPdusShorterThanTheirTypeCanBe) {
  for (const Least& least :
       {Least{0, 3, 24}, Least{0, 0x83, 40}, Least{2, 3, 24}, Least{3, 3, 32}, Least{11, 3, 72},
        Least{12, 3, 28}, Least{13, 3, 18}, Least{14, 3, 72}, Least{15, 3, 28}, Least{17, 3, 16},
        Least{18, 3, 16}, Least{19, 3, 16}}) {
    auto pdu = hex("05 00 00 03 10 00 00 00 00 00 00 00 01 00 00 00");
    pdu[2] = static_cast<std::byte>(least.type);
    pdu[3] = static_cast<std::byte>(least.flags);
    put16(pdu, 8, least.size);
    EXPECT_EQ(check(pdu), Reason::none) << least.type;
    put16(pdu, 8, least.size - 1);
    EXPECT_EQ(check(pdu), Reason::pdu_malformed) << least.type;
  }
}

TEST(CommonHeader, RefusesATrailerThatReachesIntoTheBody) {
  auto pdu = hex("05 00 00 03 10 00 00 00 30 00 10 00 01 00 00 00");
  EXPECT_EQ(check(pdu), Reason::none);  // 48 - 16 - 8 = 24
  put16(pdu, 10, 20);
  EXPECT_EQ(check(pdu), Reason::pdu_malformed);
  put16(pdu, 10, 16);
  pdu[3] = std::byte{0x83};  // an object UUID pushes the body's end to 40
  EXPECT_EQ(check(pdu), Reason::pdu_malformed);
  put16(pdu, 10, 0xffff);
  EXPECT_EQ(check(pdu), Reason::pdu_malformed);
}

TEST(CommonHeader, RefusesATrailerThatIsNotAligned) {
  auto pdu = hex("05 00 00 03 10 00 00 00 40 00 10 00 01 00 00 00");
  EXPECT_EQ(check(pdu), Reason::none);
  for (const unsigned length : {0x41u, 0x42u, 0x43u}) {
    put16(pdu, 8, length);
    EXPECT_EQ(check(pdu), Reason::pdu_malformed) << length;
  }
}

TEST(CommonHeader, RefusesWhatIsLongerThanServersTakeFromAClient) {
  auto pdu = hex("05 00 00 03 10 00 00 00 d0 16 00 00 01 00 00 00");
  EXPECT_EQ(check(pdu), Reason::none);
  put16(pdu, 8, 5841);
  EXPECT_EQ(check(pdu), Reason::pdu_too_long);
  for (const unsigned type : {2u, 11u, 14u}) {  // answers and binds may be longer
    pdu[2] = static_cast<std::byte>(type);
    EXPECT_EQ(check(pdu), Reason::none) << type;
  }
}

TEST(CommonHeader, RefusesAnAuth3WithoutOrWithTooLongAToken) {
  auto pdu = hex("05 00 10 03 10 00 00 00 3c 00 20 00 01 00 00 00");
  EXPECT_EQ(check(pdu), Reason::none);
  put16(pdu, 10, 0);
  EXPECT_EQ(check(pdu), Reason::pdu_malformed);
  put16(pdu, 8, 28 + 4096);
  put16(pdu, 10, 4096);
  EXPECT_EQ(check(pdu), Reason::none);
  put16(pdu, 8, 28 + 4100);
  put16(pdu, 10, 4100);
  EXPECT_EQ(check(pdu), Reason::pdu_too_long);
}

TEST(SecurityTrailer, OfAConnectLevelRequest) {
  const auto pdu = hex(test::outlook_register_push);
  const CommonHeader header = header_of(pdu);
  SecurityTrailer trailer;
  ASSERT_EQ(read_trailer_of(header, pdu, trailer), Reason::none);
  EXPECT_EQ(trailer.type, AuthType::ntlm);
  EXPECT_EQ(trailer.level, AuthLevel::connect);
  EXPECT_EQ(trailer.pad, 14);
  EXPECT_EQ(trailer.context_id, 0x000b89a8u);
  EXPECT_EQ(trailer.level_offset(), 0x69u);
  EXPECT_EQ(trailer.token, (Range{0x70, 16}));
  EXPECT_EQ(stub_range(header, &trailer), (Range{24, 66}));

  SecurityTrailer again;
  const Bytes eight = Bytes{pdu}.subspan(0x68, 8);
  ASSERT_EQ(read_trailer(header, eight, again), Reason::none);
  EXPECT_EQ(again, trailer);
}

TEST(SecurityTrailer, LeavesTheStubOfASealedObjectCall) {
  // frag 284, auth 76, pad 12, object UUID: a stub of 148 bytes.
  const auto head = hex("05 00 00 83 10 00 00 00 1c 01 4c 00 01 00 00 00");
  SecurityTrailer trailer;
  const CommonHeader header = header_of(head);
  EXPECT_EQ(header.trailer_offset(), 200u);
  ASSERT_EQ(read_trailer(header, hex("09 06 0c 00 02 00 00 00"), trailer), Reason::none);
  EXPECT_EQ(trailer.level, AuthLevel::privacy);
  EXPECT_EQ(trailer.context_id, 2u);
  EXPECT_EQ(stub_range(header, &trailer), (Range{40, 148}));
}

TEST(SecurityTrailer, ReadsItsContextInThePdusByteOrder) {
  const CommonHeader header = header_of(hex("05 00 00 03 00 00 00 00 00 40 00 10 00 00 01 02"));
  SecurityTrailer trailer;
  ASSERT_EQ(read_trailer(header, hex("0a 06 00 00 00 00 00 07"), trailer), Reason::none);
  EXPECT_EQ(trailer.context_id, 7u);
}

TEST(SecurityTrailer, RefusesLevelsOutsideTwoToSixAndUnknownTypes) {
  const CommonHeader header = header_of(hex("05 00 00 03 10 00 00 00 40 00 10 00 01 00 00 00"));
  SecurityTrailer trailer;
  auto eight = hex("0a 06 00 00 00 00 00 00");
  for (unsigned level = 0; level < 256; ++level) {
    eight[1] = static_cast<std::byte>(level);
    EXPECT_EQ(read_trailer(header, eight, trailer) == Reason::none, level >= 2 && level <= 6)
        << level;
  }
  eight[1] = std::byte{6};
  for (unsigned type = 0; type < 256; ++type) {
    eight[0] = static_cast<std::byte>(type);
    const bool known = type == 9 || type == 10 || type == 14 || type == 16 || type == 68;
    EXPECT_EQ(read_trailer(header, eight, trailer) == Reason::none, known) << type;
  }
}

TEST(SecurityTrailer, RefusesAPadLongerThanTheStub) {
  const CommonHeader header = header_of(hex("05 00 00 03 10 00 00 00 40 00 10 00 01 00 00 00"));
  SecurityTrailer trailer;  // at 40: a stub of 16 bytes with its pad
  EXPECT_EQ(read_trailer(header, hex("0a 06 10 00 00 00 00 00"), trailer), Reason::none);
  EXPECT_EQ(stub_range(header, &trailer).size, 0u);
  EXPECT_EQ(read_trailer(header, hex("0a 06 11 00 00 00 00 00"), trailer), Reason::pdu_malformed);
}

TEST(SecurityTrailer, RefusesEveryBeginning) {
  const auto pdu = hex(test::outlook_register_push);
  const CommonHeader header = header_of(pdu);
  const Octets eight(pdu.begin() + 0x68, pdu.begin() + 0x70);
  SecurityTrailer trailer;
  for (std::size_t size = 0; size < 8; ++size) {
    const test::Beginning beginning{eight, size};
    EXPECT_EQ(read_trailer(header, beginning.bytes(), trailer), Reason::pdu_malformed) << size;
  }
  for (std::size_t size = 0; size < pdu.size(); ++size) {
    const test::Beginning beginning{pdu, size};
    EXPECT_EQ(read_trailer_of(header, beginning.bytes(), trailer), Reason::pdu_malformed) << size;
  }
}

TEST(Request, ReadsContextAndOpnum) {
  const auto pdu = hex(test::outlook_register_push);
  RequestHeader request;
  ASSERT_EQ(read_request(header_of(pdu), Bytes{pdu}.subspan(16), request), Reason::none);
  EXPECT_EQ(request.alloc_hint, 66u);
  EXPECT_EQ(request.context_id, 0);
  EXPECT_EQ(request.opnum, 4);
  EXPECT_FALSE(request.has_object);
}

TEST(Request, ReadsItsObjectInBothByteOrders) {
  const auto tail = hex("08 83 af e1 1f 5d c9 11 91 a4 08 00 2b 14 a0 fa");
  const auto little = hex("05 00 00 83 10 00 00 00 28 00 00 00 01 00 00 00"
                          "00 00 00 00 02 01 05 00") +
                      tail;
  const auto big = hex("05 00 00 83 00 00 00 00 00 28 00 00 00 00 00 01"
                       "00 00 00 00 01 02 00 05 e1 af 83 08 5d 1f 11 c9") +
                   Octets(tail.begin() + 8, tail.end());
  for (const Octets& pdu : {little, big}) {
    RequestHeader request;
    ASSERT_EQ(read_request(header_of(pdu), Bytes{pdu}.subspan(16), request), Reason::none);
    EXPECT_EQ(request.context_id, 0x102);
    EXPECT_EQ(request.opnum, 5);
    EXPECT_TRUE(request.has_object);
    EXPECT_EQ(request.object, ids::epmapper.uuid);
  }
}

TEST(Request, RefusesEveryBeginning) {
  const auto pdu = hex("05 00 00 83 10 00 00 00 28 00 00 00 01 00 00 00") + Octets(24);
  const Octets body(pdu.begin() + 16, pdu.end());
  for (std::size_t size = 0; size < body.size(); ++size) {
    const test::Beginning beginning{body, size};
    RequestHeader request;
    EXPECT_EQ(read_request(header_of(pdu), beginning.bytes(), request), Reason::pdu_malformed)
        << size;
  }
}

TEST(Response, ReadsItsHeader) {
  const auto pdu = hex(test::outlook_map_response);
  ResponseHeader response;
  ASSERT_EQ(read_response(header_of(pdu), Bytes{pdu}.subspan(16), response), Reason::none);
  EXPECT_EQ(response.alloc_hint, 128u);
  EXPECT_EQ(response.context_id, 0);
  EXPECT_EQ(stub_range(header_of(pdu), nullptr), (Range{24, 128}));
}

TEST(Fault, ReadsItsStatusAndRefusesEveryBeginning) {
  const auto pdu =
      hex("05 00 03 23 10 00 00 00 20 00 00 00 07 00 00 00"
          "20 00 00 00 01 00 00 00 05 00 00 00 00 00 00 00");
  FaultHeader fault;
  ASSERT_EQ(read_fault(header_of(pdu), Bytes{pdu}.subspan(16), fault), Reason::none);
  EXPECT_EQ(fault.status, fault_access_denied);
  EXPECT_EQ(fault.response.context_id, 1);
  EXPECT_TRUE(header_of(pdu).has(flag_did_not_execute));
  const Octets body(pdu.begin() + 16, pdu.end());
  for (std::size_t size = 0; size < 12; ++size) {
    const test::Beginning beginning{body, size};
    EXPECT_EQ(read_fault(header_of(pdu), beginning.bytes(), fault), Reason::pdu_malformed) << size;
  }
}

TEST(Auth3, FindsItsTokenBehindFourBytesOfAnyValue) {
  const auto pdu =
      hex("05 00 10 03 10 00 00 00 24 00 08 00 02 00 00 00"
          "de ad be ef 0a 06 00 00 01 00 00 00 4e 54 4c 4d 53 53 50 00");
  SecurityTrailer trailer;
  ASSERT_EQ(read_auth3(header_of(pdu), pdu, trailer), Reason::none);
  EXPECT_EQ(trailer.token, (Range{28, 8}));
  EXPECT_EQ(trailer.level, AuthLevel::privacy);
  for (std::size_t size = 0; size < pdu.size(); ++size) {
    const test::Beginning beginning{pdu, size};
    EXPECT_EQ(read_auth3(header_of(pdu), beginning.bytes(), trailer), Reason::pdu_malformed);
  }
}

TEST(Auth3, RefusesBytesThatBelongToNothing) {
  auto pdu =
      hex("05 00 10 03 10 00 00 00 28 00 08 00 02 00 00 00"
          "00 00 00 00 00 00 00 00 0a 06 00 00 01 00 00 00 4e 54 4c 4d 53 53 50 00");
  SecurityTrailer trailer;
  EXPECT_EQ(read_auth3(header_of(pdu), pdu, trailer), Reason::pdu_malformed);
  pdu[26] = std::byte{4};  // said to be pad
  EXPECT_EQ(read_auth3(header_of(pdu), pdu, trailer), Reason::none);
}

TEST(Readers, RefuseAPduOfAnotherType) {
  const auto pdu = hex(test::outlook_map_response);
  const Bytes body = Bytes{pdu}.subspan(16);
  RequestHeader request;
  FaultHeader fault;
  SecurityTrailer trailer;
  EXPECT_EQ(read_request(header_of(pdu), body, request), Reason::pdu_malformed);
  EXPECT_EQ(read_fault(header_of(pdu), body, fault), Reason::pdu_malformed);
  EXPECT_EQ(read_auth3(header_of(pdu), pdu, trailer), Reason::pdu_malformed);
}

}  // namespace
}  // namespace rpcgate::dcerpc
