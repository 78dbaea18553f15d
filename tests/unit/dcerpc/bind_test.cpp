// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dcerpc/bind.hpp"

#include <gtest/gtest.h>

#include "examples.hpp"

namespace rpcgate::dcerpc {
namespace {

using test::header_of;
using test::hex;
using test::operator+;
using test::Octets;
using test::put16;

Reason read(const Octets& pdu, Bind& out) {
  return read_bind(header_of(pdu), pdu, out);
}
Reason read(const Octets& pdu, BindAck& out) {
  return read_bind_ack(header_of(pdu), pdu, out);
}

// EMSMDB in NDR, big-endian, with an NTLM trailer of eight bytes.
const Octets big_endian_bind = hex(R"(
  05 00 0b 03 00 00 00 00 00 58 00 08 00 00 00 09
  16 d0 16 d0 00 00 39 88 01 00 00 00 01 02 01 00
  a4 f1 db 00 ca 47 10 67 b3 1f 00 dd 01 06 62 da
  00 51 00 00 8a 88 5d 04 1c eb 11 c9 9f e8 08 00
  2b 10 48 60 00 00 00 02 0a 06 00 00 00 0b 89 a8
  4e 54 4c 4d 53 53 50 00)");

TEST(Bind, OfWindowsOffersThreeElements) {
  const auto pdu = hex(test::windows_bind);
  Bind bind;
  ASSERT_EQ(read(pdu, bind), Reason::none);
  EXPECT_EQ(bind.max_xmit, 5840);
  EXPECT_EQ(bind.max_recv, 5840);
  EXPECT_EQ(bind.group, 0u);
  EXPECT_FALSE(bind.has_trailer);
  ASSERT_EQ(bind.elements.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(bind.elements[i].context_id, i);
    EXPECT_EQ(bind.elements[i].abstract, ids::epmapper);
    EXPECT_EQ(bind.elements[i].transfers.size(), 1u);
    wire::Reader in{Bytes{pdu}.subspan(bind.elements[i].abstract_offset, 16)};
    EXPECT_EQ(Uuid::read(in), ids::epmapper.uuid);
  }
  EXPECT_EQ(bind.elements[0].abstract_offset, 0x20u);
  EXPECT_TRUE(bind.elements[0].offers(Syntax::ndr32));
  EXPECT_FALSE(bind.elements[0].offers(Syntax::ndr64));
  EXPECT_TRUE(bind.elements[1].offers(Syntax::ndr64));
  EXPECT_FALSE(bind.elements[1].negotiates_features);
  EXPECT_TRUE(bind.elements[2].negotiates_features);
  EXPECT_EQ(bind.elements[2].features, 3u);
}

TEST(Bind, ReadsBigEndianWithItsTrailer) {
  Bind bind;
  ASSERT_EQ(read(big_endian_bind, bind), Reason::none);
  EXPECT_EQ(bind.group, 0x3988u);
  ASSERT_EQ(bind.elements.size(), 1u);
  EXPECT_EQ(bind.elements[0].context_id, 0x102);
  EXPECT_EQ(bind.elements[0].abstract, ids::emsmdb);
  EXPECT_TRUE(bind.elements[0].offers(Syntax::ndr32));
  ASSERT_TRUE(bind.has_trailer);
  EXPECT_EQ(bind.trailer.offset, 0x48u);
  EXPECT_EQ(bind.trailer.level, AuthLevel::privacy);
  EXPECT_EQ(bind.trailer.context_id, 0x000b89a8u);
  EXPECT_EQ(bind.trailer.token, (Range{0x50, 8}));
}

TEST(Bind, RefusesEveryBeginning) {
  for (const Octets& pdu : {hex(test::windows_bind), big_endian_bind})
    for (std::size_t size = 0; size < pdu.size(); ++size) {
      const test::Beginning beginning{pdu, size};
      Bind bind;
      EXPECT_EQ(read_bind(header_of(pdu), beginning.bytes(), bind), Reason::pdu_malformed) << size;
    }
}

TEST(Bind, RefusesEveryLengthButItsOwn) {
  for (std::size_t size = 72; size < 220; ++size) {
    auto pdu = hex(test::windows_bind);
    const bool own = size == pdu.size();
    pdu.resize(size);
    put16(pdu, 8, static_cast<unsigned>(size));
    Bind bind;
    EXPECT_EQ(read(pdu, bind) == Reason::none, own) << size;
  }
}

TEST(Bind, RefusesNoElementsAndMoreThanSixteen) {
  const Octets element = hex(R"(00 00 01 00 08 83 af e1 1f 5d c9 11 91 a4 08 00 2b 14 a0 fa
    03 00 00 00 04 5d 88 8a eb 1c c9 11 9f e8 08 00 2b 10 48 60 02 00 00 00)");
  for (unsigned n = 0; n < 20; ++n) {
    Octets pdu = hex(test::windows_bind);
    pdu.resize(28);
    pdu[24] = static_cast<std::byte>(n);
    for (unsigned i = 0; i < n; ++i) pdu.insert(pdu.end(), element.begin(), element.end());
    put16(pdu, 8, static_cast<unsigned>(pdu.size()));
    Bind bind;
    EXPECT_EQ(read(pdu, bind) == Reason::none, n >= 1 && n <= 16) << n;
  }
}

TEST(Bind, RefusesNoTransferSyntaxAndMoreThanEight) {
  const Octets syntax = hex("04 5d 88 8a eb 1c c9 11 9f e8 08 00 2b 10 48 60 02 00 00 00");
  for (unsigned n = 0; n < 11; ++n) {
    Octets pdu = hex(test::windows_bind);
    pdu.resize(52);
    pdu[24] = std::byte{1};
    pdu[30] = static_cast<std::byte>(n);
    for (unsigned i = 0; i < n; ++i) pdu.insert(pdu.end(), syntax.begin(), syntax.end());
    put16(pdu, 8, static_cast<unsigned>(pdu.size()));
    Bind bind;
    EXPECT_EQ(read(pdu, bind) == Reason::none, n >= 1 && n <= 8) << n;
  }
}

TEST(Bind, RefusesFeatureNegotiationTwice) {
  auto pdu = hex(test::windows_bind);
  std::copy_n(pdu.begin() + 0x8c, 20, pdu.begin() + 0x60);  // in the second element too
  Bind bind;
  EXPECT_EQ(read(pdu, bind), Reason::pdu_malformed);
}

TEST(Bind, SeesFeatureNegotiationInTheFirstTransferSyntaxOnly) {
  Octets pdu = hex(test::windows_bind);
  pdu.resize(72);
  pdu[24] = std::byte{1};
  pdu[30] = std::byte{2};  // NDR first, features second
  pdu = pdu + hex("2c 1c b7 6c 12 98 40 45 03 00 00 00 00 00 00 00 01 00 00 00");
  put16(pdu, 8, 92);
  Bind bind;
  ASSERT_EQ(read(pdu, bind), Reason::none);
  EXPECT_FALSE(bind.elements[0].negotiates_features);
  EXPECT_TRUE(bind.elements[0].offers(Syntax::features));
}

TEST(AlterContext, HasTheSameLayoutAndNegotiatesNoFeatures) {
  auto pdu = hex(test::windows_bind);
  pdu[2] = std::byte{14};
  Bind bind;
  ASSERT_EQ(read(pdu, bind), Reason::none);
  EXPECT_FALSE(bind.elements[2].negotiates_features);
}

TEST(Bind, RefusesBytesBetweenItsElementsAndTheTrailer) {
  Octets pdu = big_endian_bind;
  pdu.insert(pdu.begin() + 0x48, 4, std::byte{0xff});
  pdu[9] = std::byte{0x5c};
  Bind bind;
  EXPECT_EQ(read(pdu, bind), Reason::pdu_malformed);
  pdu[0x4c + 2] = std::byte{4};  // said to be pad
  EXPECT_EQ(read(pdu, bind), Reason::none);
  pdu[0x4c + 2] = std::byte{8};  // pad over the elements
  EXPECT_EQ(read(pdu, bind), Reason::pdu_malformed);
}

TEST(AlterContext, MayRepeatItsElementsUncountedWhichABindMayNot) {
  Octets pdu = hex(test::windows_bind);
  pdu.resize(72);
  pdu[24] = std::byte{1};
  const Octets element(pdu.begin() + 28, pdu.end());
  pdu = pdu + element;
  put16(pdu, 8, 116);
  Bind bind;
  EXPECT_EQ(read(pdu, bind), Reason::pdu_malformed);
  pdu[2] = std::byte{14};
  ASSERT_EQ(read(pdu, bind), Reason::none);
  EXPECT_EQ(bind.elements.size(), 1u);
  for (std::size_t size = 76; size < 116; size += 4) {  // and not a part of them
    Octets shorter(pdu.begin(), pdu.begin() + static_cast<long>(size));
    put16(shorter, 8, static_cast<unsigned>(size));
    EXPECT_EQ(read(shorter, bind), Reason::pdu_malformed) << size;
  }
  for (std::size_t i = 72; i < pdu.size(); ++i) {  // and in no bit another
    Octets other = pdu;
    other[i] ^= std::byte{0x10};
    EXPECT_EQ(read(other, bind), Reason::pdu_malformed) << i;
  }
}

TEST(AlterContextResp, OfWindowsMayEndWithATrailerWithoutToken) {
  auto pdu = hex(R"(
    05 00 0f 07 10 00 00 00 40 00 00 00 46 04 00 00
    d0 16 d0 16 f9 4a 00 00 00 00 34 39 01 00 00 00
    00 00 00 00 33 05 71 71 ba be 37 49 83 19 b5 db
    ef 9c cc 36 01 00 00 00 10 06 00 00 00 00 00 00)");
  BindAck ack;
  ASSERT_EQ(read(pdu, ack), Reason::none);
  EXPECT_FALSE(ack.has_trailer);
  ASSERT_EQ(ack.outcomes.size(), 1u);
  EXPECT_EQ(ack.outcomes[0].transfer, ndr64_syntax);
  pdu.resize(60);
  put16(pdu, 8, 60);
  EXPECT_EQ(read(pdu, ack), Reason::pdu_malformed);
}

TEST(BindAck, OfWindowsAcceptsNdr64) {
  const auto pdu = hex(test::windows_bind_ack);
  BindAck ack;
  ASSERT_EQ(read(pdu, ack), Reason::none);
  EXPECT_EQ(ack.group, 0x3988u);
  EXPECT_EQ(ack.port_text, (Range{26, 4}));
  ASSERT_EQ(ack.outcomes.size(), 3u);
  EXPECT_EQ(ack.outcomes[0].result, BindResult::provider_rejection);
  EXPECT_EQ(ack.outcomes[0].reason, 2);
  EXPECT_EQ(ack.outcomes[0].offset, 0x24u);
  EXPECT_EQ(ack.outcomes[1].result, BindResult::acceptance);
  EXPECT_EQ(ack.outcomes[1].transfer, ndr64_syntax);
  EXPECT_EQ(ack.outcomes[2].result, BindResult::negotiate_ack);
  EXPECT_EQ(ack.outcomes[2].reason, 3);
  EXPECT_FALSE(ack.has_trailer);
}

TEST(BindAck, ReadsBigEndianWithoutAPort) {
  const auto pdu = hex(R"(
    05 00 0f 03 00 00 00 00 00 38 00 00 00 00 00 02
    16 d0 16 d0 00 00 39 88 00 00 00 00 01 00 00 00
    00 00 00 00 8a 88 5d 04 1c eb 11 c9 9f e8 08 00
    2b 10 48 60 00 00 00 02)");
  BindAck ack;
  ASSERT_EQ(read(pdu, ack), Reason::none);
  EXPECT_EQ(ack.group, 0x3988u);
  EXPECT_EQ(ack.port_text.size, 0u);
  ASSERT_EQ(ack.outcomes.size(), 1u);
  EXPECT_EQ(ack.outcomes[0].transfer, ndr32_syntax);
}

TEST(BindAck, RefusesEveryBeginning) {
  const auto pdu = hex(test::windows_bind_ack);
  for (std::size_t size = 0; size < pdu.size(); ++size) {
    const test::Beginning beginning{pdu, size};
    BindAck ack;
    EXPECT_EQ(read_bind_ack(header_of(pdu), beginning.bytes(), ack), Reason::pdu_malformed) << size;
  }
}

TEST(BindAck, RefusesAPortTextThatReachesOut) {
  auto pdu = hex(test::windows_bind_ack);
  put16(pdu, 24, 0xffff);
  BindAck ack;
  EXPECT_EQ(read(pdu, ack), Reason::pdu_malformed);
}

TEST(BindAck, RefusesUnknownResultsAndMoreThanSixteen) {
  auto pdu = hex(test::windows_bind_ack);
  put16(pdu, 0x24, 4);
  BindAck ack;
  EXPECT_EQ(read(pdu, ack), Reason::pdu_malformed);
  pdu = hex(test::windows_bind_ack) + test::zeros(14 * 24);
  pdu[0x20] = std::byte{17};
  put16(pdu, 8, static_cast<unsigned>(pdu.size()));
  EXPECT_EQ(read(pdu, ack), Reason::pdu_malformed);
}

TEST(BindNak, ReadsItsReason) {
  const auto pdu = hex("05 00 0d 03 10 00 00 00 18 00 00 00 02 00 00 00 04 00 01 05 00 00 00 00");
  BindNak nak;
  ASSERT_EQ(read_bind_nak(header_of(pdu), pdu, nak), Reason::none);
  EXPECT_EQ(nak.reason, 4);
  for (std::size_t size = 0; size < pdu.size(); ++size) {
    const test::Beginning beginning{pdu, size};
    EXPECT_EQ(read_bind_nak(header_of(pdu), beginning.bytes(), nak), Reason::pdu_malformed);
  }
}

}  // namespace
}  // namespace rpcgate::dcerpc
