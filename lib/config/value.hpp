// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A value of a configuration, with the place it stands at.
#pragma once

#include <compare>
#include <cstdint>
#include <utility>

namespace rpcgate::config {

// Where something stands. `file` indexes Config::files; line 0: nowhere (a default).
struct Position {
  std::uint32_t file = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

template <class T>
struct Value {
  T value{};
  Position at{};
  bool given = false;  // it stands in the file; otherwise this is the default

  Value() = default;
  Value(T initial) : value(std::move(initial)) {}  // NOLINT: a default, by intent
  Value(T read, Position position) : value(std::move(read)), at(position), given(true) {}
  const T& operator*() const noexcept { return value; }
  const T* operator->() const noexcept { return &value; }
};

}  // namespace rpcgate::config
