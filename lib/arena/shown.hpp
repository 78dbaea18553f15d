// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// How a record is shown to another core without a lock (a seqlock whose sequence is the record's
// generation). Stores of words are releases and loads are acquires, so a reader that saw any new
// word also sees the generation that was set before it: no fence is needed, and on x86 none of this
// costs more than a plain move.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace rpcgate::arena {

constexpr bool is_live(std::uint32_t generation) noexcept {
  return (generation & 1) != 0;
}
constexpr bool is_being_written(std::uint32_t generation) noexcept {
  return (generation & 3) == 3;
}

template <class T>
inline std::uint32_t load_generation(const std::byte* record) noexcept {
  static_assert(offsetof(T, generation) == 0);
  return __atomic_load_n(reinterpret_cast<const std::uint32_t*>(record), __ATOMIC_ACQUIRE);
}

namespace detail {
template <class T>
inline constexpr bool can_be_shown =
    std::is_trivially_copyable_v<T> &&
    alignof(T) >= 8 && T::shown_size % 8 == 0 && T::shown_size <= sizeof(T);

inline void load_word(const std::byte* from, std::byte* to) noexcept {
  const std::uint64_t word =
      __atomic_load_n(reinterpret_cast<const std::uint64_t*>(from), __ATOMIC_ACQUIRE);
  std::memcpy(to, &word, 8);
}
inline void store_word(const std::byte* from, std::byte* to) noexcept {
  std::uint64_t word;
  std::memcpy(&word, from, 8);
  __atomic_store_n(reinterpret_cast<std::uint64_t*>(to), word, __ATOMIC_RELEASE);
}
// All words of the shown part but the generation.
template <class T>
inline void load_words(const std::byte* from, std::byte* to) noexcept {
  const std::uint32_t first =
      __atomic_load_n(reinterpret_cast<const std::uint32_t*>(from + 4), __ATOMIC_ACQUIRE);
  std::memcpy(to + 4, &first, 4);
  for (std::size_t at = 8; at < T::shown_size; at += 8) load_word(from + at, to + at);
}
template <class T>
inline void store_words(const std::byte* from, std::byte* to) noexcept {
  std::uint32_t first;
  std::memcpy(&first, from + 4, 4);
  __atomic_store_n(reinterpret_cast<std::uint32_t*>(to + 4), first, __ATOMIC_RELEASE);
  for (std::size_t at = 8; at < T::shown_size; at += 8) store_word(from + at, to + at);
}
}  // namespace detail

// What belongs to a record and lies elsewhere under the same number: it has no generation of its
// own, and is written and read within write_shown() and read_shown() of the record. Of it the first
// `shown_size` octets.
template <class T>
void write_beside(T& to, const T& from) noexcept {
  static_assert(std::is_trivially_copyable_v<T> && T::shown_size % 8 == 0);
  auto* into = reinterpret_cast<std::byte*>(&to);
  const auto* out_of = reinterpret_cast<const std::byte*>(&from);
  for (std::size_t at = 0; at < T::shown_size; at += 8) detail::store_word(out_of + at, into + at);
}
template <class T>
void read_beside(const T& from, T& to) noexcept {
  auto* into = reinterpret_cast<std::byte*>(&to);
  const auto* out_of = reinterpret_cast<const std::byte*>(&from);
  for (std::size_t at = 0; at < T::shown_size; at += 8) detail::load_word(out_of + at, into + at);
}

// Any core. `beside()` reads what belongs to it.
template <class T, class Beside>
bool read_shown(const std::byte* record, T& out, Beside&& beside) noexcept {
  static_assert(detail::can_be_shown<T>);
  // A worker writes a record in some nanoseconds; it is met again only if it writes in a loop.
  for (int attempt = 0; attempt < 64; ++attempt) {
    const std::uint32_t before = load_generation<T>(record);
    if (!is_live(before)) return false;
    if (is_being_written(before)) continue;
    auto* to = reinterpret_cast<std::byte*>(&out);
    detail::load_words<T>(record, to);
    beside();
    if (load_generation<T>(record) != before) continue;
    std::memcpy(to, &before, 4);
    return true;
  }
  return false;
}
template <class T>
bool read_shown(const std::byte* record, T& out) noexcept {
  return read_shown<T>(record, out, [] {});
}

// The owner: puts the content of `value` (but its generation) into the record and makes it live;
// `beside()` writes what belongs to it.
template <class T, class Beside>
void write_shown(std::byte* record, const T& value, Beside&& beside) noexcept {
  static_assert(detail::can_be_shown<T>);
  auto* generation = reinterpret_cast<std::uint32_t*>(record);
  const std::uint32_t before = __atomic_load_n(generation, __ATOMIC_RELAXED);
  __atomic_store_n(generation, before | 3, __ATOMIC_RELAXED);
  const auto* from = reinterpret_cast<const std::byte*>(&value);
  detail::store_words<T>(from, record);
  if constexpr (T::shown_size < sizeof(T))
    std::memcpy(record + T::shown_size, from + T::shown_size, sizeof(T) - T::shown_size);
  beside();
  __atomic_store_n(generation, (before | 3) + 2, __ATOMIC_RELEASE);
}
template <class T>
void write_shown(std::byte* record, const T& value) noexcept {
  write_shown<T>(record, value, [] {});
}

// The owner: no longer live.
inline void hide(std::byte* record) noexcept {
  auto* generation = reinterpret_cast<std::uint32_t*>(record);
  const std::uint32_t before = __atomic_load_n(generation, __ATOMIC_RELAXED);
  if (is_live(before)) __atomic_store_n(generation, (before | 3) + 1, __ATOMIC_RELEASE);
}

}  // namespace rpcgate::arena
