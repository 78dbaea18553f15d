// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// One worker's pinholes: found by what a client's SYN names, and by what a mapper's answer names.
// Records lie in the arena that all workers share. Made by the control core before the worker
// starts; used by that worker alone, except records(), which any core may read by index. Events are
// the caller's: every call that opens or ends a pinhole says so.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "arena/bucket_index.hpp"
#include "arena/keyed_hash.hpp"
#include "arena/tally.hpp"
#include "arena/worker_pool.hpp"
#include "base/result.hpp"
#include "base/static_vector.hpp"
#include "pinhole/record.hpp"
#include "stats/counters.hpp"

namespace rpcgate::pinhole {

// The memory of all workers' pinholes, made once.
struct Arenas {
  arena::Arena<PinholeRecord> records;
  arena::Arena<Tombstone> tombstones;
  arena::Arena<arena::TallyEntry> tallies;  // of clients and of rules

  Arenas(std::uint32_t pinholes, unsigned workers) noexcept
      : records(pinholes, workers), tombstones(pinholes, workers), tallies(2 * pinholes, workers) {}
  static Result<std::unique_ptr<Arenas>> create(std::uint32_t pinholes, unsigned workers);
};

struct PortRange {
  wire::L4Port low = 0;
  wire::L4Port high = 0;
};

// What a mapper's answer asks for, and within which bounds.
struct Request {
  wire::IpAddress client;
  wire::IpAddress outer;
  wire::Endpoint server;
  wire::Protocol protocol = wire::Protocol::tcp;
  dcerpc::InterfaceId interface;
  std::uint32_t rule = 0;  // policy::RuleId
  std::uint32_t policy_generation = 0;

  // Where the outer port is taken from when the server's own is not free. Empty: only its own.
  StaticVector<PortRange, 8> outer_ports;
  // Outer ports that mean something else already (the mapper's, static and plain ones).
  std::span<const wire::L4Port> reserved;

  std::uint32_t per_client = 1024;  // limits
  std::uint32_t per_rule = 16384;   // of this worker's clients
  std::uint32_t max_connections = 8192;
  Duration first_use = seconds{120};
  Duration idle = seconds{3600};
  Duration tombstone = seconds{86400};

  // Ranges as a rule writes them ({low, high}); those beyond the eighth are left out.
  template <class Ranges>
  void draw_from(const Ranges& ranges) noexcept {
    for (const auto& range : ranges)
      static_cast<void>(outer_ports.push_back({range.low, range.high}));
  }
};

struct Opened {
  stats::Reason reason = stats::Reason::none;  // none: it is open
  bool refreshed = false;                      // it was open already
  bool interface_added = false;                // ... and did not name this interface
  std::uint32_t index = no_index;
  wire::L4Port outer_port = 0;
  std::uint64_t id = 0;
  explicit operator bool() const noexcept { return reason == stats::Reason::none; }
};

class Table {
  auto timer_links() noexcept {
    return [this](std::uint32_t index) noexcept -> arena::TimerLinks& {
      return records_[index].timer;
    };
  }

 public:
  // Control core.
  Table(Arenas& arenas, unsigned worker) noexcept;
  bool ready() const noexcept { return index_.mapped() && buried_index_.mapped(); }

  // Opens a pinhole, or adds to the one this client has to that server and port by this outer
  // address. Visible to find() when it returns. Refusals: pinhole_table_full, pinhole_limit,
  // no_outer_port.
  Opened open(const Request& request, Instant now) noexcept;

  // What a SYN of this client to this outer port may use; no_index: nothing.
  std::uint32_t find(const PinholeKey& key) const noexcept;
  // Nothing now, but did this client hold that port within the last day? Then a reset answers it.
  bool was_held(const PinholeKey& key, Instant now) const noexcept;

  // A connection through it begins: false when it has all it may have. It ends: idle time starts.
  bool connection_opened(std::uint32_t index, Instant now) noexcept;
  void connection_closed(std::uint32_t index, Instant now) noexcept;

  // Ends a pinhole at once and leaves a tombstone. Connections through it are the caller's to
  // close, before or after: connection_closed() is then not to be called any more.
  void close(std::uint32_t index, Instant now) noexcept;

  // Ends what has run out: ended(const PinholeRecord&) just before it goes. At most `budget` timers
  // and as many tombstones are looked at. Returns how many pinholes ended. Once a turn.
  template <class Ended>
  std::uint32_t expire(Instant now, std::uint32_t budget, Ended&& ended) noexcept {
    std::uint32_t count = 0;
    timers_.advance(now, timer_links(), budget, [&](std::uint32_t index) noexcept {
      if (!run_out(index, now)) return;
      ended(static_cast<const PinholeRecord&>(records_[index]));
      close(index, now);
      ++count;
    });
    forget_tombstones(now, budget);
    return count;
  }
  // For a clock that is set by hand: when expire() has something to look at next.
  Instant next_look(Instant now) const noexcept { return timers_.next_look(now); }

  // New rules: the pinhole goes on under this generation.
  void judged(std::uint32_t index, std::uint32_t policy_generation) noexcept {
    records_[index].policy_generation = policy_generation;
  }

  const PinholeRecord& operator[](std::uint32_t index) const noexcept { return records_[index]; }
  std::uint32_t size() const noexcept { return records_.in_use(); }
  std::uint32_t tombstones() const noexcept { return buried_.in_use(); }
  std::uint32_t count_of(const wire::IpAddress& client) const noexcept;
  // no_index when it is gone, or another worker's.
  std::uint32_t index_of_id(std::uint64_t id) const noexcept;

  // Calls f(index) for this worker's pinholes among the next `budget` records from `from` on; f may
  // close it. Returns where to go on next turn; 0: all have been seen.
  template <class F>
  std::uint32_t sweep(std::uint32_t from, std::uint32_t budget, F&& f) noexcept {
    return records_.sweep(from, budget, static_cast<F&&>(f));
  }

  // Any core. All workers' records: a reader goes over them once, from whichever table.
  const arena::Arena<PinholeRecord>& records() const noexcept { return records_.arena(); }

 private:
  // What a mapper's answer names: the second key of a pinhole.
  struct Target {
    wire::IpAddress client;
    wire::IpAddress outer;
    wire::IpAddress server;
    wire::L4Port server_port = 0;
    std::uint8_t protocol = 0;
    std::uint8_t zero[5] = {};
    friend bool operator==(const Target&, const Target&) = default;
  };
  static_assert(sizeof(Target) == 56);

  static Target target_of(const PinholeRecord& record) noexcept;
  std::uint64_t hash_of(const PinholeKey& key) const noexcept;
  std::uint64_t hash_of(const Target& target) const noexcept;
  std::uint32_t find_target(const Target& target, std::uint64_t hash) const noexcept;
  Opened refresh(std::uint32_t index, const Request& request, Instant now) noexcept;
  wire::L4Port choose_port(const Request& request, std::uint64_t hash, Instant now) const noexcept;
  bool port_is_free(const Request& request, wire::L4Port port, Instant now) const noexcept;
  bool run_out(std::uint32_t index, Instant now) noexcept;
  std::uint32_t find_tombstone(const PinholeKey& key) const noexcept;
  void bury(const PinholeRecord& record, Instant now) noexcept;
  void unbury(std::uint32_t index) noexcept;
  void forget_tombstones(Instant now, std::uint32_t budget) noexcept;

  arena::WorkerPool<PinholeRecord> records_;
  arena::WorkerPool<Tombstone> buried_;
  arena::BucketIndex index_;  // two entries a pinhole
  arena::BucketIndex buried_index_;
  arena::Tally tally_;
  arena::HashSeed seed_;
  arena::TimerWheel timers_;
  std::uint32_t first_buried_ = no_index;  // the first to be forgotten
  std::uint32_t last_buried_ = no_index;
};

}  // namespace rpcgate::pinhole
