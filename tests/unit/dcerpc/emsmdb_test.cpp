// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "dcerpc/emsmdb.hpp"

#include <gtest/gtest.h>

#include "examples.hpp"

namespace rpcgate::dcerpc {
namespace {

using test::hex;
using test::operator+;
using test::Octets;
using wire::ByteOrder;

const Octets as_ndr32 = [] {
  const Octets pdu = hex(test::outlook_register_push);
  return Octets(pdu.begin() + 24, pdu.begin() + 24 + 66);
}();

// The same in NDR64: counts are eight bytes and aligned so.
Octets as_ndr64() {
  return hex("00 00 00 00 a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 aa ab ac ad ae af 00 00 00 00") +
         hex("08 00 00 00 00 00 00 00 11 22 33 44 55 66 77 88 08 00 00 00 ff ff ff ff") +
         hex("10 00 00 00 00 00 00 00 02 00 04 2f c6 33 64 07 00 00 00 00 00 00 00 00 10 00");
}

void expect_the_example(Bytes stub, Ndr ndr, ByteOrder order) {
  PushRegistration r;
  ASSERT_TRUE(read_push_registration(stub, ndr, order, r));
  EXPECT_EQ(r.address.to_string(), "198.51.100.7");
  EXPECT_EQ(r.port, 1071);
  const Octets context = hex("11 22 33 44 55 66 77 88");
  EXPECT_TRUE(std::equal(r.context.begin(), r.context.end(), context.begin(), context.end()));
}

TEST(PushRegistration, IsReadInBothSyntaxes) {
  expect_the_example(as_ndr32, Ndr::ndr32, ByteOrder::little);
  expect_the_example(as_ndr64(), Ndr::ndr64, ByteOrder::little);
}

TEST(PushRegistration, IsReadInBothByteOrders) {
  const Octets big =
      hex("00 00 00 00 a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 aa ab ac ad ae af 00 00 00 00") +
      hex("00 00 00 08 11 22 33 44 55 66 77 88 00 08 00 00 ff ff ff ff 00 00 00 10") +
      hex("02 00 04 2f c6 33 64 07 00 00 00 00 00 00 00 00 00 10");
  expect_the_example(big, Ndr::ndr32, ByteOrder::big);
  PushRegistration r;
  EXPECT_FALSE(read_push_registration(big, Ndr::ndr32, ByteOrder::little, r));
}

TEST(PushRegistration, NamesIpv6Too) {
  const Octets v6 =
      hex("00 00 00 00 a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 aa ab ac ad ae af 00 00 00 00") +
      hex("04 00 00 00 01 02 03 04 04 00 00 00 ff ff ff ff 1c 00 00 00") +
      hex("17 00 04 2f 00 00 00 00 20 01 0d b8 00 01 00 00 00 00 00 00 00 00 00 07 00 00 00 00") +
      hex("1c 00");
  PushRegistration r;
  ASSERT_TRUE(read_push_registration(v6, Ndr::ndr32, ByteOrder::little, r));
  EXPECT_EQ(r.address.to_string(), "2001:db8:1::7");
  EXPECT_EQ(r.context.size(), 4u);
}

TEST(PushRegistration, CutAnywhereIsNotRead) {
  for (const auto& [stub, ndr] : {std::pair{as_ndr32, Ndr::ndr32}, {as_ndr64(), Ndr::ndr64}})
    for (std::size_t n = 0; n < stub.size(); ++n) {
      PushRegistration r;
      EXPECT_FALSE(read_push_registration(Bytes{stub}.first(n), ndr, ByteOrder::little, r)) << n;
    }
}

TEST(PushRegistration, WhoseCountsDisagreeIsNotRead) {
  // rgbContext's count, cbContext, rgbCallbackAddress' count, cbCallbackAddress, the family.
  for (const std::size_t at : {24u, 36u, 44u, 64u, 48u}) {
    Octets stub = as_ndr32;
    stub[at] = std::byte{9};
    PushRegistration r;
    EXPECT_FALSE(read_push_registration(stub, Ndr::ndr32, ByteOrder::little, r)) << at;
  }
}

TEST(PushRegistration, MayBeFollowedByAVerificationTrailerAlone) {
  const Octets junk = as_ndr32 + hex("00 00 00 00 00 00");
  PushRegistration r;
  EXPECT_FALSE(read_push_registration(junk, Ndr::ndr32, ByteOrder::little, r));
  const Octets verified = as_ndr32 + hex("00 00 8a e3 13 71 02 f4 36 71 01 40 04 00 01 00 00 00");
  EXPECT_TRUE(read_push_registration(verified, Ndr::ndr32, ByteOrder::little, r));
}

}  // namespace
}  // namespace rpcgate::dcerpc
