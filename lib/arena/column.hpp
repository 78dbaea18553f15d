// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// More of the records of an arena, kept apart under the same numbers: what only some of them need,
// or need seldom. No allocator of its own; pages that no record in use lies on cost nothing.
#pragma once

#include <cstdint>
#include <new>
#include <type_traits>

#include "arena/mapping.hpp"

namespace rpcgate::arena {

template <class T>
class Column {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit Column(std::uint32_t capacity) noexcept : memory_(std::size_t{capacity} * sizeof(T)) {}

  bool mapped() const noexcept { return memory_.mapped(); }
  T& operator[](std::uint32_t index) noexcept {
    return *std::launder(reinterpret_cast<T*>(memory_.data()) + index);
  }
  const T& operator[](std::uint32_t index) const noexcept {
    return *std::launder(reinterpret_cast<const T*>(memory_.data()) + index);
  }
  std::size_t memory() const noexcept { return memory_.size(); }

 private:
  Mapping memory_;
};

}  // namespace rpcgate::arena
