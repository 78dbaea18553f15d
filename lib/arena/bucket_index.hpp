// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// An index from hashes to record numbers: buckets of one cache line with ten (tag, reference)
// pairs, two candidate buckets a hash. Keys are not here: the user compares them in the record that
// a reference leads to. Inserting moves at most one other entry, erasing none: no operation ever
// stalls. One writer and reader, the worker; memory is mapped at start by the control core.
#pragma once

#include <array>
#include <cstdint>

#include "arena/region.hpp"

namespace rpcgate::arena {

class BucketIndex {
 public:
  static constexpr unsigned ways = 10;
  struct alignas(64) Bucket {
    std::array<std::uint32_t, ways> references;
    std::array<std::uint16_t, ways> tags;  // 0: empty
    std::uint32_t spare;
  };
  static_assert(sizeof(Bucket) == 64);

  // Holds `entries` comfortably (filled to a half at most).
  explicit BucketIndex(std::uint64_t entries) noexcept;
  ~BucketIndex();
  BucketIndex(const BucketIndex&) = delete;
  BucketIndex& operator=(const BucketIndex&) = delete;
  bool mapped() const noexcept { return buckets_ != nullptr; }

  void prefetch(std::uint64_t hash) const noexcept {
    const std::uint64_t first = first_bucket(hash);
    __builtin_prefetch(&buckets_[first]);
    __builtin_prefetch(&buckets_[other_bucket(first, tag_of(hash))]);
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
    const std::uint64_t second = other_bucket(first, tag);
    for (const std::uint64_t number : {first, second}) {
      const Bucket& bucket = buckets_[number];
      for (unsigned i = 0; i < ways; ++i)
        if (bucket.tags[i] == tag && same(bucket.references[i])) return bucket.references[i];
      if (first == second) break;
    }
    return none;
  }
  // False when both buckets are full and no entry of theirs can move. `reference` is not none.
  bool insert(std::uint64_t hash, std::uint32_t reference) noexcept;
  // False when it is not there.
  bool erase(std::uint64_t hash, std::uint32_t reference) noexcept;
  std::uint64_t entries() const noexcept { return entries_; }
  std::uint64_t capacity() const noexcept { return (mask_ + 1) * ways; }

 private:
  static std::uint16_t tag_of(std::uint64_t hash) noexcept {
    const auto tag = static_cast<std::uint16_t>(hash >> 48);
    return tag == 0 ? 1 : tag;
  }
  std::uint64_t first_bucket(std::uint64_t hash) const noexcept { return hash & mask_; }
  // The other candidate follows from the tag alone, both ways, so an entry can move without its
  // key.
  std::uint64_t other_bucket(std::uint64_t bucket, std::uint16_t tag) const noexcept {
    return (bucket ^ (tag * 0x5bd1e995u)) & mask_;
  }
  bool put(std::uint64_t bucket, std::uint16_t tag, std::uint32_t reference) noexcept;
  bool move_one_away(std::uint64_t bucket) noexcept;
  unsigned filled(std::uint64_t bucket) const noexcept;

  Bucket* buckets_ = nullptr;
  std::uint64_t mask_ = 0;
  std::uint64_t entries_ = 0;
};

}  // namespace rpcgate::arena
