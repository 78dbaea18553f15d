// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "notify/sessions.hpp"

#include <algorithm>

namespace rpcgate::notify {

Sessions::Sessions(Arena& arena, unsigned worker) noexcept
    : records_(arena, worker), index_(arena.capacity()), seed_{arena.seed(0), arena.seed(1)} {}

std::uint32_t Sessions::first_of(const wire::IpAddress& seen,
                                 const wire::IpAddress& server) const noexcept {
  return index_.find(hash_of({seen, server}), [&](std::uint32_t i) {
    return records_[i].seen == seen && records_[i].server == server;
  });
}

std::uint32_t Sessions::attach(const Who& who, bool all_open, Instant now) noexcept {
  const std::uint32_t first = first_of(who.seen, who.server);
  std::uint32_t seen = 0;
  for (std::uint32_t i = first; i != no_index; i = records_[i].next) {
    ++seen;
    SessionRecord& record = records_[i];
    if (record.group != who.group || record.outer != who.outer || record.client != who.client)
      continue;
    record.connections += 1u;
    record.ends_ns = 0;
    timers_.cancel(timer_links(), i);
    return i;
  }
  if (seen >= max_sessions) return no_index;
  const std::uint32_t index = records_.allocate();
  if (index == arena::none) return no_index;
  SessionRecord record;
  record.rule = who.rule;
  record.client = who.client;
  record.outer = who.outer;
  record.server = who.server;
  record.seen = who.seen;
  record.group = who.group;
  record.connections = 1;
  record.policy_generation = who.policy_generation;
  record.opened = now;
  if (all_open)
    for (Registration& slot : record.slots) slot.state = State::open;
  if (first != no_index) {
    record.next = records_[first].next;
  } else if (!index_.insert(hash_of({who.seen, who.server}), index)) {
    records_.free(index);
    return no_index;
  }
  records_.publish(index, record);
  if (first != no_index) records_[first].next = index;
  show(index);
  return index;
}

void Sessions::detach(std::uint32_t session, Duration grace, Instant now) noexcept {
  SessionRecord& record = records_[session];
  RPCGATE_DCHECK(record.connections > 0);
  if (record.connections > 0) record.connections -= 1u;
  if (record.connections != 0) return;
  // What registered for nothing has nothing to wait for: binds alone do not fill the table.
  const bool registered = std::any_of(record.slots.begin(), record.slots.end(),
                                      [](const Registration& r) { return r.state != State::free; });
  const Instant end = registered ? now + grace : now;
  record.ends_ns = to_ns(end);
  timers_.arm(timer_links(), session, end, now);
}

std::uint8_t Sessions::reserve(std::uint32_t session, wire::L4Port port, Bytes payload) noexcept {
  auto& slots = records_[session].slots;
  // A client that registers the same again after it lost its answer is one, not two.
  const auto same = std::find_if(slots.begin(), slots.end(), [&](const Registration& r) {
    return r.known && r.state == State::pinned && r.is_for(port, payload);
  });
  if (same != slots.end()) return static_cast<std::uint8_t>(same - slots.begin());
  const auto at = std::find_if(slots.begin(), slots.end(),
                               [](const Registration& r) { return r.state == State::free; });
  if (at == slots.end() || payload.size() > max_payload) return no_slot;
  *at = Registration{};
  at->state = State::pending;
  at->port = at->client_port = port;
  at->known = port != 0;
  at->size = static_cast<std::uint8_t>(payload.size());
  std::copy(payload.begin(), payload.end(), at->payload.begin());
  return static_cast<std::uint8_t>(at - slots.begin());
}

bool Sessions::is_taken(const SessionRecord& session, wire::L4Port port) const noexcept {
  for (std::uint32_t i = first_of(session.seen, session.server); i != no_index;
       i = records_[i].next)
    for (const Registration& r : records_[i].slots)
      if (r.state != State::free && r.port == port) return true;
  return false;
}

std::uint8_t Sessions::reserve_translated(std::uint32_t session, wire::L4Port& port,
                                          Bytes payload) noexcept {
  SessionRecord& record = records_[session];
  const wire::L4Port own = port;
  for (Registration& r : record.slots)
    if (r.known && r.state == State::pinned && r.client_port == own && r.size == payload.size() &&
        r.is_for(r.port, payload)) {
      port = r.port;  // the same once more
      return static_cast<std::uint8_t>(&r - record.slots.data());
    }
  constexpr std::uint32_t ports = 65536u - lowest_port;
  for (std::uint32_t attempt = 0; attempt < max_sessions; ++attempt) {
    const std::uint32_t offset = (own - std::uint32_t{lowest_port} + attempt * 7919u) % ports;
    const auto candidate = static_cast<wire::L4Port>(lowest_port + offset);
    if (is_taken(record, candidate)) continue;
    const std::uint8_t slot = reserve(session, candidate, payload);
    if (slot == no_slot) return no_slot;
    record.slots[slot].client_port = own;
    port = candidate;
    return slot;
  }
  return no_slot;
}

void Sessions::confirm(std::uint32_t session, std::uint8_t slot) noexcept {
  Registration& r = records_[session].slots[slot];
  if (r.state != State::pending) return;
  r.state = r.known ? State::pinned : State::open;
  show(session);
}

void Sessions::withdraw(std::uint32_t session, std::uint8_t slot) noexcept {
  Registration& r = records_[session].slots[slot];
  if (r.state == State::pending) r = Registration{};
  show(session);
}

void Sessions::end_one(std::uint32_t session, bool reopen) noexcept {
  auto& slots = records_[session].slots;
  const auto quieter = [](const Registration& a, const Registration& b) {
    if ((a.state == State::pinned) != (b.state == State::pinned)) return a.state == State::pinned;
    return a.last_passed < b.last_passed;
  };
  const auto at = std::min_element(slots.begin(), slots.end(), quieter);
  if (at->state != State::pinned) {
    const auto open = std::find_if(slots.begin(), slots.end(),
                                   [](const Registration& r) { return r.state == State::open; });
    if (open != slots.end() && !reopen) *open = Registration{};
  } else {
    *at = Registration{};
    if (reopen) at->state = State::open;
  }
  show(session);
}

std::uint8_t Sessions::pinned(std::uint32_t session, wire::L4Port port,
                              Bytes payload) const noexcept {
  const auto& slots = records_[session].slots;
  for (std::uint8_t i = 0; i < slots.size(); ++i)
    if (slots[i].state == State::pinned && slots[i].is_for(port, payload)) return i;
  return no_slot;
}

bool Sessions::pin(std::uint32_t session, wire::L4Port port, Bytes payload, Instant now) noexcept {
  auto& slots = records_[session].slots;
  const auto at = std::find_if(slots.begin(), slots.end(),
                               [](const Registration& r) { return r.state == State::open; });
  if (at == slots.end() || payload.size() > max_payload) return false;
  at->state = State::pinned;
  at->port = at->client_port = port;
  at->size = static_cast<std::uint8_t>(payload.size());
  std::copy(payload.begin(), payload.end(), at->payload.begin());
  at->renewed = now;
  show(session);
  return take_token(session, static_cast<std::uint8_t>(at - slots.begin()), now);
}

bool Sessions::take_token(std::uint32_t session, std::uint8_t slot, Instant now) noexcept {
  SessionRecord& record = records_[session];
  Registration& r = record.slots[slot];
  if (r.renewed == Instant{}) r.renewed = now;
  while (r.tokens < burst && now - r.renewed >= seconds{1}) {
    ++r.tokens;
    r.renewed += seconds{1};
  }
  if (r.tokens == burst) r.renewed = now;
  if (r.tokens == 0) return false;
  --r.tokens;
  r.last_passed = now;
  record.passed += 1u;
  return true;
}

void Sessions::close_slots(std::uint32_t session) noexcept {
  for (Registration& r : records_[session].slots) r = Registration{};
  show(session);
}

void Sessions::show(std::uint32_t session) noexcept {
  SessionRecord& record = records_[session];
  std::uint64_t live = 0;
  for (std::size_t i = 0; i < record.slots.size(); ++i) {
    const Registration& r = record.slots[i];
    record.ports[i] = r.state == State::pinned ? r.port : wire::L4Port{0};
    if (r.state != State::free) ++live;
  }
  record.registrations = live;
}

void Sessions::remove(std::uint32_t session) noexcept {
  const SessionRecord& record = records_[session];
  const std::uint32_t first = first_of(record.seen, record.server);
  if (first == session) {
    const std::uint64_t hash = hash_of({record.seen, record.server});
    index_.erase(hash, session);
    // The entry that went left its place.
    if (record.next != no_index) static_cast<void>(index_.insert(hash, record.next));
  } else {
    std::uint32_t before = first;
    while (records_[before].next != session) before = records_[before].next;
    records_[before].next = record.next;
  }
  timers_.cancel(timer_links(), session);
  records_.free(session);
}

void Sessions::remove_unused() noexcept {
  static_cast<void>(records_.sweep(0, arena().capacity(), [this](std::uint32_t i) noexcept {
    if (records_[i].connections == 0) remove(i);
  }));
}

}  // namespace rpcgate::notify
