// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A bounded reader with sticky failure: reads past the end give zeros and ok() turns false, so a
// record is read as its grammar and checked once. A child from sub() cannot read past its parent's
// length. Usable at compile time.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/bytes.hpp"
#include "wire/be.hpp"

namespace rpcgate::wire {

enum class ByteOrder : std::uint8_t { big, little };

inline constexpr ByteOrder native_order =
    std::endian::native == std::endian::little ? ByteOrder::little : ByteOrder::big;

class Reader {
 public:
  constexpr explicit Reader(Bytes bytes, ByteOrder order = ByteOrder::little) noexcept
      : bytes_(bytes), order_(order) {}

  template <std::unsigned_integral T>
  constexpr T get() noexcept {
    if (left() < sizeof(T)) [[unlikely]] {
      fail();
      return 0;
    }
    std::array<std::byte, sizeof(T)> raw{};
    if (std::is_constant_evaluated()) {
      for (std::size_t i = 0; i < sizeof(T); ++i) raw[i] = bytes_[at_ + i];
    } else {
      std::memcpy(raw.data(), bytes_.data() + at_, sizeof(T));
    }
    at_ += sizeof(T);
    const T value = std::bit_cast<T>(raw);
    return order_ == native_order ? value : swap_bytes(value);
  }
  constexpr std::uint8_t u8() noexcept { return get<std::uint8_t>(); }
  constexpr std::uint16_t u16() noexcept { return get<std::uint16_t>(); }
  constexpr std::uint32_t u32() noexcept { return get<std::uint32_t>(); }
  constexpr std::uint64_t u64() noexcept { return get<std::uint64_t>(); }

  constexpr Bytes take(std::size_t size) noexcept {
    if (left() < size) [[unlikely]] {
      fail();
      return {};
    }
    const Bytes taken = bytes_.subspan(at_, size);
    at_ += size;
    return taken;
  }
  constexpr void skip(std::size_t size) noexcept { static_cast<void>(take(size)); }
  // Skips to the next multiple of `alignment`, counted from the start of this reader's bytes.
  constexpr void align(std::size_t alignment) noexcept {
    skip((alignment - at_ % alignment) % alignment);
  }
  // A reader over the next `size` bytes alone; they are consumed here.
  constexpr Reader sub(std::size_t size) noexcept {
    Reader child{take(size), order_};
    child.ok_ = ok_;
    return child;
  }
  constexpr void fail() noexcept {
    ok_ = false;
    at_ = bytes_.size();
  }
  constexpr void set_order(ByteOrder order) noexcept { order_ = order; }
  constexpr ByteOrder order() const noexcept { return order_; }
  constexpr std::size_t offset() const noexcept { return at_; }
  constexpr std::size_t left() const noexcept { return bytes_.size() - at_; }
  constexpr bool ok() const noexcept { return ok_; }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
  ByteOrder order_;
  bool ok_ = true;
};

}  // namespace rpcgate::wire
