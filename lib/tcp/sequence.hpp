// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// TCP sequence numbers: 32 bits that wrap; order is defined within half the space (RFC 9293 3.4).
#pragma once

#include <compare>
#include <cstdint>

namespace rpcgate::tcp {

class Seq {
 public:
  constexpr Seq() = default;
  constexpr explicit Seq(std::uint32_t value) noexcept : value_(value) {}
  constexpr std::uint32_t value() const noexcept { return value_; }

  friend constexpr Seq operator+(Seq a, std::uint32_t n) noexcept { return Seq{a.value_ + n}; }
  // How far `a` is ahead of `b`; negative when it is behind.
  friend constexpr std::int32_t operator-(Seq a, Seq b) noexcept {
    return static_cast<std::int32_t>(a.value_ - b.value_);
  }
  friend constexpr bool operator==(Seq, Seq) = default;
  friend constexpr bool operator<(Seq a, Seq b) noexcept { return a - b < 0; }
  friend constexpr bool operator>(Seq a, Seq b) noexcept { return a - b > 0; }
  friend constexpr bool operator<=(Seq a, Seq b) noexcept { return a - b <= 0; }
  friend constexpr bool operator>=(Seq a, Seq b) noexcept { return a - b >= 0; }

 private:
  std::uint32_t value_ = 0;
};

// Of values, not of objects: g++ 12 would select by address, in memory.
constexpr Seq max(Seq a, Seq b) noexcept {
  return Seq{a < b ? b.value() : a.value()};
}
constexpr Seq min(Seq a, Seq b) noexcept {
  return Seq{a < b ? a.value() : b.value()};
}

// How many bytes `to` is ahead of `from`; 0 when it is not.
constexpr std::uint32_t distance(Seq from, Seq to) noexcept {
  return to > from ? static_cast<std::uint32_t>(to - from) : 0;
}

static_assert(Seq{0xfffffff0} < Seq{0x10});
static_assert(distance(Seq{0xfffffff0}, Seq{0x10}) == 0x20);

}  // namespace rpcgate::tcp
