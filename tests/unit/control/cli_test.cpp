// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The client: its command line and its tables.
#include <gtest/gtest.h>

#include "client.hpp"
#include "command_line.hpp"
#include "control/command_usage.hpp"
#include "control/request.hpp"
#include "render.hpp"

namespace rpcgate::cli {
namespace {

TEST(CommandLine, ReadsPathOptionsAndWordsInAnyOrder) {
  const auto line =
      parse({"--json", "show", "--socket=/tmp/s", "flows", "--client", "192.0.2.1", "--limit=5"});
  ASSERT_TRUE(line) << line.error().what;
  EXPECT_TRUE(line->json);
  EXPECT_EQ(line->socket, "/tmp/s");
  EXPECT_EQ(line->command->id, control::CommandId::show_flows);
  EXPECT_EQ(line->arguments.at("client"), "192.0.2.1");
  EXPECT_EQ(line->arguments.at("limit"), "5");
}

TEST(CommandLine, WordsGoToTheirPlaces) {
  const auto line = parse({"close", "client", "2001:db8::1"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->arguments.at("address"), "2001:db8::1");
}

TEST(CommandLine, AFileMayBeginWithADash) {
  const auto line = parse({"config", "check", "--", "-odd.toml"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->arguments.at("file"), "-odd.toml");
}

TEST(CommandLine, ASingleDashIsAFile) {
  const auto line = parse({"config", "save", "-"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->arguments.at("file"), "-");
}

TEST(CommandLine, WhatIsWrongIsRefused) {
  const std::vector<std::vector<std::string>> bad = {
      {},
      {"show"},
      {"show", "nonsense"},
      {"status", "extra"},
      {"status", "--limit", "5"},
      {"--limit", "5", "show", "flows"},
      {"show", "flows", "--limit"},
      {"close", "client"},
      {"config", "test", "--client", "192.0.2.1"},
      {"--socket"},
  };
  for (const auto& words : bad) EXPECT_FALSE(parse(words)) << testing::PrintToString(words);
}

TEST(CommandLine, HelpNeedsNothingElse) {
  EXPECT_TRUE(parse({"--help"}));
  const auto line = parse({"close", "client", "--help"});
  ASSERT_TRUE(line);
  EXPECT_TRUE(line->help);
  EXPECT_NE(line->command, nullptr);
}

TEST(Client, ARequestIsWhatTheDaemonReads) {
  const auto request =
      control::parse_request(to_request("config apply", {{"file", "x"}, {"text", "a\n\"b\""}}));
  ASSERT_TRUE(request) << request.error().what;
  EXPECT_EQ(request->command, "config apply");
  EXPECT_EQ(request->arguments.at("text"), "a\n\"b\"");
}

TEST(Usage, IsMadeOfTheTable) {
  EXPECT_EQ(control::usage(*control::find_command("close client")), "close client ADDRESS");
  EXPECT_EQ(control::usage(*control::find_command("show ports")), "show ports [--port NAME]");
  const std::string all = control::help();
  for (const auto& command : control::command_table())
    EXPECT_NE(all.find(std::string(command.path)), std::string::npos) << command.path;
}

TEST(Render, ATableHasTheColumnsOfAllRowsInOrder) {
  const std::vector<Row> rows = {Row::parse(R"({"name":"a","value":1})"),
                                 Row::parse(R"({"name":"long","value":22,"more":true})")};
  EXPECT_EQ(render(control::Layout::table, rows),
            "name  value  more\n"
            "a     1      -\n"
            "long  22     true\n");
  EXPECT_EQ(render(control::Layout::table, {}), "none\n");
}

TEST(Render, ARecordIsOneLineAKey) {
  EXPECT_EQ(render(control::Layout::record, {Row::parse(R"({"pid":1,"version":"x"})")}),
            "pid:     1\n"
            "version: x\n");
}

TEST(Render, ErrorsHaveTheFormOfCompilers) {
  const std::vector<Row> rows = {
      Row::parse(R"({"severity":"error","file":"a.toml","line":3,"column":7,"text":"no"})"),
      Row::parse(R"({"severity":"warning","file":"a.toml","line":0,"column":0,"text":"hm"})")};
  EXPECT_EQ(render(control::Layout::errors, rows), "a.toml:3:7: error: no\na.toml: warning: hm\n");
}

TEST(Render, InterfacesAndObjectsAreOneCell) {
  EXPECT_EQ(to_cell(Row::parse(R"({"uuid":"u","version":"1.0","name":"samr"})")), "samr/1.0");
  EXPECT_EQ(to_cell(Row::parse(R"({"uuid":"u","version":"1.0"})")), "u/1.0");
  EXPECT_EQ(to_cell(Row::parse(R"({"a":1,"b":2})")), "a=1 b=2");
}

TEST(Render, NoByteOfAClientSteersTheTerminal) {
  EXPECT_EQ(to_cell(Row("\x1b[2J\nx")), "?[2J?x");
}

}  // namespace
}  // namespace rpcgate::cli
