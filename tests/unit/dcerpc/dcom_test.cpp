// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dcerpc/dcom.hpp"

#include <gtest/gtest.h>

#include "dcom_examples.hpp"

namespace rpcgate::dcerpc {
namespace {

using stats::Reason;
using test::hex;
using test::operator+;
using test::Octets;
using test::StubWriter;
using test::Way;
using test::ways;
using wire::ByteOrder;
using Places = std::vector<std::string>;

constexpr Uuid wbem_login_class = "8bc3f05e-d86b-11d0-a075-00c04fb68820"_uuid;
constexpr Uuid wbem_login = "f309ad18-d86a-11d0-a075-00c04fb68820"_uuid;
constexpr Uuid some_ipid = "00006800-0a80-0000-9eb0-6cbfe06bc80e"_uuid;
constexpr Way usual{Ndr::ndr32, ByteOrder::little};
constexpr auto create = ActivationOp::create_instance;
constexpr auto get_class = ActivationOp::get_class_object;
constexpr auto plain = ActivationOp::activation;

Reason read(Bytes stub, Way way, ActivationOp op, ActivationRequest& out) {
  return read_activation_request(stub, way.ndr, way.order, op, out);
}
Reason read(Bytes stub, Way way, ActivationOp op, ActivationAnswer& out) {
  return read_activation_answer(stub, way.ndr, way.order, op, out);
}
bool reads(Bytes stub, Way way, ActivationOp op) {
  ActivationRequest request;
  return read(stub, way, op, request) == Reason::none;
}

Uuid uuid_at(Bytes stub, std::size_t offset, ByteOrder order) {
  wire::Reader in{stub.subspan(offset), order};
  return Uuid::read(in);
}
std::uint32_t u32_at(Bytes stub, std::size_t offset, ByteOrder order) {
  return wire::Reader{stub.subspan(offset, 4), order}.u32();
}

// The OBJREF of the properties of a real call.
Octets request_objref() {
  const Octets stub = hex(test::create_instance_request);
  return {stub.begin() + 48, stub.end()};
}
Octets answer_objref() {
  const Octets stub = hex(test::create_instance_answer);
  return {stub.begin() + 20, stub.end() - 4};
}

Octets create_request(Way way, const Octets& objref, const std::vector<std::uint32_t>& extents = {},
                      const Octets& outer = {}) {
  StubWriter w{way.ndr, way.order};
  w.orpc_this(extents);
  w.pointer(!outer.empty());
  if (!outer.empty()) w.object(outer);
  w.pointer(true);
  w.object(objref);
  return w.stub();
}

struct Plain {
  std::vector<std::uint32_t> extents;
  std::string_view file;
  Octets storage;
  std::size_t iids = 1;
  std::vector<std::uint16_t> protocols{8, 7};
};
Octets plain_request(Way way, const Plain& what = {}) {
  StubWriter w{way.ndr, way.order};
  w.orpc_this(what.extents);
  w.uuid(wbem_login_class);
  w.pointer(!what.file.empty());
  if (!what.file.empty()) {
    for (const std::size_t n : {what.file.size() + 1, std::size_t{0}, what.file.size() + 1})
      w.count(n);
    for (const char c : what.file) w.u16(static_cast<std::uint8_t>(c));
    w.u16(0);
  }
  w.pointer(!what.storage.empty());
  if (!what.storage.empty()) w.object(what.storage);
  w.u32(2);
  w.u32(0);
  w.u32(static_cast<std::uint32_t>(what.iids));
  w.pointer(true);
  w.count(what.iids);
  for (std::size_t i = 0; i < what.iids; ++i) w.uuid(wbem_login);
  w.u16(static_cast<std::uint16_t>(what.protocols.size()));
  w.count(what.protocols.size());
  for (const std::uint16_t protocol : what.protocols) w.u16(protocol);
  return w.stub();
}

// The lengths of the hosts are such that NDR64 has nothing to fill behind the bindings.
Octets plain_answer(Way way, std::string_view host = "SERV[49667]", bool failed = false) {
  StubWriter w{way.ndr, way.order};
  w.orpc_that();
  w.u64(0x0102030405060708);
  w.pointer(!failed);
  if (!failed) w.dual_string({host});
  w.uuid(some_ipid);
  w.u32(2);
  w.u16(5);
  w.u16(7);
  w.u32(failed ? 0x80040154 : 0);
  w.count(1);
  w.pointer(!failed);
  if (!failed) w.object(answer_objref());
  w.count(1);
  w.u32(failed ? 0x80040154 : 0);
  w.u32(failed ? 5 : 0);
  return w.stub();
}

Octets resolve_answer(Way way, ResolverOp op, std::string_view host = "SERVER[49667]") {
  StubWriter w{way.ndr, way.order};
  w.pointer(!host.empty());
  if (!host.empty()) w.dual_string({host});
  w.align(way.ndr == Ndr::ndr64 ? 8 : 4);
  w.uuid(some_ipid);
  w.u32(5);
  if (op == ResolverOp::resolve_oxid2) w.u32(0x70005);
  w.u32(host.empty() ? 0x776 : 0);
  return w.stub();
}

TEST(Activation, ReadsWhatWindowsAsksFor) {
  const Octets stub = hex(test::create_instance_request);
  ActivationRequest request;
  ASSERT_EQ(read(stub, usual, create, request), Reason::none);
  EXPECT_EQ(request.clsid, wbem_login_class);
  EXPECT_EQ(uuid_at(stub, request.clsid_offset, ByteOrder::little), wbem_login_class);
  ASSERT_EQ(request.iids.size(), 1u);
  EXPECT_EQ(request.iids[0], wbem_login);
  EXPECT_FALSE(request.persistent);
  EXPECT_FALSE(request.unknown_property);
  EXPECT_FALSE(request.verification_trailer);
  EXPECT_EQ(request.protocols, 1);
  EXPECT_EQ(stub[request.protocols_offset], std::byte{7});
  EXPECT_TRUE(request.tcp);
  EXPECT_EQ(read(stub, usual, get_class, request), Reason::activation_malformed);
}

TEST(Activation, ReadsAClassObjectAsked) {
  const Octets stub = hex(test::get_class_object_request);
  ActivationRequest request;
  ASSERT_EQ(read(stub, usual, get_class, request), Reason::none);
  EXPECT_EQ(request.clsid, "0002df01-0000-0000-c000-000000000046"_uuid);
  EXPECT_EQ(uuid_at(stub, request.clsid_offset, ByteOrder::little), request.clsid);
  ASSERT_EQ(request.iids.size(), 1u);
  EXPECT_EQ(request.iids[0], "00000001-0000-0000-c000-000000000046"_uuid);
  EXPECT_TRUE(request.tcp);
  EXPECT_EQ(read(stub, usual, create, request), Reason::activation_malformed);
}

TEST(Activation, ReadsWhereWindowsAnswers) {
  const Octets stub = hex(test::create_instance_answer);
  ActivationAnswer answer;
  ASSERT_EQ(read(stub, usual, create, answer), Reason::none);
  EXPECT_TRUE(answer.has_exporter);
  EXPECT_EQ(answer.oxid, 0xc73d9df2ad17aa43u);
  EXPECT_EQ(answer.ipid, some_ipid);
  EXPECT_EQ(answer.status, 0u);
  EXPECT_EQ(answer.status_offset, stub.size() - 4);
  EXPECT_EQ(test::places(stub, answer.bindings),
            (Places{"WORKSTATION6:52419", "172.18.39.6:52419"}));
  EXPECT_EQ(answer.bindings.list[1].port, 52419);
  const Octets factory = hex(test::get_class_object_answer);
  ASSERT_EQ(read(factory, usual, get_class, answer), Reason::none);
  EXPECT_EQ(test::places(factory, answer.bindings),
            (Places{"WORKSTATION6:65077", "172.18.39.6:65077"}));
}

TEST(Activation, PropertiesStayLittleEndianInEveryWay) {
  for (const Way& way : ways) {
    const Octets asked = create_request(way, request_objref());
    ActivationRequest request;
    ASSERT_EQ(read(asked, way, create, request), Reason::none);
    EXPECT_EQ(uuid_at(asked, request.clsid_offset, ByteOrder::little), wbem_login_class);
    StubWriter w{way.ndr, way.order};
    w.orpc_that({5});
    w.pointer(true);
    w.object(answer_objref());
    w.u32(0x1234);
    ActivationAnswer answer;
    ASSERT_EQ(read(w.stub(), way, create, answer), Reason::none);
    EXPECT_EQ(answer.bindings.order, ByteOrder::little);
    EXPECT_EQ(test::places(w.stub(), answer.bindings)[0], "WORKSTATION6:52419");
    EXPECT_EQ(answer.status, 0x1234u);
    EXPECT_EQ(u32_at(w.stub(), answer.status_offset, way.order), 0x1234u);
  }
}

TEST(Activation, MayFail) {
  for (const Way& way : ways) {
    StubWriter w{way.ndr, way.order};
    w.orpc_that();
    w.pointer(false);
    w.u32(0x80040154);
    ActivationAnswer answer;
    ASSERT_EQ(read(w.stub(), way, create, answer), Reason::none);
    EXPECT_FALSE(answer.has_exporter);
    EXPECT_EQ(answer.status, 0x80040154u);
    const Octets refused = plain_answer(way, "", true);
    ASSERT_EQ(read(refused, way, plain, answer), Reason::none);
    EXPECT_FALSE(answer.has_exporter);
    EXPECT_EQ(answer.result, 0x80040154u);
    EXPECT_EQ(answer.status, 5u);
  }
}

TEST(Activation, ReadsThePlainCallInEveryWay) {
  for (const Way& way : ways) {
    const Octets stub = plain_request(way);
    ActivationRequest request;
    ASSERT_EQ(read(stub, way, plain, request), Reason::none);
    EXPECT_EQ(uuid_at(stub, request.clsid_offset, way.order), wbem_login_class);
    EXPECT_EQ(request.clsid, wbem_login_class);
    ASSERT_EQ(request.iids.size(), 1u);
    EXPECT_EQ(request.iids[0], wbem_login);
    EXPECT_EQ(request.protocols, 2);
    EXPECT_EQ(request.protocols_offset, stub.size() - 4);
    EXPECT_TRUE(request.tcp);
    EXPECT_FALSE(request.persistent);
    ASSERT_EQ(read(plain_request(way, {.protocols = {8}}), way, plain, request), Reason::none);
    EXPECT_FALSE(request.tcp);
  }
}

TEST(Activation, ReadsThePlainAnswerInEveryWay) {
  for (const Way& way : ways) {
    const Octets stub = plain_answer(way);
    ActivationAnswer answer;
    ASSERT_EQ(read(stub, way, plain, answer), Reason::none);
    EXPECT_EQ(answer.oxid, 0x0102030405060708u);
    EXPECT_EQ(answer.ipid, some_ipid);
    EXPECT_EQ(answer.bindings.order, way.order);
    EXPECT_EQ(test::places(stub, answer.bindings), (Places{"SERV:49667"}));
    EXPECT_EQ(answer.status_offset + 4, stub.size());
  }
}

TEST(Activation, RefusesWhatNdr64MayOrMayNotFill) {
  ActivationAnswer answer;
  for (const Way& way : ways) {
    const bool wide = way.ndr == Ndr::ndr64;
    const Octets stub = plain_answer(way, "SERVER[49667]");
    EXPECT_EQ(read(stub, way, plain, answer) == Reason::none, !wide);
    EXPECT_EQ(reads(plain_request(way, {.extents = {8}}), way, plain), !wide);
    EXPECT_EQ(reads(plain_request(way, {.storage = test::zeros(16)}), way, plain), !wide);
    EXPECT_TRUE(reads(plain_request(way, {.storage = test::zeros(12)}), way, plain));
  }
}

TEST(Activation, SkipsExtensions) {
  for (const Way& way : ways)
    for (const std::vector<std::uint32_t>& extents :
         {std::vector<std::uint32_t>{0}, {1}, {8, 9}, {3, 16, 24}}) {
      const Octets stub = create_request(way, request_objref(), extents);
      ActivationRequest request;
      ASSERT_EQ(read(stub, way, create, request), Reason::none);
      EXPECT_EQ(uuid_at(stub, request.clsid_offset, ByteOrder::little), wbem_login_class);
    }
  EXPECT_TRUE(reads(plain_request(usual, {.extents = {1, 2, 3}}), usual, plain));
  // As impacket asks: a list of none, its array there and empty.
  const Octets none = plain_request(usual);
  Octets stub{none.begin(), none.begin() + 28};
  stub = stub + hex("27 3c 00 00 00 00 00 00 00 00 00 00 06 1b 00 00 00 00 00 00") +
         Octets{none.begin() + 32, none.end()};
  EXPECT_TRUE(reads(stub, usual, plain));
}

TEST(Activation, RefusesExtensionsWhoseCountsDisagree) {
  const Octets good = create_request(usual, request_objref(), {8});
  ASSERT_TRUE(reads(good, usual, create));
  struct Edit {
    std::size_t place;
    std::uint32_t value;
  };
  // size, the pointer to the array, max_count, the two pointers; of the extent max_count and size.
  for (const Edit edit :
       {Edit{32, 0}, Edit{32, 2}, Edit{32, 3}, Edit{40, 0}, Edit{44, 1}, Edit{44, 4}, Edit{48, 0},
        Edit{52, 1}, Edit{56, 0}, Edit{56, 16}, Edit{76, 0}, Edit{76, 9}}) {
    Octets stub = good;
    test::put16(stub, edit.place, edit.value);
    test::put16(stub, edit.place + 2, 0);
    EXPECT_FALSE(reads(stub, usual, create)) << edit.place << ' ' << edit.value;
  }
  EXPECT_FALSE(reads(create_request(usual, request_objref(), std::vector<std::uint32_t>(17, 8)),
                     usual, create));
}

// Refused with a count of four bytes at this place, and no other change.
void expect_refused_with(Octets stub, ActivationOp op, std::size_t place, unsigned value) {
  ASSERT_TRUE(reads(stub, usual, op));
  ASSERT_NE(u32_at(stub, place, ByteOrder::little), value);
  test::put16(stub, place, value);
  EXPECT_FALSE(reads(stub, usual, op)) << place << ' ' << value;
}

TEST(Activation, RefusesCountsThatDisagree) {
  const Octets created = create_request(usual, request_objref());
  expect_refused_with(created, create, 40, 0x2f1);  // max_count of the OBJREF
  const Octets loaded = plain_request(usual, {.file = "a"});
  expect_refused_with(loaded, plain, 52, 1);  // max_count of the file, first and actual
  expect_refused_with(loaded, plain, 56, 1);
  expect_refused_with(loaded, plain, 60, 3);
  const Octets asked = plain_request(usual);
  expect_refused_with(asked, plain, 64, 2);  // the interfaces, twice
  expect_refused_with(asked, plain, 72, 2);
  expect_refused_with(asked, plain, 92, 1);  // the protocols, twice
  expect_refused_with(asked, plain, 96, 3);
  Octets odd = create_request(usual, request_objref(), {8});
  odd.erase(odd.begin() + 52, odd.begin() + 56);  // a list of one, which should be of two
  test::put16(odd, 44, 1);
  EXPECT_FALSE(reads(odd, usual, create));
  Octets none = create_request(usual, request_objref(), {8});
  none.erase(none.begin() + 44, none.begin() + 88);  // one extension said, and no list
  test::put16(none, 42, 0);
  EXPECT_FALSE(reads(none, usual, create));
}

TEST(Activation, RefusesReferencesWhoseCountsDisagree) {
  Octets stub = plain_answer(usual);
  ActivationAnswer answer;
  ASSERT_EQ(read(stub, usual, plain, answer), Reason::none);
  test::put16(stub, stub.size() - 12, 2);
  EXPECT_EQ(read(stub, usual, plain, answer), Reason::activation_malformed);
  for (const std::size_t n : {max_asked_interfaces, max_asked_interfaces + 1}) {
    const Octets failed = plain_answer(usual, "", true);
    StubWriter w{usual.ndr, usual.order};
    w.octets({failed.begin(), failed.end() - 20});
    w.count(n);
    for (std::size_t i = 0; i < n; ++i) w.pointer(false);
    w.count(n);
    for (std::size_t i = 0; i < n + 1; ++i) w.u32(0);
    EXPECT_EQ(read(w.stub(), usual, plain, answer) == Reason::none, n == max_asked_interfaces);
  }
}

TEST(Activation, SkipsAnOuterObject) {
  const Octets stub = create_request(usual, request_objref(), {}, test::zeros(13));
  ActivationRequest request;
  ASSERT_EQ(read(stub, usual, create, request), Reason::none);
  EXPECT_EQ(uuid_at(stub, request.clsid_offset, ByteOrder::little), wbem_login_class);
}

TEST(Activation, SaysThatAnObjectIsLoaded) {
  ActivationRequest request;
  for (const Way& way : ways) {
    ASSERT_EQ(read(plain_request(way, {.file = "c:\\a.doc"}), way, plain, request), Reason::none);
    EXPECT_TRUE(request.persistent);
    EXPECT_EQ(request.clsid, wbem_login_class);
    ASSERT_EQ(read(plain_request(way, {.storage = test::zeros(12)}), way, plain, request),
              Reason::none);
    EXPECT_TRUE(request.persistent);
  }
}

TEST(Activation, KeepsSixteenInterfaces) {
  for (const std::size_t n : {0u, 1u, 16u, 17u})
    EXPECT_EQ(reads(plain_request(usual, {.iids = n}), usual, plain), n == 1 || n == 16) << n;
}

TEST(Activation, LetsAVerificationTrailerFollowAndNothingElse) {
  const Octets trailer = hex("8a e3 13 71 02 f4 36 71 01 40 04 00 01 00 00 00");
  for (const ByteOrder order : {ByteOrder::little}) {
    for (const Ndr ndr : {Ndr::ndr32, Ndr::ndr64}) {
      const Octets stub = create_request({ndr, order}, request_objref());
      ActivationRequest request;
      ASSERT_EQ(read(stub + trailer, {ndr, order}, create, request), Reason::none);
      EXPECT_TRUE(request.verification_trailer);
      EXPECT_FALSE(reads(stub + test::zeros(8), {ndr, order}, create));
      EXPECT_FALSE(reads(stub + trailer + test::zeros(1), {ndr, order}, create));
    }
  }
  const Octets filled = create_request({Ndr::ndr64, ByteOrder::little}, request_objref());
  EXPECT_EQ(filled.size() % 8, 4u);
  EXPECT_TRUE(reads(filled + test::zeros(4), {Ndr::ndr64, ByteOrder::little}, create));
  EXPECT_TRUE(reads(filled + test::zeros(4) + trailer, {Ndr::ndr64, ByteOrder::little}, create));
  EXPECT_FALSE(reads(create_request(usual, request_objref()) + test::zeros(4), usual, create));
}

TEST(Resolve, ReadsWhatWindowsAnswers) {
  const Octets stub = hex(test::resolve_oxid2_answer);
  ResolveAnswer answer;
  ASSERT_EQ(
      read_resolve_answer(stub, Ndr::ndr32, ByteOrder::little, ResolverOp::resolve_oxid2, answer),
      Reason::none);
  EXPECT_TRUE(answer.has_bindings);
  EXPECT_EQ(test::places(stub, answer.bindings),
            (Places{"WORKSTATION6:65082", "172.18.39.6:65082"}));
  EXPECT_EQ(answer.status_offset, stub.size() - 4);
  EXPECT_EQ(
      read_resolve_answer(stub, Ndr::ndr32, ByteOrder::little, ResolverOp::resolve_oxid, answer),
      Reason::activation_malformed);
}

TEST(Resolve, ReadsBothOperationsInEveryWay) {
  for (const Way& way : ways)
    for (const ResolverOp op : {ResolverOp::resolve_oxid, ResolverOp::resolve_oxid2})
      for (const std::string_view host : {"SERVER[1]", "SERVE[1]", "SERV[1]", "SER[1]", ""}) {
        const Octets stub = resolve_answer(way, op, host);
        ResolveAnswer answer;
        ASSERT_EQ(read_resolve_answer(stub, way.ndr, way.order, op, answer), Reason::none) << host;
        EXPECT_EQ(answer.has_bindings, !host.empty());
        EXPECT_EQ(answer.bindings.list.size(), host.empty() ? 0u : 1u);
        EXPECT_EQ(answer.ipid, some_ipid);
        EXPECT_EQ(answer.status, host.empty() ? 0x776u : 0u);
        EXPECT_EQ(read_resolve_answer(stub + test::zeros(4), way.ndr, way.order, op, answer),
                  Reason::activation_malformed);
      }
}

TEST(Resolve, KnowsNoOtherOperation) {
  const Octets stub = resolve_answer(usual, ResolverOp::resolve_oxid);
  ResolveAnswer answer;
  EXPECT_EQ(
      read_resolve_answer(stub, Ndr::ndr32, ByteOrder::little, ResolverOp::server_alive2, answer),
      Reason::activation_malformed);
}

}  // namespace
}  // namespace rpcgate::dcerpc
