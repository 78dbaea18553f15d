// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "arena/bucket_index.hpp"

#include <bit>

#include <sys/mman.h>

namespace rpcgate::arena {

BucketIndex::BucketIndex(std::uint64_t entries) noexcept {
  const std::uint64_t buckets = std::bit_ceil(entries * 2 / ways + 1);
  void* memory = mmap(nullptr, buckets * sizeof(Bucket), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return;
  static_cast<void>(madvise(memory, buckets * sizeof(Bucket), MADV_HUGEPAGE));
  buckets_ = static_cast<Bucket*>(memory);
  mask_ = buckets - 1;
}

BucketIndex::~BucketIndex() {
  if (mapped()) munmap(buckets_, (mask_ + 1) * sizeof(Bucket));
}

unsigned BucketIndex::filled(std::uint64_t bucket) const noexcept {
  unsigned count = 0;
  for (const std::uint16_t tag : buckets_[bucket].tags) count += tag != 0;
  return count;
}

bool BucketIndex::put(std::uint64_t bucket, std::uint16_t tag, std::uint32_t reference) noexcept {
  Bucket& b = buckets_[bucket];
  for (unsigned i = 0; i < ways; ++i)
    if (b.tags[i] == 0) {
      b.references[i] = reference;
      b.tags[i] = tag;
      return true;
    }
  return false;
}

bool BucketIndex::move_one_away(std::uint64_t bucket) noexcept {
  Bucket& b = buckets_[bucket];
  for (unsigned i = 0; i < ways; ++i) {
    const std::uint64_t other = other_bucket(bucket, b.tags[i]);
    if (other == bucket || !put(other, b.tags[i], b.references[i])) continue;
    b.tags[i] = 0;
    return true;
  }
  return false;
}

bool BucketIndex::insert(std::uint64_t hash, std::uint32_t reference) noexcept {
  const std::uint16_t tag = tag_of(hash);
  const std::uint64_t first = first_bucket(hash);
  const std::uint64_t second = other_bucket(first, tag);
  const std::uint64_t emptier = filled(second) < filled(first) ? second : first;
  const bool done = put(emptier, tag, reference) ||
                    (move_one_away(first) && put(first, tag, reference)) ||
                    (move_one_away(second) && put(second, tag, reference));
  entries_ += done;
  return done;
}

bool BucketIndex::erase(std::uint64_t hash, std::uint32_t reference) noexcept {
  const std::uint16_t tag = tag_of(hash);
  const std::uint64_t first = first_bucket(hash);
  for (const std::uint64_t number : {first, other_bucket(first, tag)}) {
    Bucket& bucket = buckets_[number];
    for (unsigned i = 0; i < ways; ++i)
      if (bucket.tags[i] == tag && bucket.references[i] == reference) {
        bucket.tags[i] = 0;
        --entries_;
        return true;
      }
  }
  return false;
}

}  // namespace rpcgate::arena
