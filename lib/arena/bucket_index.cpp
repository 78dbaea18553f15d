// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "arena/bucket_index.hpp"

namespace rpcgate::arena {

BucketIndex::BucketIndex(std::uint64_t entries) noexcept
    : memory_((entries * 10 / (ways * 7) + 1) * sizeof(Bucket)) {
  if (!memory_.mapped()) return;
  buckets_ = reinterpret_cast<Bucket*>(memory_.data());
  count_ = entries * 10 / (ways * 7) + 1;
}

bool BucketIndex::put(std::uint64_t bucket, std::uint16_t tag, std::uint32_t reference) noexcept {
  Bucket& b = buckets_[bucket];
  const unsigned empty = places_of(b, 0);
  if (empty == 0) return false;
  const auto place = static_cast<unsigned>(std::countr_zero(empty));
  b.references[place] = reference;
  b.tags[place] = tag;
  return true;
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
  const bool done = put(first, tag, reference) || put(second, tag, reference) ||
                    (move_one_away(first) && put(first, tag, reference)) ||
                    (move_one_away(second) && put(second, tag, reference));
  entries_ += done;
  return done;
}

bool BucketIndex::take(std::uint64_t bucket, std::uint16_t tag, std::uint32_t reference) noexcept {
  Bucket& b = buckets_[bucket];
  for (unsigned places = places_of(b, tag); places != 0; places &= places - 1) {
    const auto place = static_cast<unsigned>(std::countr_zero(places));
    if (b.references[place] != reference) continue;
    b.tags[place] = 0;
    --entries_;
    return true;
  }
  return false;
}

bool BucketIndex::erase(std::uint64_t hash, std::uint32_t reference) noexcept {
  const std::uint16_t tag = tag_of(hash);
  const std::uint64_t first = first_bucket(hash);
  return take(first, tag, reference) || take(other_bucket(first, tag), tag, reference);
}

}  // namespace rpcgate::arena
