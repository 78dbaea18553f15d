// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The hash of table keys: folded 64x64 multiplications under a random seed of 128 bits, so that who
// sends packets cannot choose colliding ones (a CRC would not do: its collisions do not depend on
// the seed). Not a cryptographic hash; its values are never shown to anyone.
#pragma once

#include <cstdint>
#include <cstring>

#include "base/bytes.hpp"

namespace rpcgate::arena {

struct HashSeed {
  std::uint64_t a = 0;
  std::uint64_t b = 0;
};

namespace detail {
__extension__ typedef unsigned __int128 Wide;

inline std::uint64_t fold(std::uint64_t x, std::uint64_t y) noexcept {
  const Wide product = static_cast<Wide>(x) * y;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}
inline std::uint64_t load_word(const std::byte* at) noexcept {
  std::uint64_t word;
  std::memcpy(&word, at, 8);
  return word;
}
}  // namespace detail

// Of a whole number of 8-byte words; a constant size unrolls.
template <std::size_t Size>
inline std::uint64_t keyed_hash(const void* key, const HashSeed& seed) noexcept {
  static_assert(Size % 8 == 0 && Size > 0);
  const auto* at = static_cast<const std::byte*>(key);
  std::uint64_t state = seed.a ^ Size;
  std::size_t i = 0;
  for (; i + 16 <= Size; i += 16)
    state = detail::fold(detail::load_word(at + i) ^ seed.b ^ state,
                         detail::load_word(at + i + 8) ^ seed.a ^ 0x9e3779b97f4a7c15u) +
            state * 0xd6e8feb86659fd93u;
  if (i < Size) state = detail::fold(detail::load_word(at + i) ^ seed.b, state ^ seed.a);
  return detail::fold(state ^ seed.b, 0xa0761d6478bd642fu ^ seed.a);
}

// Of two words, such as the ends of an IPv4 flow.
inline std::uint64_t hash_two(std::uint64_t x, std::uint64_t y, const HashSeed& seed) noexcept {
  const std::uint64_t folded = detail::fold(x ^ seed.a, y ^ seed.b);
  return detail::fold(folded ^ seed.b, 0x9e3779b97f4a7c15u ^ seed.a);
}

}  // namespace rpcgate::arena
