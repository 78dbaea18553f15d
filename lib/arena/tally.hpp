// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// How many things each of many owners has (pinholes a client, pinholes a rule), for limits. An
// owner with nothing takes no memory. One worker's; worker core.
#pragma once

#include <array>
#include <cstdint>

#include "arena/bucket_index.hpp"
#include "arena/keyed_hash.hpp"
#include "arena/worker_pool.hpp"
#include "wire/address.hpp"

namespace rpcgate::arena {

struct TallyKey {
  wire::IpAddress address;   // a client, or unspecified
  std::uint64_t number = 0;  // a rule, or 0
  friend bool operator==(const TallyKey&, const TallyKey&) = default;
};
static_assert(sizeof(TallyKey) == 24);

struct TallyEntry {
  TallyKey key;
  std::array<std::uint32_t, 2> counts{};  // two kinds of things an owner has
};

class Tally {
 public:
  // Control core. Each entry of the arena may become this worker's.
  Tally(Arena<TallyEntry>& arena, unsigned worker) noexcept;
  bool mapped() const noexcept { return index_.mapped(); }

  // One more thing of the kind; false when there is no room for another owner.
  bool add(const TallyKey& key, unsigned kind) noexcept;
  void subtract(const TallyKey& key, unsigned kind) noexcept;
  std::uint32_t count(const TallyKey& key, unsigned kind) const noexcept;
  // An owner's entry, which stays where it is as long as it has something; none when it has
  // nothing.
  std::uint32_t entry_of(const TallyKey& key) const noexcept { return find(key, hash_of(key)); }
  // For owners that are counted often: `by` more (it wraps: fewer, too) of a kind, while of another
  // kind there is something.
  void change(std::uint32_t entry, unsigned kind, std::uint32_t by) noexcept {
    entries_[entry].counts[kind] += by;
  }
  std::uint32_t count_of(std::uint32_t entry, unsigned kind) const noexcept {
    return entries_[entry].counts[kind];
  }
  std::uint32_t owners() const noexcept { return entries_.in_use(); }

 private:
  std::uint64_t hash_of(const TallyKey& key) const noexcept {
    return keyed_hash<sizeof(TallyKey)>(&key, seed_);
  }
  std::uint32_t find(const TallyKey& key, std::uint64_t hash) const noexcept;

  WorkerPool<TallyEntry> entries_;
  BucketIndex index_;
  HashSeed seed_;
};

}  // namespace rpcgate::arena
