// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Fragments that wait for the rest of their datagram (RFC 791 3.2, RFC 8200 4.5). One worker's,
// because fragments are steered by their addresses. Nothing overlaps in what comes out: an exact
// repetition is dropped, any other overlap ends the datagram, and its name is remembered until its
// time is over, so that what comes later cannot be combined to something else (RFC 5722).
#pragma once

#include <array>
#include <cstdint>

#include "arena/bucket_index.hpp"
#include "arena/keyed_hash.hpp"
#include "arena/tally.hpp"
#include "arena/worker_pool.hpp"
#include "base/clock.hpp"
#include "base/static_vector.hpp"
#include "stats/counters.hpp"
#include "wire/address.hpp"

struct rte_mbuf;

namespace rpcgate::datapath {

struct FragmentKey {
  wire::IpAddress source;
  wire::IpAddress destination;
  std::uint32_t identification = 0;
  std::uint32_t protocol = 0;
  friend bool operator==(const FragmentKey&, const FragmentKey&) = default;
};
static_assert(sizeof(FragmentKey) == 40);

// Where a fragment's bytes stand in its datagram. Bytes: those behind the IP headers.
struct FragmentPlace {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  bool last = false;
  std::uint32_t buffers = 1;  // that it lies in
  std::uint32_t end() const noexcept { return offset + length; }
};

struct FragmentLimits {
  std::uint32_t datagrams = 1024;
  std::uint32_t datagrams_per_source = 64;
  std::uint32_t fragments_per_datagram = 48;
  std::uint32_t buffers = 1024;
  std::uint32_t buffers_per_source = 256;
  Duration timeout = seconds{15};
};

class Fragments {
 public:
  static constexpr std::size_t most_fragments = 48;  // of a datagram: 64 KiB on an Ethernet
  using Pieces = StaticVector<rte_mbuf*, most_fragments>;

  // Control core. `capacity`: datagrams at a time. `most_buffers` waits here whatever the limits
  // say: reception needs the rest of the pool.
  Fragments(std::uint32_t capacity, std::uint32_t most_buffers);
  bool ready() const noexcept {
    return arena_.capacity() != 0 && owner_arena_.capacity() != 0 && index_.mapped() &&
           owners_.mapped();
  }

  enum class Fate : std::uint8_t {
    kept,
    whole,   // with it the datagram is whole: `pieces` are its fragments in order
    dropped  // for `why`; `pieces` are those that were kept and go with it
  };
  // Takes one fragment. Of what it gives back in `pieces` it keeps nothing; the fragment itself is
  // among them when the datagram is whole, and never otherwise.
  Fate take(const FragmentKey& key, const FragmentPlace& place, rte_mbuf* mbuf,
            const FragmentLimits& limits, Instant now, Pieces& pieces, stats::Drop& why) noexcept;

  // Gives back the pieces of the datagram that waited longest, when that is over. False: none.
  bool expire(const FragmentLimits& limits, Instant now, Pieces& pieces) noexcept;
  // The same of any datagram, at the end of the worker.
  bool remove_one(Pieces& pieces) noexcept;

  Instant next_deadline(const FragmentLimits& limits) const noexcept;
  std::uint32_t datagrams() const noexcept { return pool_.in_use(); }
  std::uint32_t buffers() const noexcept { return held_; }
  // For a datagram that leaves in fragments: unlike that of any other between these addresses for
  // 65536 datagrams, and not to be told from those between others (RFC 7739 5.3).
  std::uint32_t new_identification(const wire::IpAddress& source,
                                   const wire::IpAddress& destination,
                                   std::uint32_t protocol) noexcept;

 private:
  struct Piece {
    FragmentPlace place;
    rte_mbuf* mbuf = nullptr;
  };
  struct Datagram {
    FragmentKey key;
    Instant since{};
    std::uint32_t older = arena::none;  // in order of arrival
    std::uint32_t newer = arena::none;
    std::uint32_t total = 0;  // 0: the last fragment has not come
    std::uint32_t have = 0;   // bytes
    bool spoilt = false;      // it overlaps or contradicts itself: nothing of it is taken any more
    StaticVector<Piece, most_fragments> pieces;  // by offset
  };

  std::uint64_t hash_of(const FragmentKey& key) const noexcept {
    return arena::keyed_hash<sizeof(FragmentKey)>(&key, seed_);
  }
  std::uint32_t find_or_add(const FragmentKey& key, const FragmentLimits& limits,
                            Instant now) noexcept;
  bool may_keep(const FragmentKey& key, std::uint32_t buffers,
                const FragmentLimits& limits) const noexcept;
  void count_buffers(const FragmentKey& key, std::uint32_t by) noexcept;
  void give_back(Datagram& datagram, Pieces& pieces) noexcept;
  void remove(std::uint32_t index, Pieces& pieces) noexcept;

  arena::Arena<Datagram> arena_;
  arena::WorkerPool<Datagram> pool_{arena_};
  arena::BucketIndex index_;
  arena::HashSeed seed_;
  arena::Arena<arena::TallyEntry> owner_arena_;  // of each source: datagrams, buffers
  arena::Tally owners_{owner_arena_, 0};
  std::uint32_t oldest_ = arena::none, newest_ = arena::none;
  std::uint32_t most_buffers_;
  std::uint32_t held_ = 0;    // buffers
  std::uint32_t issued_ = 0;  // identifications
};

}  // namespace rpcgate::datapath
