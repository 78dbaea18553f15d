// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Lets an event through once in a while, so that a stubborn client does not fill the ring. Lossy:
// two events that share an entry let each other through again. Worker code.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "base/clock.hpp"

namespace rpcgate::event {

template <std::size_t Entries>
class Gate {
 public:
  explicit constexpr Gate(Duration once_in) noexcept : once_in_(once_in) {}

  // `what`: a number for the event, spread evenly; see Fingerprint.
  bool may_tell(std::uint64_t what, Instant now) noexcept {
    Entry& entry = entries_[what % Entries];
    if (entry.what == what && now - entry.last < once_in_ && entry.last != Instant{}) return false;
    entry = {what, now};
    return true;
  }
  // It could not be told after all.
  void forget(std::uint64_t what) noexcept { entries_[what % Entries] = {}; }

 private:
  struct Entry {
    std::uint64_t what = 0;
    Instant last{};
  };
  Duration once_in_;
  std::array<Entry, Entries> entries_{};
};

// What learning tells (lib/learn): each thing that a client did once an hour.
using LearningGate = Gate<4096>;
inline constexpr Duration learning_period = hours{1};

// A number made of what an event says: FNV-1a, its halves folded so that the low bits count too.
class Fingerprint {
 public:
  template <class T>
  requires std::is_integral_v<T> || std::is_enum_v<T>
  constexpr Fingerprint& add(T value) noexcept {
    auto rest = static_cast<std::uint64_t>(value);
    for (std::size_t i = 0; i < sizeof(T); ++i, rest >>= 8) take(static_cast<std::uint8_t>(rest));
    return *this;
  }
  template <class Octets>
  requires requires(const Octets& o) { o.begin(), o.end(); }
  constexpr Fingerprint& add(const Octets& octets) noexcept {
    for (const auto octet : octets) take(static_cast<std::uint8_t>(octet));
    return *this;
  }
  constexpr std::uint64_t value() const noexcept { return hash_ ^ (hash_ >> 32); }

 private:
  constexpr void take(std::uint8_t octet) noexcept { hash_ = (hash_ ^ octet) * 1099511628211ull; }
  std::uint64_t hash_ = 14695981039346656037ull;
};

}  // namespace rpcgate::event
