// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/command_table.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace rpcgate::control {
namespace {

TEST(CommandTable, EveryPathIsThereOnceAndIsFound) {
  std::set<std::string_view> paths;
  for (const Command& command : command_table()) {
    EXPECT_TRUE(paths.insert(command.path).second) << command.path;
    EXPECT_EQ(find_command(command.path), &command);
    EXPECT_FALSE(command.help.empty()) << command.path;
  }
  EXPECT_EQ(find_command("show"), nullptr);
  EXPECT_EQ(find_command(""), nullptr);
}

TEST(CommandTable, NoPathIsTheBeginningOfAnother) {
  for (const Command& a : command_table())
    for (const Command& b : command_table())
      EXPECT_FALSE(b.path.substr(0, a.path.size() + 1) == std::string(a.path) + " ") << a.path;
}

TEST(CommandTable, ArgumentsAreNamedOnceAndExplained) {
  for (const Command& command : command_table()) {
    std::set<std::string_view> names;
    for (const Argument& argument : command.arguments) {
      EXPECT_TRUE(names.insert(argument.name).second) << command.path << ' ' << argument.name;
      EXPECT_FALSE(argument.help.empty()) << command.path << ' ' << argument.name;
      EXPECT_EQ(argument.kind == ArgumentKind::flag, argument.value.empty());
    }
  }
}

}  // namespace
}  // namespace rpcgate::control
