// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A vector with its storage inside and a fixed bound: no heap, trivially copyable elements only.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <type_traits>

#include "base/check.hpp"

namespace rpcgate {

template <class T, std::size_t N>
class StaticVector {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  // False, and nothing stored, when full.
  constexpr bool push_back(const T& value) noexcept {
    if (size_ == N) return false;
    items_[size_++] = value;
    return true;
  }
  constexpr void clear() noexcept { size_ = 0; }
  constexpr void pop_back() noexcept {
    RPCGATE_DCHECK(size_ > 0);
    --size_;
  }
  constexpr std::size_t size() const noexcept { return size_; }
  constexpr bool empty() const noexcept { return size_ == 0; }
  constexpr bool full() const noexcept { return size_ == N; }
  static constexpr std::size_t capacity() noexcept { return N; }
  constexpr T& operator[](std::size_t i) noexcept {
    RPCGATE_DCHECK(i < size_);
    return items_[i];
  }
  constexpr const T& operator[](std::size_t i) const noexcept {
    RPCGATE_DCHECK(i < size_);
    return items_[i];
  }
  constexpr T* begin() noexcept { return items_.data(); }
  constexpr T* end() noexcept { return items_.data() + size_; }
  constexpr const T* begin() const noexcept { return items_.data(); }
  constexpr const T* end() const noexcept { return items_.data() + size_; }
  constexpr std::span<const T> view() const noexcept { return {items_.data(), size_}; }

 private:
  std::array<T, N> items_{};
  std::size_t size_ = 0;
};

}  // namespace rpcgate
