// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// One worker's sessions. Made by the control core before the worker starts; used by that worker
// alone, except records(), which any core may read by index.
#pragma once

#include <cstdint>

#include "arena/bucket_index.hpp"
#include "arena/keyed_hash.hpp"
#include "arena/worker_pool.hpp"
#include "notify/record.hpp"

namespace rpcgate::notify {

using Arena = arena::Arena<SessionRecord>;

struct Who {
  wire::IpAddress client;
  wire::IpAddress outer;
  wire::IpAddress server;
  wire::IpAddress seen;  // the client's address, as the server sees it
  std::uint32_t group = 0;
  std::uint32_t rule = 0;
  std::uint32_t policy_generation = 0;
};

enum class Fate : std::uint8_t {
  passes,
  pins,        // passes, as the first of its registration
  unknown,     // this server has no session with this client
  unexpected,  // another port or payload than was registered
  too_many     // more than the rate
};
struct Passage {
  Fate fate = Fate::unknown;
  std::uint32_t session = no_index;
  wire::L4Port client_port = 0;  // where it passes to
};

class Sessions {
  auto timer_links() noexcept {
    return [this](std::uint32_t index) noexcept -> arena::TimerLinks& {
      return records_[index].timer;
    };
  }

 public:
  static constexpr std::uint8_t no_slot = 0xff;

  Sessions(Arena& arena, unsigned worker) noexcept;
  bool ready() const noexcept { return index_.mapped(); }  // false: no memory

  // A connection joins its session, which is made where there is none; `all_open`: every
  // registration is, without a call. no_index: no room. Its index holds until it detaches.
  std::uint32_t attach(const Who& who, bool all_open, Instant now) noexcept;
  // The connection has ended; the last one's session ends after `grace`, at once when it registered
  // for nothing.
  void detach(std::uint32_t session, Duration grace, Instant now) noexcept;

  // The client asks to be notified: `payload` and port where they could be read, else empty and 0.
  // The slot is pending until the server's answer confirms or withdraws it. no_slot: all are taken.
  std::uint8_t reserve(std::uint32_t session, wire::L4Port port, Bytes payload) noexcept;
  // The same behind source NAT: `port` becomes the one that the server is to be told, unlike that
  // of any other client of this address and server.
  std::uint8_t reserve_translated(std::uint32_t session, wire::L4Port& port,
                                  Bytes payload) noexcept;
  void confirm(std::uint32_t session, std::uint8_t slot) noexcept;
  void withdraw(std::uint32_t session, std::uint8_t slot) noexcept;
  // One registration was taken back, one does not see which: the one longest without a datagram.
  // `reopen`: for another to come.
  void end_one(std::uint32_t session, bool reopen) noexcept;

  // `seen`: the address that the server sends to.
  bool knows(const wire::IpAddress& seen, const wire::IpAddress& server) const noexcept {
    return first_of(seen, server) != no_index;
  }
  // May this datagram pass? `usable(record)`: does the session's rule still let it, and to this
  // port? A session that it refuses takes no part.
  template <class Usable>
  Passage pass(const wire::IpAddress& seen, const wire::IpAddress& server, wire::L4Port port,
               Bytes payload, Instant now, Usable&& usable) noexcept {
    Passage verdict;
    for (std::uint32_t i = first_of(seen, server); i != no_index; i = records_[i].next) {
      if (!usable(records_[i])) continue;
      if (payload.empty()) return {Fate::unexpected, i};
      if (verdict.fate == Fate::unknown) verdict = {Fate::unexpected, i};
      if (const std::uint8_t slot = pinned(i, port, payload); slot != no_slot)
        return {take_token(i, slot, now) ? Fate::passes : Fate::too_many, i,
                records_[i].slots[slot].client_port};
    }
    if (verdict.fate == Fate::unknown) return verdict;
    for (std::uint32_t i = first_of(seen, server); i != no_index; i = records_[i].next) {
      if (!usable(records_[i])) continue;
      if (pin(i, port, payload, now)) return {Fate::pins, i, port};
    }
    return verdict;
  }

  // Sessions whose time is over.
  void expire(Instant now, std::uint32_t budget) noexcept {
    timers_.advance(now, timer_links(), budget, [this](std::uint32_t i) noexcept { remove(i); });
  }
  Instant next_look(Instant now) const noexcept { return timers_.next_look(now); }
  // Those for which which(record) holds let nothing pass any more, whatever is connected.
  template <class Which>
  void silence(Which&& which) noexcept {
    static_cast<void>(records_.sweep(0, arena().capacity(), [&](std::uint32_t i) noexcept {
      if (which(records_[i])) close_slots(i);
    }));
  }
  // All without a connection, at once.
  void remove_unused() noexcept;

  const SessionRecord& operator[](std::uint32_t index) const noexcept { return records_[index]; }
  SessionRecord& operator[](std::uint32_t index) noexcept { return records_[index]; }
  std::uint32_t size() const noexcept { return records_.in_use(); }
  // Any core.
  const Arena& records() const noexcept { return arena(); }

 private:
  struct Pair {
    wire::IpAddress seen;
    wire::IpAddress server;
  };
  static_assert(sizeof(Pair) == 32);

  const Arena& arena() const noexcept { return records_.arena(); }
  std::uint64_t hash_of(const Pair& pair) const noexcept {
    return arena::keyed_hash<sizeof(Pair)>(&pair, seed_);
  }
  std::uint32_t first_of(const wire::IpAddress& seen, const wire::IpAddress& server) const noexcept;
  bool is_taken(const SessionRecord& session, wire::L4Port port) const noexcept;
  std::uint8_t pinned(std::uint32_t session, wire::L4Port port, Bytes payload) const noexcept;
  bool pin(std::uint32_t session, wire::L4Port port, Bytes payload, Instant now) noexcept;
  bool take_token(std::uint32_t session, std::uint8_t slot, Instant now) noexcept;
  void close_slots(std::uint32_t session) noexcept;
  void show(std::uint32_t session) noexcept;
  void remove(std::uint32_t session) noexcept;

  arena::WorkerPool<SessionRecord> records_;
  arena::BucketIndex index_;  // the first session of a client and server
  arena::HashSeed seed_;
  arena::TimerWheel timers_;
};

}  // namespace rpcgate::notify
