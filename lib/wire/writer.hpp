// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A bounded writer with sticky failure, the reader's counterpart: for packets the gateway makes and
// for tests. Writes past the end are dropped and ok() turns false.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstring>

#include "base/bytes.hpp"
#include "wire/reader.hpp"

namespace rpcgate::wire {

class Writer {
 public:
  explicit Writer(MutableBytes bytes, ByteOrder order = ByteOrder::little) noexcept
      : bytes_(bytes), order_(order) {}

  template <std::unsigned_integral T>
  void put(T value) noexcept {
    if (left() < sizeof(T)) return fail();
    if (order_ != native_order) value = swap_bytes(value);
    std::memcpy(bytes_.data() + at_, &value, sizeof(T));
    at_ += sizeof(T);
  }
  void u8(std::uint8_t v) noexcept { put(v); }
  void u16(std::uint16_t v) noexcept { put(v); }
  void u32(std::uint32_t v) noexcept { put(v); }
  void u64(std::uint64_t v) noexcept { put(v); }
  void bytes(Bytes from) noexcept {
    if (left() < from.size()) return fail();
    if (!from.empty()) std::memcpy(bytes_.data() + at_, from.data(), from.size());
    at_ += from.size();
  }
  void fill(std::size_t size, std::byte value = std::byte{0}) noexcept {
    if (left() < size) return fail();
    std::fill_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), size, value);
    at_ += size;
  }
  void align(std::size_t alignment) noexcept { fill((alignment - at_ % alignment) % alignment); }
  void set_order(ByteOrder order) noexcept { order_ = order; }
  std::size_t offset() const noexcept { return at_; }
  std::size_t left() const noexcept { return bytes_.size() - at_; }
  bool ok() const noexcept { return ok_; }
  Bytes written() const noexcept { return bytes_.first(at_); }

 private:
  void fail() noexcept {
    ok_ = false;
    at_ = bytes_.size();
  }
  MutableBytes bytes_;
  std::size_t at_ = 0;
  ByteOrder order_;
  bool ok_ = true;
};

}  // namespace rpcgate::wire
