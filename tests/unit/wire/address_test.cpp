// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "wire/address.hpp"

#include <gtest/gtest.h>

namespace rpcgate::wire {
namespace {

TEST(IpAddress, BothFamiliesPrintAsTheyWereParsed) {
  for (const char* text : {"198.51.100.1", "0.0.0.0", "2001:db8::1", "::"})
    EXPECT_EQ(IpAddress::parse(text).value().to_string(), text);
}

TEST(IpAddress, Ipv4IsHeldMappedAndKnowsItsFamily) {
  EXPECT_TRUE(IpAddress::parse("10.0.0.1").value().is_v4());
  EXPECT_FALSE(IpAddress::parse("2001:db8::1").value().is_v4());
  EXPECT_EQ(IpAddress::parse("10.0.0.1").value(), IpAddress::from_v4(0x0a000001));
  EXPECT_EQ(IpAddress::from_v4(0x0a000001).v4_host_order(), 0x0a000001u);
}

TEST(IpAddress, NonsenseIsRefused) {
  for (const char* text : {"", "10.0.0", "10.0.0.256", "fe80::1%eth0", "host"})
    EXPECT_FALSE(IpAddress::parse(text)) << text;
}

TEST(Prefix, ContainsWhatItCoversAndNothingElse) {
  const auto p = Prefix::parse("198.51.100.0/23").value();
  EXPECT_TRUE(p.contains(IpAddress::parse("198.51.101.255").value()));
  EXPECT_FALSE(p.contains(IpAddress::parse("198.51.102.0").value()));
  EXPECT_FALSE(p.contains(IpAddress::parse("2001:db8::1").value()));
  EXPECT_EQ(p.to_string(), "198.51.100.0/23");
}

TEST(Prefix, AllOfIpv4HoldsNoIpv6) {
  const auto p = Prefix::parse("0.0.0.0/0").value();
  EXPECT_TRUE(p.contains(IpAddress::parse("8.8.8.8").value()));
  EXPECT_FALSE(p.contains(IpAddress::parse("2001:db8::1").value()));
}

TEST(Prefix, BitsBelowTheMaskAreAnError) {
  EXPECT_FALSE(Prefix::parse("198.51.100.1/24"));
  EXPECT_FALSE(Prefix::parse("198.51.100.0/33"));
  EXPECT_FALSE(Prefix::parse("198.51.100.0/"));
  EXPECT_EQ(Prefix::parse("198.51.100.1").value().bits(), 128);
}

}  // namespace
}  // namespace rpcgate::wire
