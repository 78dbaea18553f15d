// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Keys as packets bring them: copies of the keys of random flows, one behind the other in memory
// and so many of them that the keys themselves come from no cache.
#pragma once

#include <cstddef>
#include <random>
#include <span>
#include <vector>

namespace rpcgate::bench {

inline constexpr std::size_t burst_size = 32;
inline constexpr unsigned bursts_a_slice = 8;

template <class Key>
class KeyStream {
 public:
  static constexpr std::size_t length = std::size_t{1} << 22;

  // `key_of(i)`: the key of flow i of `flows`.
  template <class KeyOf>
  KeyStream(std::uint32_t flows, KeyOf&& key_of) {
    std::mt19937 dice{7};
    std::uniform_int_distribution<std::uint32_t> any{0, flows - 1};
    keys_.reserve(length);
    for (std::size_t i = 0; i < length; ++i) keys_.push_back(key_of(any(dice)));
  }
  std::span<const Key> burst() noexcept {
    const std::span<const Key> next{keys_.data() + at_, burst_size};
    at_ = (at_ + burst_size) % length;
    return next;
  }

  // All of it once, so that no page is met for the first time when it counts.
  template <class LookUp>
  void warm_up(LookUp&& look_up) {
    for (std::size_t i = 0; i < length; i += burst_size) look_up(burst());
  }

 private:
  std::vector<Key> keys_;
  std::size_t at_ = 0;
};

}  // namespace rpcgate::bench
