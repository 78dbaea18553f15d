// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "event/event_json.hpp"

#include <set>

#include <gtest/gtest.h>

namespace rpcgate::event {
namespace {

Event whole_event() {
  Event e;
  e.time = instant_from_ns(1'767'323'045'000'006'789);
  e.kind = Kind::request_refused;
  e.action = Action::rpc_error;
  e.reason = stats::Reason::protection_too_low;
  e.protection = 5;
  e.has_opnum = true;
  e.opnum = 0;
  e.has_interface = true;
  e.interface = {*dcerpc::Uuid::parse("12345778-1234-abcd-ef00-0123456789ac"), 1, 0};
  e.rule = 0xdeadbeef;
  e.client = *wire::IpAddress::parse("198.51.100.7");
  e.client_port = 40000;
  e.outer = *wire::IpAddress::parse("198.51.100.1");
  e.outer_port = 49152;
  e.server = *wire::IpAddress::parse("2001:db8::10");
  e.server_port = 49664;
  e.protocol = 17;
  e.pinhole = 77;
  e.flow = 78;
  e.bytes = 123;
  e.duration = milliseconds{1500};
  e.user.assign("DOM\\user");
  e.service.assign("host/dc@EXAMPLE.ORG");
  e.technique.assign("T1003.006");
  e.has_class = true;
  e.clsid = *dcerpc::Uuid::parse("8bc3f05e-d86b-11d0-a075-00c04fb68820");
  return e;
}

TEST(EventJson, AWholeEventIsWrittenInTheOrderOfTheTable) {
  EXPECT_EQ(
      to_json(whole_event(), "dc"),
      R"({"time":"2026-01-02T03:04:05.000006Z","event":"request-refused","action":"rpc-error",)"
      R"("reason":"protection-too-low","rule":"dc","client":"198.51.100.7","client_port":40000,)"
      R"("outer":"198.51.100.1","outer_port":49152,"server":"2001:db8::10","server_port":49664,)"
      R"("protocol":"udp",)"
      R"("pinhole":77,"flow":78,"interface":{"uuid":"12345778-1234-abcd-ef00-0123456789ac",)"
      R"("version":"1.0","name":"samr"},"opnum":0,)"
      R"("clsid":"8bc3f05e-d86b-11d0-a075-00c04fb68820","protection":"integrity",)"
      R"("user":"DOM\\user","service":"host/dc@EXAMPLE.ORG",)"
      R"("technique":"T1003.006","bytes":123,"duration":1.500000})");
}

TEST(EventJson, WhatDoesNotApplyIsLeftOut) {
  EXPECT_EQ(to_json(Event{}, ""), R"({"time":"1970-01-01T00:00:00.000000Z","event":"map-allowed",)"
                                  R"("action":"passed"})");
}

TEST(EventJson, ARuleThatIsGoneIsNamedByItsId) {
  EXPECT_NE(to_json(whole_event(), "").find(R"("rule":"#deadbeef")"), std::string::npos);
}

TEST(EventJson, AnUnknownInterfaceHasNoName) {
  Event e = whole_event();
  e.interface.uuid = *dcerpc::Uuid::parse("00000000-0000-0000-0000-0000000000aa");
  EXPECT_NE(to_json(e, "").find(
                R"("interface":{"uuid":"00000000-0000-0000-0000-0000000000aa","version":"1.0"})"),
            std::string::npos);
}

TEST(EventJson, EveryFieldOfTheTableIsWrittenForAWholeEvent) {
  const std::string line = to_json(whole_event(), "dc");
  std::set<std::string_view> names;
  for (const auto& field : field_table()) {
    EXPECT_NE(line.find('"' + std::string(field.name) + "\":"), std::string::npos) << field.name;
    EXPECT_TRUE(names.insert(field.name).second) << field.name;
  }
}

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(EventJson, WhatCallersSayCannotLeaveItsString) {
  EXPECT_EQ(quoted("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(quoted(std::string_view("\n\0\x1b\x7f", 4)), R"("\u000a\u0000\u001b\u007f")");
  EXPECT_EQ(quoted("h\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
            "\"h\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
}

TEST(EventJson, BytesThatAreNotUtf8AreReplaced) {
  const std::string mark = "\xef\xbf\xbd";
  EXPECT_EQ(quoted("\xff"), '"' + mark + '"');
  EXPECT_EQ(quoted("\xc3"), '"' + mark + '"');
  EXPECT_EQ(quoted("\xc0\xaf"), '"' + mark + mark + '"');             // overlong
  EXPECT_EQ(quoted("\xed\xa0\x80"), '"' + mark + mark + mark + '"');  // surrogate
  EXPECT_EQ(quoted("\xf4\x90\x80\x80"), '"' + mark + mark + mark + mark + '"');
  EXPECT_EQ(quoted("\xe2\x82x"), '"' + mark + mark + "x\"");
}

TEST(EventJson, TimesAreUtcWithMicroseconds) {
  EXPECT_EQ(to_rfc3339(instant_from_ns(0)), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(instant_from_ns(-1)), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(instant_from_ns(-1000)), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(to_rfc3339(instant_from_ns(1'709'210'096'999'999'999)), "2024-02-29T12:34:56.999999Z");
}

TEST(EventJson, ProtectionLevelsHaveTheNamesOfTheStandard) {
  const char* names[] = {"level-0", "none", "connect", "call", "packet", "integrity", "privacy"};
  for (std::uint8_t level = 0; level < 7; ++level) EXPECT_EQ(protection_name(level), names[level]);
  EXPECT_EQ(protection_name(200), "level-200");
}

TEST(EventTable, NamesAreDashedAndOnce) {
  std::set<std::string_view> names;
  for (const auto& info : event_table()) {
    EXPECT_EQ(info.name.find('_'), std::string_view::npos);
    EXPECT_TRUE(names.insert(info.name).second);
  }
  EXPECT_EQ(name_of(Kind::limit_reached), "limit-reached");
}

}  // namespace
}  // namespace rpcgate::event
