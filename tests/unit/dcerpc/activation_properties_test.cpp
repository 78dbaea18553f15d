// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What is inside the properties of an activation, bent; and every reader of DCOM on stubs that are
// cut or damaged.
#include "dcerpc/activation_properties.hpp"

#include <gtest/gtest.h>

#include "dcom_examples.hpp"

namespace rpcgate::dcerpc {
namespace {

using stats::Reason;
using test::hex;
using test::Octets;
using wire::ByteOrder;

// Where things are in create_instance_request.
constexpr std::size_t objref_at = 48;
constexpr std::size_t header_at = objref_at + 56;  // CustomHeader, with its two headers in front
constexpr std::size_t ids_at = header_at + 0x44;   // six, after their count
constexpr std::size_t sizes_at = ids_at + 6 * 16 + 4;
constexpr std::size_t instantiation_at = 0x190;

Octets example() {
  return hex(test::create_instance_request);
}

Reason read(const Octets& stub, ActivationRequest& out) {
  return read_activation_request(stub, Ndr::ndr32, ByteOrder::little, ActivationOp::create_instance,
                                 out);
}
bool reads(const Octets& stub) {
  ActivationRequest request;
  return read(stub, request) == Reason::none;
}

// Refused with other bytes at this place, and no other change.
void expect_refused_with(std::size_t place, unsigned value) {
  Octets stub = example();
  ASSERT_NE(std::to_integer<unsigned>(stub[place]), value) << place;
  stub[place] = static_cast<std::byte>(value);
  EXPECT_FALSE(reads(stub)) << place;
}

TEST(ActivationProperties, LieInTheRightObjref) {
  ASSERT_TRUE(reads(example()));
  expect_refused_with(objref_at, 'm');        // signature
  expect_refused_with(objref_at + 4, 1);      // another kind of OBJREF
  expect_refused_with(objref_at + 8, 0xa3);   // iid of the answer
  expect_refused_with(objref_at + 24, 0x39);  // clsid of the answer
  expect_refused_with(objref_at + 40, 8);     // cbExtension
  expect_refused_with(objref_at + 48, 0xb0);  // dwSize
}

TEST(ActivationProperties, AreSerializedInVersionOneLittleEndian) {
  for (const std::size_t at : {header_at, instantiation_at}) {
    expect_refused_with(at, 2);
    expect_refused_with(at + 1, 0);
    expect_refused_with(at + 2, 16);
    expect_refused_with(at + 8, 0x30);  // eight bytes and more to spare
    expect_refused_with(at + 8, 0xff);  // more than there is
  }
}

TEST(ActivationProperties, HaveAHeaderWhoseSizesAgree) {
  expect_refused_with(header_at + 16, 0xb0);  // totalSize
  expect_refused_with(header_at + 20, 0xb8);  // headerSize
  expect_refused_with(header_at + 20, 0xc8);
  expect_refused_with(header_at + 32, 0);  // cIfs
  expect_refused_with(header_at + 32, 5);
  expect_refused_with(header_at + 32, 11);
  expect_refused_with(header_at + 36, 1);  // classInfoClsid
  expect_refused_with(header_at + 54, 0);  // the pointers: no ids, something reserved
  expect_refused_with(header_at + 60, 1);
  expect_refused_with(ids_at - 4, 5);
  expect_refused_with(sizes_at - 4, 7);
  expect_refused_with(sizes_at, 0x60);
  expect_refused_with(sizes_at, 0x70);
  expect_refused_with(sizes_at + 3, 0x80);
  Octets no_sizes = example();
  no_sizes[header_at + 56] = no_sizes[header_at + 58] = std::byte{0};
  EXPECT_FALSE(reads(no_sizes));
}

TEST(ActivationProperties, MoveWithTheirSizes) {
  // Eight bytes from the first property to the second: the second begins inside the first.
  Octets stub = example();
  stub[sizes_at] = std::byte{0x60};
  stub[sizes_at + 4] = std::byte{0x60};
  EXPECT_FALSE(reads(stub));
}

TEST(ActivationProperties, NameOneClass) {
  Octets twice = example();
  twice[ids_at] = std::byte{0xab};  // SpecialSystemProperties becomes another InstantiationInfo
  EXPECT_FALSE(reads(twice));
  Octets none = example();
  none[ids_at + 16] = std::byte{0xbb};
  EXPECT_FALSE(reads(none));
}

TEST(ActivationProperties, AreToldWhenUnknown) {
  Octets stub = example();
  stub[ids_at] = std::byte{0xbb};
  ActivationRequest request;
  ASSERT_EQ(read(stub, request), Reason::none);
  EXPECT_TRUE(request.unknown_property);
}

TEST(ActivationProperties, TellOfAFileToLoad) {
  Octets stub = example();
  stub[ids_at] = std::byte{0xad};  // InstanceInfo; its first field is the file, here not null
  ActivationRequest request;
  ASSERT_EQ(read(stub, request), Reason::none);
  EXPECT_TRUE(request.persistent);
  for (std::size_t i = 0; i < 16; ++i) stub[0x138 + i] = std::byte{0};
  ASSERT_EQ(read(stub, request), Reason::none);
  EXPECT_FALSE(request.persistent);
  stub[0x138 + 12] = std::byte{1};  // the storage
  ASSERT_EQ(read(stub, request), Reason::none);
  EXPECT_TRUE(request.persistent);
}

TEST(ActivationProperties, CountTheInterfacesTwice) {
  expect_refused_with(instantiation_at + 44, 0);  // cIID
  expect_refused_with(instantiation_at + 44, 2);
  expect_refused_with(instantiation_at + 54, 0);  // the pointer
  expect_refused_with(instantiation_at + 64, 2);  // max_count
}

TEST(ActivationProperties, CountTheProtocolsTwice) {
  const std::size_t scm_at = 0x2f0;
  expect_refused_with(scm_at + 16, 1);  // pdwReserved
  expect_refused_with(scm_at + 28, 0);  // cRequestedProtseqs
  expect_refused_with(scm_at + 28, 2);
  expect_refused_with(scm_at + 36, 2);  // max_count
  Octets stub = example();
  stub[scm_at + 22] = std::byte{0};  // no request: nothing but padding may follow
  EXPECT_FALSE(reads(stub));
  stub = example();
  stub[scm_at + 40] = std::byte{8};
  ActivationRequest request;
  ASSERT_EQ(read(stub, request), Reason::none);
  EXPECT_FALSE(request.tcp);
}

// --- all readers ---------------------------------------------------------------------------------

void expect_inside(Bytes stub, const StringBindings& bindings) {
  for (const StringBinding& b : bindings.list) {
    EXPECT_LE(std::size_t{b.host_offset} + 2u * b.host_units, stub.size());
    EXPECT_LE(std::size_t{b.port_offset} + 2u * b.port_units, stub.size());
    EXPECT_EQ(b.port != 0, b.port_units != 0);
  }
}

// True: the stub was accepted as what it is.
bool check(Bytes stub, std::size_t example) {
  constexpr auto create = ActivationOp::create_instance;
  constexpr auto get_class = ActivationOp::get_class_object;
  if (example < 2) {
    ActivationRequest r;
    const ActivationOp op = example == 0 ? create : get_class;
    if (read_activation_request(stub, Ndr::ndr32, ByteOrder::little, op, r) != Reason::none)
      return false;
    EXPECT_LE(r.clsid_offset + 16u, stub.size());
    EXPECT_LE(r.protocols_offset + 2u * r.protocols, stub.size());
    wire::Reader in{stub.subspan(r.clsid_offset), ByteOrder::little};
    EXPECT_EQ(Uuid::read(in), r.clsid);
    return true;
  }
  if (example < 4) {
    ActivationAnswer a;
    const ActivationOp op = example == 2 ? create : get_class;
    if (read_activation_answer(stub, Ndr::ndr32, ByteOrder::little, op, a) != Reason::none)
      return false;
    EXPECT_EQ(a.status_offset + 4u, stub.size());
    expect_inside(stub, a.bindings);
    return true;
  }
  ResolveAnswer a;
  if (read_resolve_answer(stub, Ndr::ndr32, ByteOrder::little, ResolverOp::resolve_oxid2, a) !=
      Reason::none)
    return false;
  EXPECT_EQ(a.status_offset + 4u, stub.size());
  expect_inside(stub, a.bindings);
  return true;
}

const std::string_view examples[] = {test::create_instance_request, test::get_class_object_request,
                                     test::create_instance_answer, test::get_class_object_answer,
                                     test::resolve_oxid2_answer};

TEST(Dcom, RefusesEveryBeginning) {
  for (std::size_t n = 0; n < std::size(examples); ++n) {
    const Octets stub = hex(examples[n]);
    EXPECT_TRUE(check(stub, n));
    for (std::size_t size = 0; size < stub.size(); ++size) {
      const test::Beginning beginning{stub, size};
      EXPECT_FALSE(check(beginning.bytes(), n)) << n << " cut at " << size;
    }
  }
}

TEST(Dcom, StaysInsideWhenBytesAreDamaged) {
  for (std::size_t n = 0; n < std::size(examples); ++n) {
    const Octets good = hex(examples[n]);
    std::size_t accepted = 0;
    for (std::size_t at = 0; at < good.size(); ++at)
      for (const unsigned mask : {0x01u, 0x80u, 0xffu}) {
        Octets stub = good;
        stub[at] ^= static_cast<std::byte>(mask);
        const test::Beginning exact{stub, stub.size()};
        if (check(exact.bytes(), n)) ++accepted;
      }
    EXPECT_LT(accepted, good.size() * 3);
    EXPECT_GT(accepted, 0u);
  }
}

}  // namespace
}  // namespace rpcgate::dcerpc
