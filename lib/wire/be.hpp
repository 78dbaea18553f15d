// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Integers kept in network byte order. No arithmetic: ask for host() first. Comparing needs no
// swap.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>

namespace rpcgate::wire {

template <std::unsigned_integral T>
constexpr T swap_bytes(T value) noexcept {
  if constexpr (sizeof(T) == 1)
    return value;
  else if constexpr (sizeof(T) == 2)
    return __builtin_bswap16(value);
  else if constexpr (sizeof(T) == 4)
    return __builtin_bswap32(value);
  else
    return __builtin_bswap64(value);
}

template <std::unsigned_integral T>
class Be {
 public:
  constexpr Be() = default;
  static constexpr Be from_host(T value) noexcept {
    return from_raw(std::endian::native == std::endian::little ? swap_bytes(value) : value);
  }
  static constexpr Be from_raw(T raw) noexcept {
    Be b;
    b.raw_ = raw;
    return b;
  }
  constexpr T host() const noexcept {
    return std::endian::native == std::endian::little ? swap_bytes(raw_) : raw_;
  }
  constexpr T raw() const noexcept { return raw_; }
  friend constexpr bool operator==(Be, Be) = default;

 private:
  T raw_{};
};

using Be16 = Be<std::uint16_t>;
using Be32 = Be<std::uint32_t>;

}  // namespace rpcgate::wire
