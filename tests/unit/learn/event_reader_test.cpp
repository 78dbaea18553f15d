// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "learn/event_reader.hpp"

#include <sstream>

#include <gtest/gtest.h>

#include "event/event_json.hpp"
#include "uses_for_test.hpp"

namespace rpcgate::learn {
namespace {

// What learning needs of an event comes back from its line.
TEST(EventReader, ReadsWhatWasWritten) {
  event::Event written = call(7, dcerpc::ids::samr, 65535, 5);
  written.reason = stats::Reason::anonymous_caller;
  written.outer = client(1);
  written.outer_port = 49152;
  written.server = client(2);
  written.server_port = 49153;
  written.protocol = 17;
  written.has_class = true;
  written.clsid = dcerpc::ids::mgmt.uuid;
  event::Event read;
  std::string rule;
  ASSERT_TRUE(read_event(event::to_json(written, "a \"rule\""), read, rule));
  EXPECT_EQ(rule, "a \"rule\"");
  EXPECT_EQ(event::to_json(read, rule), event::to_json(written, rule));
}

TEST(EventReader, ReadsEveryKindAndLevel) {
  for (std::size_t kind = 0; kind < event::event_table().size(); ++kind)
    for (std::uint8_t level = 0; level <= 6; ++level) {
      event::Event written;
      written.kind = static_cast<event::Kind>(kind);
      written.protection = level;
      event::Event read;
      std::string rule;
      ASSERT_TRUE(read_event(event::to_json(written, ""), read, rule));
      EXPECT_EQ(read.kind, written.kind);
      EXPECT_EQ(read.protection, level);
    }
}

TEST(EventReader, CountsWhatIsNoEvent) {
  std::istringstream lines(
      "{\"event\":\"bind-allowed\",\"rule\":\"dc\"}\nnonsense\n\n[]\n"
      "{\"event\":\"of-tomorrow\"}\n{\"event\":1}\n{\"event\":\"bind-all");
  Uses uses;
  const ReadLines read = read_events(lines, uses);
  EXPECT_EQ(read.events, 1u);
  EXPECT_EQ(read.not_events, 5u);
}

TEST(EventReader, TakesFieldsOfOtherTypesAsNone) {
  event::Event read;
  std::string rule;
  ASSERT_TRUE(read_event(
      R"({"event":"map-allowed","rule":7,"client":[],"outer_port":-1,"opnum":"x","interface":"y"})",
      read, rule));
  EXPECT_EQ(rule, "");
  EXPECT_TRUE(read.client.is_unspecified());
  EXPECT_FALSE(read.has_opnum);
  EXPECT_FALSE(read.has_interface);
}

}  // namespace
}  // namespace rpcgate::learn
