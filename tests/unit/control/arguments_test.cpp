// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/arguments.hpp"

#include <gtest/gtest.h>

namespace rpcgate::control {
namespace {

Result<Arguments> check(const char* command,
                        std::map<std::string, std::string, std::less<>> arguments) {
  return Arguments::check(*find_command(command), {command, std::move(arguments)});
}

TEST(Arguments, AnUnknownOneIsRefused) {
  const auto checked = check("show flows", {{"colour", "red"}});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().what, "show flows has no argument 'colour'");
}

TEST(Arguments, AMissingOneIsRefused) {
  EXPECT_FALSE(check("close client", {}));
  EXPECT_TRUE(check("close client", {{"address", "192.0.2.1"}}));
}

TEST(Arguments, AFileTravelsWithItsTextAndAnOutputDoesNot) {
  EXPECT_TRUE(check("config apply", {{"file", "a"}, {"text", "b"}}));
  EXPECT_FALSE(check("config save", {{"file", "a"}}));
  EXPECT_TRUE(check("config save", {}));
}

TEST(Arguments, NumbersAreBoundedAndWhole) {
  const auto of = [](const char* text) {
    return check("show flows", {{"limit", text}})->number("limit", 4096);
  };
  EXPECT_EQ(of("17").value(), 17u);
  EXPECT_EQ(of("4096").value(), 4096u);
  for (const char* bad : {"", "4097", "-1", "+1", "1x", "x", "1.0", "99999999999999999999999"})
    EXPECT_FALSE(of(bad)) << bad;
  EXPECT_EQ(check("show flows", {})->number("limit", 1).value(), std::nullopt);
}

TEST(Arguments, AddressesAreOfEitherFamily) {
  const auto of = [](const char* text) {
    return check("show flows", {{"client", text}})->address("client");
  };
  EXPECT_EQ(of("192.0.2.1").value(), wire::IpAddress::from_v4(0xc0000201));
  EXPECT_TRUE(of("2001:db8::1"));
  EXPECT_FALSE(of("192.0.2"));
  EXPECT_FALSE(of(""));
}

}  // namespace
}  // namespace rpcgate::control
