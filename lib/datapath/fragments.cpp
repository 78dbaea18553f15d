// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "datapath/fragments.hpp"

#include <algorithm>
#include <new>

namespace rpcgate::datapath {
namespace {

using stats::Drop;

// A first fragment smaller than this hides what a filter has to see (RFC 1858 3, RFC 7112).
constexpr std::uint32_t least_first = 40;
constexpr std::uint32_t most_bytes = 65535 - 20;

// What is wrong with a fragment whatever the others say; internal: nothing.
Drop own_fault(const FragmentPlace& place) noexcept {
  if (place.length == 0 || place.end() > most_bytes) return Drop::fragment_malformed;
  if (!place.last && place.length % 8 != 0) return Drop::fragment_malformed;
  if (place.offset == 0 && !place.last && place.length < least_first) return Drop::fragment_tiny;
  return Drop::internal;
}

arena::TallyKey owner_of(const FragmentKey& key) noexcept {
  return {key.source, 0};
}

}  // namespace

constexpr unsigned kind_datagram = 0, kind_buffer = 1;

Fragments::Fragments(std::uint32_t capacity, std::uint32_t most_buffers)
    : arena_(capacity),
      index_(capacity),
      seed_{arena_.seed(0), arena_.seed(1)},
      owner_arena_(capacity),
      most_buffers_(most_buffers) {}

std::uint32_t Fragments::new_identification(const wire::IpAddress& source,
                                            const wire::IpAddress& destination,
                                            std::uint32_t protocol) noexcept {
  const FragmentKey key{source, destination, 0, protocol};
  // A seed of its own: these values are seen.
  const arena::HashSeed seed{owner_arena_.seed(1), arena_.seed(1)};
  return static_cast<std::uint32_t>(arena::keyed_hash<sizeof(key)>(&key, seed)) + issued_++;
}

std::uint32_t Fragments::find_or_add(const FragmentKey& key, const FragmentLimits& limits,
                                     Instant now) noexcept {
  const std::uint64_t hash = hash_of(key);
  const std::uint32_t known =
      index_.find(hash, [&](std::uint32_t i) noexcept { return pool_[i].key == key; });
  if (known != arena::none) return known;
  if (pool_.in_use() >= limits.datagrams ||
      owners_.count(owner_of(key), kind_datagram) >= limits.datagrams_per_source)
    return arena::none;
  const std::uint32_t index = pool_.allocate();
  if (index == arena::none) return arena::none;
  if (!index_.insert(hash, index)) {
    pool_.free(index);
    return arena::none;
  }
  if (!owners_.add(owner_of(key), kind_datagram)) {
    index_.erase(hash, index);
    pool_.free(index);
    return arena::none;
  }
  Datagram* datagram = ::new (static_cast<void*>(&pool_[index])) Datagram{};
  datagram->key = key;
  datagram->since = now;
  datagram->older = newest_;
  if (newest_ != arena::none) pool_[newest_].newer = index;
  if (oldest_ == arena::none) oldest_ = index;
  newest_ = index;
  return index;
}

bool Fragments::may_keep(const FragmentKey& key, std::uint32_t buffers,
                         const FragmentLimits& limits) const noexcept {
  return held_ + buffers <= std::min(limits.buffers, most_buffers_) &&
         owners_.count(owner_of(key), kind_buffer) + buffers <= limits.buffers_per_source;
}

// `by` wraps: fewer, too.
void Fragments::count_buffers(const FragmentKey& key, std::uint32_t by) noexcept {
  held_ += by;
  owners_.change(owners_.entry_of(owner_of(key)), kind_buffer, by);
}

void Fragments::give_back(Datagram& datagram, Pieces& pieces) noexcept {
  std::uint32_t buffers = 0;
  for (const Piece& piece : datagram.pieces) {
    pieces.push_back(piece.mbuf);
    buffers += piece.place.buffers;
  }
  count_buffers(datagram.key, 0 - buffers);
  datagram.pieces.clear();
}

void Fragments::remove(std::uint32_t index, Pieces& pieces) noexcept {
  Datagram& datagram = pool_[index];
  give_back(datagram, pieces);
  (datagram.older == arena::none ? oldest_ : pool_[datagram.older].newer) = datagram.newer;
  (datagram.newer == arena::none ? newest_ : pool_[datagram.newer].older) = datagram.older;
  index_.erase(hash_of(datagram.key), index);
  owners_.subtract(owner_of(datagram.key), kind_datagram);
  pool_.free(index);
}

Fragments::Fate Fragments::take(const FragmentKey& key, const FragmentPlace& place, rte_mbuf* mbuf,
                                const FragmentLimits& limits, Instant now, Pieces& pieces,
                                Drop& why) noexcept {
  pieces.clear();
  const std::uint32_t index = find_or_add(key, limits, now);
  why = Drop::fragment_limit;
  if (index == arena::none) return Fate::dropped;
  Datagram& datagram = pool_[index];
  const auto spoil = [&](Drop reason) noexcept {
    why = reason;
    datagram.spoilt = true;
    give_back(datagram, pieces);
    return Fate::dropped;
  };
  why = Drop::fragment_overlap;
  if (datagram.spoilt) return Fate::dropped;
  if (const Drop fault = own_fault(place); fault != Drop::internal) return spoil(fault);

  auto& all = datagram.pieces;
  const auto at = std::find_if(all.begin(), all.end(), [&](const Piece& piece) noexcept {
    return piece.place.offset >= place.offset;
  });
  if (at != all.end() && at->place.offset == place.offset && at->place.length == place.length &&
      at->place.last == place.last) {
    why = Drop::fragment_duplicate;
    return Fate::dropped;
  }
  const bool before = at != all.begin() && (at - 1)->place.end() > place.offset;
  const bool behind = at != all.end() && at->place.offset < place.end();
  if (before || behind) return spoil(Drop::fragment_overlap);
  // What lies behind the end, or another end.
  const std::uint32_t reach = all.empty() ? 0 : all[all.size() - 1].place.end();
  const bool contradicts = place.last ? datagram.total != 0 || reach > place.end()
                                      : datagram.total != 0 && place.end() > datagram.total;
  if (contradicts) return spoil(Drop::fragment_malformed);
  if (all.size() >= std::min<std::size_t>(limits.fragments_per_datagram, most_fragments))
    return spoil(Drop::fragment_limit);

  if (place.last) datagram.total = place.end();
  datagram.have += place.length;
  const bool whole = datagram.total != 0 && datagram.have == datagram.total;
  if (!whole && !may_keep(key, place.buffers, limits)) {
    if (!all.empty()) return spoil(Drop::fragment_limit);
    // Its name is of no use to anyone: room for a datagram is not taken by what had no room.
    remove(index, pieces);
    why = Drop::fragment_limit;
    return Fate::dropped;
  }
  const auto position = at - all.begin();
  all.push_back({place, mbuf});
  std::rotate(all.begin() + position, all.end() - 1, all.end());
  count_buffers(key, place.buffers);
  if (!whole) return Fate::kept;
  remove(index, pieces);
  return Fate::whole;
}

bool Fragments::expire(const FragmentLimits& limits, Instant now, Pieces& pieces) noexcept {
  pieces.clear();
  if (oldest_ == arena::none || now < pool_[oldest_].since + limits.timeout) return false;
  remove(oldest_, pieces);
  return true;
}

bool Fragments::remove_one(Pieces& pieces) noexcept {
  pieces.clear();
  if (oldest_ == arena::none) return false;
  remove(oldest_, pieces);
  return true;
}

Instant Fragments::next_deadline(const FragmentLimits& limits) const noexcept {
  return oldest_ == arena::none ? Instant::max() : pool_[oldest_].since + limits.timeout;
}

}  // namespace rpcgate::datapath
