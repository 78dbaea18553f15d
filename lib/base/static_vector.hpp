// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A vector with its storage inside and a fixed bound: no heap. Its room is not cleared, and of a
// large one only what is there is copied: room for many costs little more than what is in it.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <type_traits>

#include "base/check.hpp"

namespace rpcgate {

namespace detail {

// Room for N, of which the first `size` are there. Copied as it lies.
template <class T, std::size_t N>
struct PlainItems {
  PlainItems() noexcept {}  // what is not there yet stays as it is
  std::size_t size = 0;
  alignas(T) std::array<std::byte, sizeof(T) * N> storage;

  T* data() noexcept { return std::launder(reinterpret_cast<T*>(storage.data())); }
  const T* data() const noexcept {
    return std::launder(reinterpret_cast<const T*>(storage.data()));
  }
  template <class... From>
  T* add(const From&... from) noexcept {
    return std::construct_at(data() + size++, from...);
  }
};

// Copied one by one.
template <class T, std::size_t N>
struct CountedItems : PlainItems<T, N> {
  CountedItems() noexcept = default;
  CountedItems(const CountedItems& other) noexcept : PlainItems<T, N>() { copy(other); }
  CountedItems& operator=(const CountedItems& other) noexcept {
    if (this != &other) copy(other);
    return *this;
  }

 private:
  void copy(const CountedItems& other) noexcept {
    this->size = 0;
    while (this->size < other.size) this->add(other.data()[this->size]);
  }
};

// Small ones are plain data.
template <class T, std::size_t N>
using Items = std::conditional_t<std::is_trivially_copyable_v<T> && sizeof(T) * N <= 2048,
                                 PlainItems<T, N>, CountedItems<T, N>>;

}  // namespace detail

template <class T, std::size_t N>
class StaticVector {
  static_assert(std::is_trivially_destructible_v<T> && std::is_nothrow_copy_constructible_v<T>);

 public:
  // False, and nothing stored, when full.
  bool push_back(const T& value) noexcept {
    if (full()) return false;
    items_.add(value);
    return true;
  }
  // A new one, to be filled in place; null when full.
  T* emplace_back() noexcept { return full() ? nullptr : items_.add(); }
  void clear() noexcept { items_.size = 0; }
  void pop_back() noexcept {
    RPCGATE_DCHECK(!empty());
    --items_.size;
  }
  std::size_t size() const noexcept { return items_.size; }
  bool empty() const noexcept { return size() == 0; }
  bool full() const noexcept { return size() == N; }
  static constexpr std::size_t capacity() noexcept { return N; }
  T& operator[](std::size_t i) noexcept {
    RPCGATE_DCHECK(i < size());
    return items_.data()[i];
  }
  const T& operator[](std::size_t i) const noexcept {
    RPCGATE_DCHECK(i < size());
    return items_.data()[i];
  }
  T* begin() noexcept { return items_.data(); }
  T* end() noexcept { return items_.data() + size(); }
  const T* begin() const noexcept { return items_.data(); }
  const T* end() const noexcept { return items_.data() + size(); }
  std::span<const T> view() const noexcept { return {items_.data(), size()}; }

 private:
  detail::Items<T, N> items_;
};

}  // namespace rpcgate
