// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "arena/tally.hpp"

namespace rpcgate::arena {

Tally::Tally(Arena<TallyEntry>& arena, unsigned worker) noexcept
    : entries_(arena, worker), index_(arena.capacity()), seed_{arena.seed(0), arena.seed(1)} {}

std::uint32_t Tally::find(const TallyKey& key, std::uint64_t hash) const noexcept {
  return index_.find(hash, [&](std::uint32_t entry) { return entries_[entry].key == key; });
}

bool Tally::add(const TallyKey& key, unsigned kind) noexcept {
  const std::uint64_t hash = hash_of(key);
  std::uint32_t entry = find(key, hash);
  if (entry == none) {
    entry = entries_.allocate();
    if (entry == none) return false;
    entries_[entry] = TallyEntry{key, {}};
    if (!index_.insert(hash, entry)) {
      entries_.free(entry);
      return false;
    }
  }
  ++entries_[entry].counts[kind];
  return true;
}

void Tally::subtract(const TallyKey& key, unsigned kind) noexcept {
  const std::uint64_t hash = hash_of(key);
  const std::uint32_t entry = find(key, hash);
  RPCGATE_DCHECK(entry != none && entries_[entry].counts[kind] > 0);
  if (entry == none || entries_[entry].counts[kind] == 0) return;
  TallyEntry& mine = entries_[entry];
  --mine.counts[kind];
  if (mine.counts[0] != 0 || mine.counts[1] != 0) return;
  index_.erase(hash, entry);
  entries_.free(entry);
}

std::uint32_t Tally::count(const TallyKey& key, unsigned kind) const noexcept {
  const std::uint32_t entry = find(key, hash_of(key));
  return entry == none ? 0 : entries_[entry].counts[kind];
}

}  // namespace rpcgate::arena
