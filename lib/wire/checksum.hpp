// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The Internet checksum: sums (RFC 1071) and incremental updates (RFC 1624, equation 3). A Delta is
// computed once a flow and applied to every packet of it.
#pragma once

#include <cstdint>
#include <cstring>

#include "base/bytes.hpp"
#include "wire/address.hpp"
#include "wire/be.hpp"

namespace rpcgate::wire {

// A one's complement sum being built, in memory order: bytes are added as 16-bit words as they lie.
class ChecksumSum {
 public:
  constexpr void add_word(std::uint16_t memory_order) noexcept { sum_ += memory_order; }
  void add(Bytes bytes) noexcept {
    std::size_t i = 0;
    std::uint64_t sum = 0;
    for (; i + 4 <= bytes.size(); i += 4) {
      std::uint32_t word;
      std::memcpy(&word, bytes.data() + i, 4);
      sum += word;
    }
    if (i + 2 <= bytes.size()) {
      std::uint16_t word;
      std::memcpy(&word, bytes.data() + i, 2);
      sum += word;
      i += 2;
    }
    if (i < bytes.size()) {
      std::uint16_t word = 0;
      std::memcpy(&word, bytes.data() + i, 1);
      sum += word;
    }
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum_ += (sum & 0xffffffff) + (sum >> 32);
  }
  constexpr std::uint16_t folded() const noexcept {
    std::uint64_t s = sum_;
    while (s >> 16 != 0) s = (s & 0xffff) + (s >> 16);
    return static_cast<std::uint16_t>(s);
  }
  // The checksum field's value, in memory order.
  constexpr std::uint16_t checksum() const noexcept {
    return static_cast<std::uint16_t>(~folded());
  }

 private:
  std::uint64_t sum_ = 0;
};

// What a fixed replacement of some 16-bit words does to a checksum.
class ChecksumDelta {
 public:
  constexpr void replace(std::uint16_t old_word, std::uint16_t new_word) noexcept {
    sum_ += static_cast<std::uint16_t>(~old_word) + std::uint32_t{new_word};
    fold();
  }
  void replace(Bytes old_bytes, Bytes new_bytes) noexcept {  // even sizes, same size
    for (std::size_t i = 0; i + 2 <= old_bytes.size(); i += 2) {
      std::uint16_t from, to;
      std::memcpy(&from, old_bytes.data() + i, 2);
      std::memcpy(&to, new_bytes.data() + i, 2);
      replace(from, to);
    }
  }
  // The new value of a checksum field, in memory order (RFC 1624: HC' = ~(~HC + ~m + m')).
  constexpr std::uint16_t applied_to(std::uint16_t checksum) const noexcept {
    std::uint32_t s = static_cast<std::uint16_t>(~checksum) + sum_;
    s = (s & 0xffff) + (s >> 16);
    s = (s & 0xffff) + (s >> 16);
    return static_cast<std::uint16_t>(~s);
  }
  constexpr std::uint16_t value() const noexcept { return static_cast<std::uint16_t>(sum_); }
  static constexpr ChecksumDelta from_value(std::uint16_t value) noexcept {
    ChecksumDelta d;
    d.sum_ = value;
    return d;
  }

 private:
  constexpr void fold() noexcept {
    sum_ = (sum_ & 0xffff) + (sum_ >> 16);
    sum_ = (sum_ & 0xffff) + (sum_ >> 16);
  }
  std::uint32_t sum_ = 0;
};

// The sum of a TCP, UDP or ICMPv6 pseudo header (RFC 9293 3.1, RFC 8200 8.1).
inline void add_pseudo_header(ChecksumSum& sum, const IpAddress& source,
                              const IpAddress& destination, Protocol protocol,
                              std::uint32_t l4_length) noexcept {
  if (source.is_v4()) {
    sum.add(as_bytes(source.v4_octets(), 4));
    sum.add(as_bytes(destination.v4_octets(), 4));
  } else {
    sum.add(as_bytes(source.octets().data(), 16));
    sum.add(as_bytes(destination.octets().data(), 16));
  }
  const auto length = Be32::from_host(l4_length).raw();
  sum.add(as_bytes(&length, 4));
  sum.add_word(Be16::from_host(static_cast<std::uint8_t>(protocol)).raw());
}

}  // namespace rpcgate::wire
