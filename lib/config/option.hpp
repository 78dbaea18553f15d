// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// One key of a configuration section: where its value goes, what it may be, and what to tell people
// about it. The tables are in config/options.hpp.
#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>

namespace rpcgate::config {

// Inclusive; seconds for durations. Both 0: not a bounded number.
struct Bounds {
  std::int64_t low = 0;
  std::int64_t high = 0;
  constexpr bool none() const noexcept { return low == 0 && high == 0; }
};

// What a limit counts for: the box, a worker, a client, a rule, ... Empty where it says nothing.
enum class Scope : std::uint8_t { none, box, worker, client, rule, pinhole, connection, flow };

template <class Section, class Field>
struct Option {
  std::string_view key;
  Field Section::*field;
  Bounds bounds;
  std::string_view unit;
  Scope scope;
  std::string_view help;
  bool required = false;
};

template <class Section, class Field>
constexpr Option<Section, Field> option(std::string_view key, Field Section::*field,
                                        std::string_view help) {
  return {key, field, {}, {}, Scope::none, help, false};
}
template <class Section, class Field>
constexpr Option<Section, Field> required(std::string_view key, Field Section::*field,
                                          std::string_view help) {
  return {key, field, {}, {}, Scope::none, help, true};
}
template <class Section, class Field>
constexpr Option<Section, Field> number(std::string_view key, Field Section::*field, Bounds bounds,
                                        std::string_view unit, Scope scope, std::string_view help) {
  return {key, field, bounds, unit, scope, help, false};
}

template <class... Options, class Function>
constexpr void for_each_option(const std::tuple<Options...>& options, Function&& function) {
  std::apply([&](const auto&... each) { (function(each), ...); }, options);
}

}  // namespace rpcgate::config
