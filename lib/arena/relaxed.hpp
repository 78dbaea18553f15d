// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A field of a record that its worker changes while the control core may read it. Used like a plain
// value; every access is one relaxed load or store, so a reader sees old or new, never a torn word.
// One writer: `+=` and `|=` are a load and a store, not an atomic add. Trivially copyable.
#pragma once

#include <cstdint>
#include <type_traits>

namespace rpcgate::arena {

template <class T>
class Relaxed {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8);

 public:
  constexpr Relaxed() = default;
  constexpr Relaxed(T value) noexcept : value_(value) {}  // NOLINT: a value like any other

  T get() const noexcept {
    T value;
    __atomic_load(&value_, &value, __ATOMIC_RELAXED);
    return value;
  }
  operator T() const noexcept { return get(); }  // NOLINT: a value like any other
  Relaxed& operator=(T value) noexcept {
    __atomic_store(&value_, &value, __ATOMIC_RELAXED);
    return *this;
  }
  template <class N>
  Relaxed& operator+=(N n) noexcept {
    return *this = static_cast<T>(get() + static_cast<T>(n));
  }
  template <class N>
  Relaxed& operator-=(N n) noexcept {
    return *this = static_cast<T>(get() - static_cast<T>(n));
  }
  template <class N>
  Relaxed& operator|=(N n) noexcept {
    return *this = static_cast<T>(get() | static_cast<T>(n));
  }
  template <class N>
  Relaxed& operator&=(N n) noexcept {
    return *this = static_cast<T>(get() & static_cast<T>(n));
  }

 private:
  T value_{};
};
static_assert(std::is_trivially_copyable_v<Relaxed<std::uint64_t>>);

}  // namespace rpcgate::arena
