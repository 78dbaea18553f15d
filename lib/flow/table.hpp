// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// One worker's flows: records in the arena that all workers share, an index of its own over both
// directions' keys, and counts per client. Made by the control core before the worker starts; used
// by that worker alone, except arenas(), whose flows any core may read by number.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "arena/bucket_index.hpp"
#include "arena/column.hpp"
#include "arena/keyed_hash.hpp"
#include "arena/tally.hpp"
#include "arena/worker_pool.hpp"
#include "base/prefetch.hpp"
#include "base/result.hpp"
#include "flow/flow.hpp"
#include "flow/image.hpp"

namespace rpcgate::flow {

// How many flows one client (the address that opened them) has.
struct ClientCounts {
  std::uint32_t flows = 0;
  std::uint32_t half_open = 0;
};

// The memory of all workers' flows, made once.
struct Arenas {
  arena::Arena<FlowRecord> records;
  arena::Column<FlowDetails> details;
  arena::Column<FlowAddresses> addresses;
  arena::Arena<arena::TallyEntry> clients;

  Arenas(std::uint32_t flows, unsigned workers) noexcept
      : records(flows, workers),
        details(records.capacity()),
        addresses(records.capacity()),
        clients(flows, workers) {}
  static Result<std::unique_ptr<Arenas>> create(std::uint32_t flows, unsigned workers);
  bool ready() const noexcept {
    return records.capacity() != 0 && details.mapped() && addresses.mapped() &&
           clients.capacity() != 0;
  }

  // Any core: the flow of this number as it is now; `now` is the present. False: there is none.
  // Iterate [0, records.capacity()) once, not once a worker.
  bool read(std::uint32_t index, Instant now, FlowImage& out) const noexcept;
};

struct Found {
  std::uint32_t index = no_index;
  Direction direction = Direction::from_client;
  explicit operator bool() const noexcept { return index != no_index; }
};

struct Inserted {
  enum class Result : std::uint8_t {
    inserted,
    full,   // no record or no room in the index: stats::Drop::flow_table_full
    exists  // a flow has one of the two keys already
  };
  Result result = Result::full;
  std::uint32_t index = no_index;
};

class Table {
 public:
  // Control core. The index has room for all records of the arena: every flow may be one worker's.
  Table(Arenas& arenas, unsigned worker) noexcept;
  bool ready() const noexcept { return index_.mapped() && clients_.mapped(); }  // false: no memory

  // The flow that a packet with this key belongs to, and which of its ends sent it.
  Found lookup(const FlowKey& key) const noexcept;
  // The same for many: buckets are prefetched, then records, then compared. Sizes are equal.
  void lookup_bulk(std::span<const FlowKey> keys, std::span<Found> found) const noexcept;

  // The same in steps: hash_of(), prefetch(), guess(), which prefetches what is compared of the
  // record that it most likely is, prefetch_changing(), found(). For IPv4 packets by what they
  // hold, for IPv6 by the whole key. Each step for all packets before the next, and nothing beside
  // it: a prefetch whose page is not in the TLB holds up what stands behind it until the page is
  // known, and only those that stand close together find their pages at the same time.
  std::uint64_t hash_of(const PackedEnds& ends, std::uint8_t protocol) const noexcept {
    return arena::hash_two(ends.addresses(),
                           ends.ports() | static_cast<std::uint64_t>(protocol) << 32, seed_);
  }
  void prefetch(std::uint64_t hash) const noexcept { index_.prefetch(hash); }
  std::uint32_t guess(std::uint64_t hash) const noexcept {
    const std::uint32_t reference = index_.guess(hash);
    if (reference == arena::none) return reference;
    rpcgate::prefetch(&guessed(reference));
    return reference;
  }
  // The record's other line, once the first has been asked for: it lies on the same page.
  void prefetch_changing(std::uint32_t guess) const noexcept {
    if (guess != arena::none) rpcgate::prefetch(&guessed(guess).heard);
  }
  // The record of a guess, which may be another flow's or nobody's: to ask for memory by.
  const FlowRecord& guessed(std::uint32_t guess) const noexcept {
    return records_[index_in(guess)];
  }
  Found found(std::uint32_t guess, const PackedEnds& ends, std::uint8_t protocol,
              std::uint64_t hash) const noexcept {
    if (guess == arena::none) return {};
    if (matches(guess, ends, protocol)) [[likely]]
      return {index_in(guess), direction_in(guess)};
    return find(ends, protocol, hash);
  }
  Found find(const PackedEnds& ends, std::uint8_t protocol, std::uint64_t hash) const noexcept {
    const std::uint32_t reference =
        index_.find(hash, [&](std::uint32_t r) { return matches(r, ends, protocol); });
    if (reference == arena::none) return {};
    return {index_in(reference), direction_in(reference)};
  }

  std::uint64_t hash_of(const FlowKey& key) const noexcept;
  void prefetch_addresses(std::uint32_t guess) const noexcept {
    if (guess != arena::none) rpcgate::prefetch(&arenas_.addresses[index_in(guess)]);
  }
  Found found(std::uint32_t guess, const FlowKey& v6, std::uint64_t hash) const noexcept {
    if (guess == arena::none) return {};
    if (matches(guess, v6)) [[likely]]
      return {index_in(guess), direction_in(guess)};
    return find(v6, hash);
  }

  // A new flow as `image` says. From then on operator[] is the flow. `half_open` of its flags
  // counts it as such.
  Inserted insert(const FlowImage& image) noexcept;
  // The caller has cancelled its timer and given back what hangs on it.
  void erase(std::uint32_t index) noexcept;
  // The handshake has ended: no longer half-open.
  void established(std::uint32_t index) noexcept;

  Flow operator[](std::uint32_t index) noexcept {
    return {index, records_[index], arenas_.details[index], arenas_.addresses[index]};
  }
  FlowRecord& record(std::uint32_t index) noexcept { return records_[index]; }
  std::uint32_t size() const noexcept { return records_.in_use(); }
  // {0, 0} for a client without flows.
  ClientCounts counts_of(const wire::IpAddress& client) const noexcept;

  // Names a flow in events and commands for as long as it lives; never 0. index_of_id(): no_index
  // when it is gone, or another worker's.
  std::uint64_t id_of(std::uint32_t index) const noexcept {
    return id_of(index, records_[index].generation);
  }
  static std::uint64_t id_of(std::uint32_t index, std::uint32_t generation) noexcept {
    return (std::uint64_t{generation} << 32) | index;
  }
  std::uint32_t index_of_id(std::uint64_t id) const noexcept;

  // Calls f(index) for this worker's flows among the next `budget` records from `from` on; f may
  // erase the flow. Returns where to go on next turn; 0: all have been seen.
  template <class F>
  std::uint32_t sweep(std::uint32_t from, std::uint32_t budget, F&& f) noexcept {
    return records_.sweep(from, budget, static_cast<F&&>(f));
  }

  // For TimerWheel: timers.arm(table.timer_links(), index, due, now).
  auto timer_links() noexcept {
    return [this](std::uint32_t index) noexcept -> arena::TimerLinks& {
      return arenas_.details[index].timer;
    };
  }

  // Any core: all workers' flows, from whichever table.
  const Arenas& arenas() const noexcept { return arenas_; }
  const arena::Arena<FlowRecord>& records() const noexcept { return records_.arena(); }

 private:
  // What the index holds: a record and the direction whose key it is.
  static constexpr std::uint32_t reference_to(std::uint32_t index, Direction d) noexcept {
    return index << 1 | static_cast<std::uint32_t>(d);
  }
  static constexpr std::uint32_t index_in(std::uint32_t reference) noexcept {
    return reference >> 1;
  }
  static constexpr Direction direction_in(std::uint32_t reference) noexcept {
    return static_cast<Direction>(reference & 1);
  }
  bool matches(std::uint32_t reference, const PackedEnds& ends,
               std::uint8_t protocol) const noexcept {
    const FlowRecord& record = records_[index_in(reference)];
    const PackedEnds& its = record.ends(direction_in(reference));
    return its.addresses() == ends.addresses() && its.ports() == ends.ports() &&
           record.protocol == protocol && !record.has(FlowFlag::ipv6);
  }
  bool matches(std::uint32_t reference, const FlowKey& key) const noexcept {
    const FlowRecord& record = records_[index_in(reference)];
    const Direction d = direction_in(reference);
    const FlowAddresses::Pair& pair =
        arenas_.addresses[index_in(reference)].of[static_cast<std::size_t>(d)];
    return record.has(FlowFlag::ipv6) && record.ends(d).ports() == packed(key).ports() &&
           record.protocol == key.protocol && pair.source == key.source &&
           pair.destination == key.destination;
  }
  Found find(const FlowKey& key, std::uint64_t hash) const noexcept;

  Arenas& arenas_;
  arena::WorkerPool<FlowRecord> records_;
  arena::Tally clients_;
  arena::BucketIndex index_;
  arena::HashSeed seed_;
};

}  // namespace rpcgate::flow
