// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
// Any bytes as a received frame: the decision whose it is reads nothing beyond them, and what is
// cut shorter is never passed to the kernel as IP when the whole was not.
#include <vector>

#include "fuzz.hpp"
#include "route/steering.hpp"

namespace {

using rpcgate::route::Steer;
using rpcgate::route::Steering;
using rpcgate::route::SteeringConfig;
using rpcgate::wire::IpAddress;
using rpcgate::wire::Prefix;

Steering steering() {
  const auto ip = [](const char* text) { return IpAddress::parse(text).value(); };
  const auto net = [](const char* text) { return Prefix::parse(text).value(); };
  SteeringConfig config;
  config.ours = {ip("198.51.100.1"), ip("2001:db8::1")};
  config.local_services = {{ip("198.51.100.2"), 6, 22}, {ip("224.0.0.5"), 89, 0}};
  config.local_addresses = {ip("198.51.100.3"), ip("2001:db8::3")};
  config.transit_sources = {net("10.10.0.0/24")};
  config.transit_destinations = {net("192.0.2.0/28"), net("2001:db8:5::/64")};
  return Steering(config);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Steering table = steering();
  const Steer whole = table.decide(rpcgate::as_bytes(data, size));
  for (std::size_t cut = 0; cut < size && cut < 120; ++cut) {
    // A copy of just that length: the sanitizer sees a read past its end.
    const std::vector<std::uint8_t> shorter(data, data + cut);
    const Steer decision = table.decide(rpcgate::as_bytes(shorter.data(), shorter.size()));
    const bool ip = cut > 13 && ((data[12] == 0x08 && data[13] == 0x00) ||
                                 (data[12] == 0x86 && data[13] == 0xdd));
    rpcgate::fuzz::require(!ip || decision != Steer::kernel || whole == Steer::kernel);
  }
  return 0;
}
