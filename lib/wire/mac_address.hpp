// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A 48-bit Ethernet address as it stands in a frame. Trivially copyable.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

namespace rpcgate::wire {

struct MacAddress {
  std::array<std::uint8_t, 6> octets{};

  static MacAddress from_octets(const void* octets) noexcept {
    MacAddress mac;
    std::memcpy(mac.octets.data(), octets, 6);
    return mac;
  }
  constexpr bool is_zero() const noexcept { return *this == MacAddress{}; }
  constexpr bool is_group() const noexcept { return (octets[0] & 1) != 0; }
  std::string to_string() const {
    char text[18];
    std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", octets[0], octets[1],
                  octets[2], octets[3], octets[4], octets[5]);
    return text;
  }
  friend constexpr bool operator==(const MacAddress&, const MacAddress&) = default;
};
static_assert(sizeof(MacAddress) == 6);

}  // namespace rpcgate::wire
