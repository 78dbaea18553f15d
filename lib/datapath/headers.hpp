// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Where fields stand in the headers the gateway reads and writes (IEEE 802.3, RFC 791, 8200, 9293,
// 768, 792, 4443), and access to them in network order. Bounds are checked by parse, once.
#pragma once

#include <cstdint>
#include <cstring>

#include "base/bytes.hpp"
#include "wire/be.hpp"

namespace rpcgate::datapath {

namespace eth {
inline constexpr std::size_t size = 14, destination = 0, source = 6, type = 12;
inline constexpr std::uint16_t type_ipv4 = 0x0800, type_ipv6 = 0x86dd;
}  // namespace eth

namespace ip4 {
inline constexpr std::size_t size = 20, length = 2, identification = 4, fragment = 6, ttl = 8,
                             protocol = 9, checksum = 10, source = 12, destination = 16;
inline constexpr std::uint16_t dont_fragment = 0x4000, more_fragments = 0x2000, offset = 0x1fff,
                               more_or_offset = 0x3fff;
}  // namespace ip4

namespace ip6 {
inline constexpr std::uint8_t fragment_header = 44;
inline constexpr std::size_t fragment_size = 8;  // next header, -, offset and more, identification
inline constexpr std::size_t size = 40, length = 4, next_header = 6, hop_limit = 7, source = 8,
                             destination = 24;
}  // namespace ip6

namespace tcph {
inline constexpr std::size_t size = 20, sequence = 4, acknowledgement = 8, data_offset = 12,
                             flags = 13, window = 14, checksum = 16, urgent = 18;
inline constexpr std::uint8_t fin = 1, syn = 2, rst = 4, psh = 8, ack = 16, urg = 32;
}  // namespace tcph

namespace udph {
inline constexpr std::size_t size = 8, length = 4, checksum = 6;
}

namespace icmph {
inline constexpr std::size_t size = 8, type = 0, code = 1, checksum = 2, mtu = 4;
inline constexpr std::uint8_t v4_unreachable = 3, v4_time_exceeded = 11, v4_parameter = 12;
inline constexpr std::uint8_t v4_fragmentation_needed = 4;  // a code of unreachable
inline constexpr std::uint8_t v6_too_big = 2, v6_last_error = 4;
}  // namespace icmph

inline std::uint8_t load8(const std::byte* at) noexcept {
  return std::to_integer<std::uint8_t>(*at);
}
inline std::uint16_t load16(const std::byte* at) noexcept {
  std::uint16_t raw;
  std::memcpy(&raw, at, 2);
  return wire::Be16::from_raw(raw).host();
}
inline std::uint32_t load32(const std::byte* at) noexcept {
  std::uint32_t raw;
  std::memcpy(&raw, at, 4);
  return wire::Be32::from_raw(raw).host();
}
inline void store8(std::byte* at, std::uint8_t value) noexcept {
  *at = std::byte{value};
}
inline void store16(std::byte* at, std::uint16_t value) noexcept {
  const auto raw = wire::Be16::from_host(value).raw();
  std::memcpy(at, &raw, 2);
}
inline void store32(std::byte* at, std::uint32_t value) noexcept {
  const auto raw = wire::Be32::from_host(value).raw();
  std::memcpy(at, &raw, 4);
}
// A 16-bit word as it lies in memory: what checksums are made of.
inline std::uint16_t load_raw16(const std::byte* at) noexcept {
  std::uint16_t raw;
  std::memcpy(&raw, at, 2);
  return raw;
}
inline void store_raw16(std::byte* at, std::uint16_t raw) noexcept {
  std::memcpy(at, &raw, 2);
}

}  // namespace rpcgate::datapath
