// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Internet addresses without a family: IPv4 is held as ::ffff:a.b.c.d (RFC 4291 2.5.5.2), so keys,
// rules and events have one shape. Trivially copyable; text form is for the control path.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "wire/be.hpp"

namespace rpcgate::wire {

class IpAddress {
 public:
  constexpr IpAddress() = default;  // ::, "no address"
  static constexpr IpAddress from_v4(std::uint32_t host_order) noexcept {
    IpAddress a;
    a.octets_[10] = a.octets_[11] = 0xff;
    for (unsigned i = 0; i < 4; ++i)
      a.octets_[12 + i] = static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
    return a;
  }
  // Four octets as they stand in an IPv4 header.
  static IpAddress from_v4_octets(const void* octets) noexcept {
    std::array<std::uint32_t, 4> quarters{0, 0, mapped, 0};
    std::memcpy(&quarters[3], octets, 4);
    IpAddress a;
    a.octets_ = std::bit_cast<Octets>(quarters);
    return a;
  }
  // Sixteen octets as they stand in an IPv6 header.
  static IpAddress from_v6_octets(const void* octets) noexcept {
    IpAddress a;
    std::memcpy(a.octets_.data(), octets, 16);
    return a;
  }
  static Result<IpAddress> parse(std::string_view text);  // "198.51.100.1" or "2001:db8::1"

  constexpr bool is_v4() const noexcept {
    const auto quarters = std::bit_cast<std::array<std::uint32_t, 4>>(octets_);
    return halves()[0] == 0 && quarters[2] == mapped;
  }
  constexpr bool is_unspecified() const noexcept { return *this == IpAddress{}; }
  constexpr std::uint32_t v4_host_order() const noexcept {
    return (std::uint32_t{octets_[12]} << 24) | (std::uint32_t{octets_[13]} << 16) |
           (std::uint32_t{octets_[14]} << 8) | octets_[15];
  }
  constexpr const std::uint8_t* v4_octets() const noexcept { return octets_.data() + 12; }
  constexpr const std::array<std::uint8_t, 16>& octets() const noexcept { return octets_; }
  std::string to_string() const;

  // In the order of memory.
  constexpr std::array<std::uint64_t, 2> halves() const noexcept {
    return std::bit_cast<std::array<std::uint64_t, 2>>(octets_);
  }

  friend constexpr bool operator==(const IpAddress& a, const IpAddress& b) noexcept {
    return ((a.halves()[0] ^ b.halves()[0]) | (a.halves()[1] ^ b.halves()[1])) == 0;
  }
  // As their octets do, one after the other.
  friend constexpr auto operator<=>(const IpAddress& a, const IpAddress& b) noexcept {
    const auto mine = a.halves(), theirs = b.halves();
    const bool first = mine[0] != theirs[0];
    return Be<std::uint64_t>::from_raw(first ? mine[0] : mine[1]).host() <=>
           Be<std::uint64_t>::from_raw(first ? theirs[0] : theirs[1]).host();
  }

 private:
  using Octets = std::array<std::uint8_t, 16>;
  // The third quarter of a mapped address.
  static constexpr auto mapped =
      std::bit_cast<std::uint32_t>(std::array<std::uint8_t, 4>{0, 0, 0xff, 0xff});

  Octets octets_{};
};
static_assert(sizeof(IpAddress) == 16);

// A range of addresses. `bits` counts in the 128-bit form: 10.0.0.0/8 has bits 104.
class Prefix {
 public:
  constexpr Prefix() = default;
  constexpr Prefix(IpAddress address, std::uint8_t bits) noexcept
      : address_(address), bits_(bits) {}
  static constexpr Prefix host(IpAddress address) noexcept { return {address, 128}; }
  // "10.0.0.0/8", "2001:db8::/32", or a bare address. "0.0.0.0/0" is all of IPv4, "::/0" all of
  // IPv6 and of IPv4 too. Bits below the mask must be zero.
  static Result<Prefix> parse(std::string_view text);

  constexpr bool contains(const IpAddress& a) const noexcept {
    const auto mine = address_.halves(), theirs = a.halves();
    const unsigned first = bits_ < 64 ? bits_ : 64;
    return ((mine[0] ^ theirs[0]) & mask(first)) == 0 &&
           ((mine[1] ^ theirs[1]) & mask(bits_ - first)) == 0;
  }
  constexpr bool contains(const Prefix& p) const noexcept {
    return bits_ <= p.bits_ && contains(p.address_);
  }
  constexpr bool overlaps(const Prefix& p) const noexcept {
    return contains(p) || p.contains(*this);
  }
  constexpr const IpAddress& address() const noexcept { return address_; }
  constexpr std::uint8_t bits() const noexcept { return bits_; }
  std::string to_string() const;
  friend constexpr bool operator==(const Prefix&, const Prefix&) = default;

 private:
  // The first bits of eight octets, as a word in memory.
  static constexpr std::uint64_t mask(unsigned bits) noexcept {
    if (bits == 0) return 0;
    const std::uint64_t ones = ~std::uint64_t{0} << (64 - bits);
    return Be<std::uint64_t>::from_host(ones).raw();
  }
  IpAddress address_;
  std::uint8_t bits_ = 0;
};

// A transport protocol number of the IP header (IANA).
enum class Protocol : std::uint8_t { icmp = 1, tcp = 6, udp = 17, icmpv6 = 58 };

// A transport port in host order. Distinct from EthPort, a NIC.
using L4Port = std::uint16_t;

struct Endpoint {
  IpAddress address;
  L4Port port = 0;
  friend constexpr bool operator==(const Endpoint&, const Endpoint&) = default;
};
std::string to_string(const Endpoint& endpoint);  // "198.51.100.1:135", "[2001:db8::1]:135"

}  // namespace rpcgate::wire
