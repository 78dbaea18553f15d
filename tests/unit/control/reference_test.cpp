// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/reference.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace rpcgate::control {
namespace {

std::string read(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// A page that differs is written anew by: rpcgated --write-reference docs/reference
TEST(Reference, ThePagesInDocsAreThoseOfTheTables) {
  const std::filesystem::path folder = std::filesystem::path(RPCGATE_SOURCE_DIR) / "docs/reference";
  for (const auto& page : reference_pages())
    EXPECT_TRUE(read(folder / page.name) == page.text) << page.name << " is out of date";
}

TEST(Reference, EveryPageSaysThatItIsGeneratedAndIsWrittenAsItIs) {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("rpcgate-reference-test-" + std::to_string(getpid()));
  ASSERT_TRUE(write_reference(folder));
  for (const auto& page : reference_pages()) {
    EXPECT_NE(page.text.substr(0, page.text.find('\n')).find("enerated"), std::string::npos)
        << page.name;
    EXPECT_EQ(read(folder / page.name), page.text);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace rpcgate::control
