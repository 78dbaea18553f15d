// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Properties of an activation that Windows does not send: made, and right but for one thing.
#include <gtest/gtest.h>

#include "dcerpc/activation_properties.hpp"
#include "dcom_examples.hpp"

namespace rpcgate::dcerpc {
namespace {

using test::hex;
using test::operator+;
using test::Octets;
using test::StubWriter;

constexpr Uuid instantiation = "000001ab-0000-0000-c000-000000000046"_uuid;
constexpr Uuid instance = "000001ad-0000-0000-c000-000000000046"_uuid;
constexpr Uuid scm_request = "000001aa-0000-0000-c000-000000000046"_uuid;
constexpr Uuid location = "000001a4-0000-0000-c000-000000000046"_uuid;
constexpr Uuid scm_reply = "000001b6-0000-0000-c000-000000000046"_uuid;

StubWriter writer() {
  return {Ndr::ndr32, wire::ByteOrder::little};
}

// `spare`: bytes behind the structure, beyond its padding.
Octets serialized(StubWriter body, std::size_t spare = 0, std::size_t unsaid = 0) {
  body.align(8);
  StubWriter w = writer();
  w.octets(hex("01 10 08 00 cc cc cc cc"));
  w.u32(static_cast<std::uint32_t>(body.size() + spare));
  w.u32(0);
  return w.stub() + body.stub() + test::zeros(spare + unsaid);
}

struct Made {
  Uuid id;
  Octets bytes;
};
struct Bend {  // what is wrong
  std::size_t header_spare = 0, behind = 0, unsaid = 0;
};
Octets objref(std::string_view kinds, const std::vector<Made>& properties, const Bend& bend = {}) {
  const auto count = static_cast<std::uint32_t>(properties.size());
  std::size_t header = (16 + 48 + 4 + 20 * properties.size() + 4 + 7) / 8 * 8 + bend.header_spare;
  std::size_t total = header + bend.behind;
  for (const Made& made : properties) total += made.bytes.size();
  StubWriter w = writer();
  for (const std::size_t n : {total, header, std::size_t{0}, std::size_t{2}})
    w.u32(static_cast<std::uint32_t>(n));
  w.u32(count);
  w.uuid({});
  for (const bool pointer : {true, true, false}) w.pointer(pointer);
  w.count(count);
  for (const Made& made : properties) w.uuid(made.id);
  w.count(count);
  for (const Made& made : properties) w.u32(static_cast<std::uint32_t>(made.bytes.size()));
  StubWriter out = writer();
  out.octets(hex("4d 45 4f 57 04 00 00 00") + hex(kinds) + test::zeros(8));
  out.u32(static_cast<std::uint32_t>(total));
  out.u32(0);
  out.octets(serialized(w, bend.header_spare));
  for (const Made& made : properties) out.octets(made.bytes);
  return out.stub() + test::zeros(bend.behind + bend.unsaid);
}
Octets asking(const std::vector<Made>& properties, const Bend& bend = {}) {
  return objref(
      "a2 01 00 00 00 00 00 00 c0 00 00 00 00 00 00 46"
      "38 03 00 00 00 00 00 00 c0 00 00 00 00 00 00 46",
      properties, bend);
}
bool reads(const std::vector<Made>& properties, const Bend& bend = {}) {
  ActivationRequest request;
  return read_request_properties(asking(properties, bend), 0, request);
}

StubWriter class_asked(std::uint32_t iids = 1, bool pointer = true) {
  StubWriter w = writer();
  w.uuid(instantiation);
  for (const std::uint32_t n : {20u, 0u, 0u, iids, 0u}) w.u32(n);
  w.pointer(pointer);
  w.u32(0);
  w.u32(0x70005);
  w.count(iids);
  for (std::uint32_t i = 0; i < iids; ++i) w.uuid(location);
  return w;
}
const Made one_class{instantiation, serialized(class_asked())};

TEST(MadeProperties, AreReadWhenRight) {
  EXPECT_TRUE(reads({one_class}));
  EXPECT_TRUE(reads({{location, serialized(writer(), 64)}, one_class}));
}

TEST(MadeProperties, FillWhatTheySay) {
  EXPECT_FALSE(reads({one_class}, {.header_spare = 8}));
  EXPECT_FALSE(reads({one_class}, {.header_spare = 4}));
  EXPECT_FALSE(reads({one_class}, {.behind = 8}));
  EXPECT_FALSE(reads({one_class}, {.unsaid = 8}));
  EXPECT_FALSE(reads({{instantiation, serialized(class_asked(), 8)}}));
  EXPECT_FALSE(reads({{instantiation, serialized(class_asked(), 0, 8)}}));
  // Of an odd size, where nothing else is wrong.
  EXPECT_FALSE(reads({one_class, {location, serialized(writer(), 0, 4)}}));
}

TEST(MadeProperties, AreOneToTenAndEachOnce) {
  EXPECT_FALSE(reads({}));
  EXPECT_FALSE(reads({one_class, one_class}));
  std::vector<Made> many{one_class};
  for (std::uint8_t n = 1; n <= 10; ++n) {
    EXPECT_TRUE(reads(many)) << many.size();
    many.push_back({Uuid{{n}}, serialized(writer())});
  }
  EXPECT_FALSE(reads(many));
}

TEST(MadeProperties, AskForOneToSixteenInterfaces) {
  for (const std::uint32_t n : {0u, 1u, 16u, 17u})
    EXPECT_EQ(reads({{instantiation, serialized(class_asked(n))}}), n == 1 || n == 16) << n;
  EXPECT_FALSE(reads({{instantiation, serialized(class_asked(1, false))}}));
}

TEST(MadeProperties, TellOfAnythingToLoadFrom) {
  for (int which = 0; which < 4; ++which) {
    StubWriter w = writer();
    w.pointer(which == 0);
    w.u32(2);
    w.pointer(which == 1);
    w.pointer(which == 2);
    ActivationRequest request;
    ASSERT_TRUE(
        read_request_properties(asking({one_class, {instance, serialized(w)}}), 0, request));
    EXPECT_EQ(request.persistent, which < 3) << which;
  }
}

// The pointers of ScmRequestInfo and the two counts of protocols.
StubWriter protocols(bool request, std::uint16_t count, bool list, std::uint32_t max_count) {
  StubWriter w = writer();
  w.pointer(false);
  w.pointer(request);
  w.u32(2);
  w.u16(count);
  w.pointer(list);
  w.count(max_count);
  for (std::uint16_t i = 0; i < count; ++i) w.u16(8);
  return w;
}

TEST(MadeProperties, ListProtocolsOrNone) {
  const auto taken = [](const StubWriter& w) {
    return reads({one_class, {scm_request, serialized(w)}});
  };
  EXPECT_TRUE(taken(protocols(true, 3, true, 3)));
  EXPECT_TRUE(taken(protocols(true, 0, false, 0)));
  EXPECT_FALSE(taken(protocols(true, 3, false, 3)));
  EXPECT_FALSE(taken(protocols(true, 0, true, 0)));
  EXPECT_FALSE(taken(protocols(true, 3, true, 2)));
  EXPECT_FALSE(taken(protocols(false, 1, true, 1)));
  StubWriter none = writer();
  none.pointer(false);
  none.pointer(false);
  EXPECT_TRUE(taken(none));
}

constexpr std::string_view answer_kinds =

    "a3 01 00 00 00 00 00 00 c0 00 00 00 00 00 00 46"
    "39 03 00 00 00 00 00 00 c0 00 00 00 00 00 00 46";

// ScmReplyInfo; `spare` bytes behind it.
bool answers(bool reserved, bool reply, bool bindings, std::size_t spare, ActivationAnswer& out) {
  StubWriter w = writer();
  w.pointer(reserved);
  w.pointer(reply);
  if (reply) {
    w.u64(7);
    w.pointer(bindings);
    w.uuid(instance);
    w.u32(4);
    w.u32(0x70005);
    w.dual_string({"A[1]"});
  }
  const Octets made = objref(answer_kinds, {{scm_reply, serialized(w, spare)}});
  out = {};
  return read_answer_properties(made, 0, out);
}

TEST(MadeProperties, AnswerWithBindingsOrWithNothing) {
  ActivationAnswer answer;
  ASSERT_TRUE(answers(false, true, true, 0, answer));
  EXPECT_TRUE(answer.has_exporter);
  EXPECT_EQ(answer.oxid, 7u);
  EXPECT_EQ(answer.bindings.list.size(), 1u);
  ASSERT_TRUE(answers(false, false, true, 0, answer));
  EXPECT_FALSE(answer.has_exporter);
  EXPECT_FALSE(read_answer_properties(objref(answer_kinds, {}), 0, answer));
  EXPECT_FALSE(answers(true, true, true, 0, answer));
  EXPECT_FALSE(answers(false, true, false, 0, answer));
  EXPECT_FALSE(answers(false, true, true, 8, answer));
  EXPECT_FALSE(answers(false, false, true, 8, answer));
}

}  // namespace
}  // namespace rpcgate::dcerpc
