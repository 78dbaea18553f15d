// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/request.hpp"

#include <gtest/gtest.h>

namespace rpcgate::control {
namespace {

constexpr const char* whole =
    R"({"v":1,"command":"show flows","arguments":{"client":"10.0.0.1","limit":5,"all":true}})";

TEST(Request, ReadsCommandAndArgumentsAsText) {
  const auto request = parse_request(whole);
  ASSERT_TRUE(request) << request.error().what;
  EXPECT_EQ(request->command, "show flows");
  EXPECT_EQ(request->arguments.at("client"), "10.0.0.1");
  EXPECT_EQ(request->arguments.at("limit"), "5");
  EXPECT_EQ(request->arguments.at("all"), "true");
}

TEST(Request, IsRefusedAtEachTruncation) {
  const std::string_view text = whole;
  for (std::size_t length = 0; length < text.size(); ++length)
    EXPECT_FALSE(parse_request(text.substr(0, length))) << length;
}

TEST(Request, ArgumentsMayBeLeftOut) {
  const auto request = parse_request(R"({"v":1,"command":"status"})");
  ASSERT_TRUE(request);
  EXPECT_TRUE(request->arguments.empty());
}

TEST(Request, WhatIsNotUnderstoodIsRefusedWhole) {
  const char* bad[] = {
      "",
      "null",
      "[]",
      "[1]",
      R"({"command":"status"})",
      R"({"v":2,"command":"status"})",
      R"({"v":"1","command":"status"})",
      R"({"v":1})",
      R"({"v":1,"command":7})",
      R"({"v":1,"command":"status","arguments":[]})",
      R"({"v":1,"command":"status","arguments":"x"})",
      R"({"v":1,"command":"status","arguments":{"a":{}}})",
      R"({"v":1,"command":"status","arguments":{"a":[1]}})",
      R"({"v":1,"command":"status","arguments":{"a":1.5}})",
      R"({"v":1,"command":"status","arguments":{"a":null}})",
      "{\"v\":1,\"command\":\"\xff\"}",
      R"({"v":1,"command":"status"} trailing)",
  };
  for (const char* line : bad) EXPECT_FALSE(parse_request(line)) << line;
}

TEST(Request, LongAndDeepLinesAreRefusedBeforeTheyAreBuilt) {
  EXPECT_FALSE(parse_request(std::string(request_line_limit + 1, ' ')));
  const auto deep = parse_request(std::string(request_line_limit, '['));
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().what, "the request is nested too deep");
  EXPECT_FALSE(parse_request(R"({"v":1,"command":")" + std::string(65, 'c') + R"("})"));
}

TEST(Request, BracketsInsideStringsAreNoDepth) {
  const auto request =
      parse_request(R"({"v":1,"command":"config apply","arguments":{"text":"[[[[\"[[{{"}})");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->arguments.at("text"), "[[[[\"[[{{");
}

TEST(Request, MoreArgumentsThanAnyCommandHasAreRefused) {
  std::string line = R"({"v":1,"command":"status","arguments":{"a":1)";
  for (int i = 0; i < 40; ++i) line += ",\"a" + std::to_string(i) + "\":1";
  EXPECT_FALSE(parse_request(line + "}}"));
}

}  // namespace
}  // namespace rpcgate::control
