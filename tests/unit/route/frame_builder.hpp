// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
// Frames for the tests of steering (here and in tests/unit/xdp): just the headers that decide.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "wire/address.hpp"

namespace rpcgate::route::test {

struct FrameSpec {
  std::string source = "203.0.113.7";
  std::string destination = "198.51.100.1";
  std::uint8_t protocol = 6;
  std::uint16_t port = 135;    // destination port, or ICMP type in its high octet
  std::uint16_t fragment = 0;  // IPv4 flags and offset; IPv6: any value adds a fragment header
  unsigned options = 0;        // IPv4: words of options
  bool tagged = false;         // an 802.1Q tag
};

inline std::vector<std::uint8_t> frame_of(const FrameSpec& spec) {
  const auto source = wire::IpAddress::parse(spec.source).value();
  const auto destination = wire::IpAddress::parse(spec.destination).value();
  std::vector<std::uint8_t> f(12, 2);
  const auto put16 = [&f](unsigned v) {
    f.push_back(static_cast<std::uint8_t>(v >> 8));
    f.push_back(static_cast<std::uint8_t>(v));
  };
  if (spec.tagged) {
    put16(0x8100);
    put16(10);
  }
  const bool v4 = source.is_v4();
  put16(v4 ? 0x0800 : 0x86dd);
  if (v4) {
    f.push_back(static_cast<std::uint8_t>(0x45 + spec.options));
    f.push_back(0);
    put16(20 + 4 * spec.options + 20);
    put16(1);
    put16(spec.fragment);
    f.push_back(64);
    f.push_back(spec.protocol);
    put16(0);
    f.insert(f.end(), source.v4_octets(), source.v4_octets() + 4);
    f.insert(f.end(), destination.v4_octets(), destination.v4_octets() + 4);
    f.insert(f.end(), std::size_t{4} * spec.options, 1);
  } else {
    put16(0x6000);
    put16(0);
    put16(spec.fragment != 0 ? 28 : 20);
    f.push_back(spec.fragment != 0 ? 44 : spec.protocol);
    f.push_back(64);
    f.insert(f.end(), source.octets().begin(), source.octets().end());
    f.insert(f.end(), destination.octets().begin(), destination.octets().end());
    if (spec.fragment != 0) {
      f.push_back(spec.protocol);
      f.push_back(0);
      put16(spec.fragment);
      put16(0);
      put16(1);
    }
  }
  if (spec.protocol == 1 || spec.protocol == 58) {
    put16(spec.port);  // type and code
    put16(0);
  } else {
    put16(40000);
    put16(spec.port);
  }
  f.insert(f.end(), 16, 0);
  return f;
}

inline std::uint16_t icmp(unsigned type) {
  return static_cast<std::uint16_t>(type << 8);
}
inline Bytes view(const std::vector<std::uint8_t>& frame) {
  return as_bytes(frame.data(), frame.size());
}

}  // namespace rpcgate::route::test
