// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// An index from hashes to record numbers: buckets of one cache line with ten (tag, reference)
// pairs, two candidate buckets a hash. Keys are not here: the user compares them in the record that
// a reference leads to. An entry goes into its first bucket as long as that has room, so that a
// look-up mostly touches one line. Inserting moves at most one other entry, erasing none: no
// operation ever stalls. One writer and reader, the worker; memory is mapped at start by the
// control core.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include <emmintrin.h>

#include "arena/mapping.hpp"
#include "arena/region.hpp"
#include "base/prefetch.hpp"

namespace rpcgate::arena {

class BucketIndex {
 public:
  static constexpr unsigned ways = 10;
  struct alignas(64) Bucket {
    std::array<std::uint16_t, ways> tags;  // 0: empty
    std::array<std::uint32_t, ways> references;
    std::uint32_t spare;
  };
  static_assert(sizeof(Bucket) == 64);

  // Holds `entries` comfortably (filled to seven tenths).
  explicit BucketIndex(std::uint64_t entries) noexcept;
  bool mapped() const noexcept { return memory_.mapped(); }

  void prefetch(std::uint64_t hash) const noexcept {
    rpcgate::prefetch(&buckets_[first_bucket(hash)]);
  }
  // The first entry of this tag, whose record is likely to be the one: for prefetching. Or none.
  std::uint32_t guess(std::uint64_t hash) const noexcept {
    return find(hash, [](std::uint32_t) { return true; });
  }
  // The reference for which same(reference) holds, among those with the hash's tag; or none.
  template <class Same>
  std::uint32_t find(std::uint64_t hash, Same&& same) const noexcept {
    const std::uint16_t tag = tag_of(hash);
    const std::uint64_t first = first_bucket(hash);
    const std::uint32_t found = find_in(buckets_[first], tag, same);
    if (found != none) [[likely]]
      return found;
    return find_in(buckets_[other_bucket(first, tag)], tag, same);
  }
  // False when both buckets are full and no entry of theirs can move. `reference` is not none.
  bool insert(std::uint64_t hash, std::uint32_t reference) noexcept;
  // False when it is not there.
  bool erase(std::uint64_t hash, std::uint32_t reference) noexcept;
  std::uint64_t entries() const noexcept { return entries_; }
  std::uint64_t capacity() const noexcept { return count_ * ways; }
  std::size_t memory() const noexcept { return memory_.size(); }

 private:
  __extension__ typedef unsigned __int128 Wide;

  // One bit for each of the bucket's places that has this tag.
  static unsigned places_of(const Bucket& bucket, std::uint16_t tag) noexcept {
    const __m128i wanted = _mm_set1_epi16(static_cast<short>(tag));
    const auto* words = reinterpret_cast<const __m128i*>(&bucket);
    const __m128i low = _mm_cmpeq_epi16(_mm_load_si128(words), wanted);
    const __m128i high = _mm_cmpeq_epi16(_mm_load_si128(words + 1), wanted);
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_packs_epi16(low, high))) &
           ((1u << ways) - 1);
  }
  template <class Same>
  static std::uint32_t find_in(const Bucket& bucket, std::uint16_t tag, Same&& same) noexcept {
    for (unsigned places = places_of(bucket, tag); places != 0; places &= places - 1) {
      const std::uint32_t reference =
          bucket.references[static_cast<unsigned>(std::countr_zero(places))];
      if (same(reference)) return reference;
    }
    return none;
  }
  static std::uint64_t scaled(std::uint64_t hash, std::uint64_t count) noexcept {
    return static_cast<std::uint64_t>((static_cast<Wide>(hash) * count) >> 64);
  }
  // The tag is of other bits than the bucket's number.
  static std::uint16_t tag_of(std::uint64_t hash) noexcept {
    const auto tag = static_cast<std::uint16_t>(hash);
    return tag == 0 ? 1 : tag;
  }
  std::uint64_t first_bucket(std::uint64_t hash) const noexcept { return scaled(hash, count_); }
  // The other candidate follows from the tag alone, both ways, so an entry can move without its
  // key: the two add up to the same number for each tag.
  std::uint64_t other_bucket(std::uint64_t bucket, std::uint16_t tag) const noexcept {
    const std::uint64_t sum = scaled(tag * 0x9e3779b97f4a7c15u, count_);
    return sum >= bucket ? sum - bucket : sum + count_ - bucket;
  }
  bool put(std::uint64_t bucket, std::uint16_t tag, std::uint32_t reference) noexcept;
  bool move_one_away(std::uint64_t bucket) noexcept;
  bool take(std::uint64_t bucket, std::uint16_t tag, std::uint32_t reference) noexcept;

  Mapping memory_;
  Bucket* buckets_ = nullptr;
  std::uint64_t count_ = 0;
  std::uint64_t entries_ = 0;
};

}  // namespace rpcgate::arena
