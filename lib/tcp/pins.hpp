// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The few short runs of judged bytes that most calls leave behind until the far end has them,
// beside the stream's other state: they take no block, so nothing is allocated, counted or shown
// for them. What they have no room for goes into blocks (tcp/keep.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "tcp/sequence.hpp"

namespace rpcgate::tcp {

// At most 32 bytes, by fewer instructions than a call of memcpy takes.
inline void copy_short(std::byte* to, Bytes from) noexcept {
  const std::size_t size = from.size();
  RPCGATE_DCHECK(size <= 32);
  const auto ends = [to, from, size]<class Word>(Word) noexcept {  // which may overlap
    Word first, last;
    std::memcpy(&first, from.data(), sizeof(Word));
    std::memcpy(&last, from.data() + size - sizeof(Word), sizeof(Word));
    std::memcpy(to, &first, sizeof(Word));
    std::memcpy(to + size - sizeof(Word), &last, sizeof(Word));
  };
  if (size >= 16)
    ends(std::array<std::uint64_t, 2>{});
  else if (size >= 8)
    ends(std::uint64_t{});
  else
    for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
}

struct Pin {
  static constexpr std::size_t most = 27;
  Seq at;
  std::uint8_t size;
  std::array<std::byte, most> bytes;

  Seq end() const noexcept { return at + size; }
  Bytes view() const noexcept { return Bytes{bytes}.first(size); }
};
static_assert(sizeof(Pin) == 32);

// In sequence order. Plain data.
struct Pins {
  std::uint8_t count = 0;
  std::array<Pin, 3> all;

  bool empty() const noexcept { return count == 0; }
  std::size_t room() const noexcept { return all.size() - count; }
  std::span<const Pin> view() const noexcept { return std::span{all}.first(count); }
  // There is room, and the bytes are no more than Pin::most.
  void add(Seq at, Bytes bytes) noexcept {
    Pin& pin = all[count++];
    pin.at = at;
    pin.size = static_cast<std::uint8_t>(bytes.size());
    copy_short(pin.bytes.data(), bytes);
  }
  // Forgets what lies wholly below `mark`.
  void drop_below(Seq mark) noexcept {
    std::size_t gone = 0;
    while (gone < count && all[gone].end() <= mark) ++gone;
    if (gone == 0) return;
    for (std::size_t i = gone; i < count; ++i) all[i - gone] = all[i];
    count = static_cast<std::uint8_t>(count - gone);
  }
};

}  // namespace rpcgate::tcp
