// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "pinhole/table.hpp"

#include <algorithm>

namespace rpcgate::pinhole {
namespace {

using stats::Reason;

// Drawn ports that are tried before giving up: all of a small range, and in a large one more than
// are ever taken in a row before the client reaches its limit.
constexpr std::uint32_t most_tries = 256;

// What the index holds: a record, and which of its two keys.
constexpr std::uint32_t by_key = 0, by_target = 1;
constexpr std::uint32_t reference_to(std::uint32_t index, std::uint32_t which) noexcept {
  return index << 1 | which;
}

constexpr unsigned of_pinholes = 0;  // the kind of the tally
arena::TallyKey client_tally(const wire::IpAddress& client) noexcept {
  return {client, 0};
}
arena::TallyKey rule_tally(std::uint32_t rule) noexcept {
  return {wire::IpAddress{}, std::uint64_t{1} << 32 | rule};
}

Opened refused(Reason reason) noexcept {
  Opened o;
  o.reason = reason;
  return o;
}

PinholeRecord record_for(const Request& request, wire::L4Port outer_port, Instant now) noexcept {
  PinholeRecord r;
  r.rule = request.rule;
  r.key = {
      request.client, request.outer, outer_port, static_cast<std::uint8_t>(request.protocol), {}};
  r.server = request.server.address;
  r.server_port = request.server.port;
  r.policy_generation = request.policy_generation;
  r.opened = now;
  r.first_use = request.first_use;
  r.idle = request.idle;
  r.tombstone = request.tombstone;
  r.max_connections = request.max_connections;
  r.asked = 1;
  r.interface_count = 1;
  r.interfaces[0] = request.interface;
  r.last_used_ns = to_ns(now);
  return r;
}

}  // namespace

Result<std::unique_ptr<Arenas>> Arenas::create(std::uint32_t pinholes, unsigned workers) {
  auto arenas = std::make_unique<Arenas>(pinholes, workers);  // lint: control core
  if (arenas->records.capacity() == 0 || arenas->tombstones.capacity() == 0 ||
      arenas->tallies.capacity() == 0)
    return fail(ErrorCode::exhausted, "no memory for " + std::to_string(pinholes) + " pinholes");
  return arenas;
}

Table::Table(Arenas& arenas, unsigned worker) noexcept
    : records_(arenas.records, worker),
      buried_(arenas.tombstones, worker),
      index_(std::uint64_t{arenas.records.capacity()} * 2),
      buried_index_(arenas.tombstones.capacity()),
      tally_(arenas.tallies, worker),
      seed_{arenas.records.seed(0), arenas.records.seed(1)} {}

std::uint64_t Table::hash_of(const PinholeKey& key) const noexcept {
  return arena::keyed_hash<sizeof(PinholeKey)>(&key, seed_);
}
std::uint64_t Table::hash_of(const Target& target) const noexcept {
  return arena::keyed_hash<sizeof(Target)>(&target, seed_);
}
Table::Target Table::target_of(const PinholeRecord& r) noexcept {
  return {r.key.client, r.key.outer, r.server, r.server_port, r.key.protocol, {}};
}

std::uint32_t Table::find(const PinholeKey& key) const noexcept {
  const std::uint32_t reference = index_.find(hash_of(key), [&](std::uint32_t r) {
    return (r & 1) == by_key && records_[r >> 1].key == key;
  });
  return reference == arena::none ? no_index : reference >> 1;
}

std::uint32_t Table::find_target(const Target& target, std::uint64_t hash) const noexcept {
  const std::uint32_t reference = index_.find(hash, [&](std::uint32_t r) {
    return (r & 1) == by_target && target_of(records_[r >> 1]) == target;
  });
  return reference == arena::none ? no_index : reference >> 1;
}

std::uint32_t Table::count_of(const wire::IpAddress& client) const noexcept {
  return tally_.count(client_tally(client), of_pinholes);
}

std::uint32_t Table::index_of_id(std::uint64_t id) const noexcept {
  const auto index = static_cast<std::uint32_t>(id);
  return records_.owns(index) && records_[index].id == id ? index : no_index;
}

Opened Table::open(const Request& request, Instant now) noexcept {
  const Target target{request.client,
                      request.outer,
                      request.server.address,
                      request.server.port,
                      static_cast<std::uint8_t>(request.protocol),
                      {}};
  const std::uint64_t target_hash = hash_of(target);
  if (const std::uint32_t index = find_target(target, target_hash); index != no_index)
    return refresh(index, request, now);
  const arena::TallyKey client = client_tally(request.client);
  const arena::TallyKey rule = rule_tally(request.rule);
  if (tally_.count(client, of_pinholes) >= request.per_client ||
      tally_.count(rule, of_pinholes) >= request.per_rule)
    return refused(Reason::pinhole_limit);
  const wire::L4Port port = choose_port(request, target_hash, now);
  if (port == 0) return refused(Reason::no_outer_port);

  const std::uint32_t index = records_.allocate();
  if (index == arena::none) return refused(Reason::pinhole_table_full);
  PinholeRecord record = record_for(request, port, now);
  record.id = std::uint64_t{records_.next_generation(index)} << 32 | index;
  const std::uint64_t key_hash = hash_of(record.key);
  // Each step is undone when a later one finds no room.
  if (tally_.add(client, of_pinholes)) {
    if (tally_.add(rule, of_pinholes)) {
      if (index_.insert(key_hash, reference_to(index, by_key))) {
        if (index_.insert(target_hash, reference_to(index, by_target))) {
          records_.publish(index, record);
          if (const std::uint32_t old = find_tombstone(record.key); old != no_index) unbury(old);
          timers_.arm(timer_links(), index, now + record.first_use, now);
          return {Reason::none, false, true, index, port, record.id};
        }
        index_.erase(key_hash, reference_to(index, by_key));
      }
      tally_.subtract(rule, of_pinholes);
    }
    tally_.subtract(client, of_pinholes);
  }
  records_.free(index);
  return refused(Reason::pinhole_table_full);
}

// The mapper named it again: perhaps for another interface, perhaps under changed rules.
Opened Table::refresh(std::uint32_t index, const Request& request, Instant now) noexcept {
  PinholeRecord record = records_[index];
  if (record.rule != request.rule) {
    if (tally_.count(rule_tally(request.rule), of_pinholes) >= request.per_rule)
      return refused(Reason::pinhole_limit);
    if (!tally_.add(rule_tally(request.rule), of_pinholes))
      return refused(Reason::pinhole_table_full);
    tally_.subtract(rule_tally(record.rule), of_pinholes);
    record.rule = request.rule;
  }
  const bool added = !record.names(request.interface);
  if (added) {
    if (record.interface_count < max_named_interfaces)
      record.interfaces[record.interface_count++] = request.interface;
    else
      record.more_interfaces = true;
  }
  record.policy_generation = request.policy_generation;
  record.first_use = request.first_use;
  record.idle = request.idle;
  record.tombstone = request.tombstone;
  record.max_connections = request.max_connections;
  record.asked += 1u;
  record.last_used_ns = to_ns(now);
  records_.rewrite(index, record);
  return {Reason::none, true, added, index, record.key.outer_port, record.id};
}

bool Table::port_is_free(const Request& request, wire::L4Port port, Instant now) const noexcept {
  if (port == 0 ||
      std::find(request.reserved.begin(), request.reserved.end(), port) != request.reserved.end())
    return false;
  const PinholeKey key{
      request.client, request.outer, port, static_cast<std::uint8_t>(request.protocol), {}};
  if (find(key) != no_index) return false;
  const std::uint32_t old = find_tombstone(key);
  if (old == no_index || buried_[old].until <= now) return true;
  return buried_[old].server == request.server.address &&
         buried_[old].server_port == request.server.port;
}

wire::L4Port Table::choose_port(const Request& request, std::uint64_t hash,
                                Instant now) const noexcept {
  if (port_is_free(request, request.server.port, now)) return request.server.port;
  std::uint32_t total = 0;
  for (const PortRange& range : request.outer_ports)
    if (range.low <= range.high) total += std::uint32_t{range.high} - range.low + 1;
  if (total == 0) return 0;
  std::uint32_t at = static_cast<std::uint32_t>(hash % total);
  for (std::uint32_t tried = 0; tried < std::min(total, most_tries); ++tried) {
    std::uint32_t offset = at;
    for (const PortRange& range : request.outer_ports) {
      if (range.low > range.high) continue;
      const std::uint32_t size = std::uint32_t{range.high} - range.low + 1;
      if (offset < size) {
        const auto port = static_cast<wire::L4Port>(range.low + offset);
        if (port_is_free(request, port, now)) return port;
        break;
      }
      offset -= size;
    }
    at = at + 1 == total ? 0 : at + 1;
  }
  return 0;
}

bool Table::connection_opened(std::uint32_t index, Instant now) noexcept {
  PinholeRecord& record = records_[index];
  if (record.connections >= record.max_connections) return false;
  record.connections += 1u;
  record.connections_ever += 1u;
  record.last_used_ns = to_ns(now);
  return true;
}

void Table::connection_closed(std::uint32_t index, Instant now) noexcept {
  PinholeRecord& record = records_[index];
  RPCGATE_DCHECK(record.connections > 0);
  if (record.connections > 0) record.connections -= 1u;
  record.last_used_ns = to_ns(now);
}

// Its timer has fired. Armed anew when it lives on.
bool Table::run_out(std::uint32_t index, Instant now) noexcept {
  const PinholeRecord& record = records_[index];
  Instant due = now + record.idle;
  if (record.connections == 0)
    due = record.last_used() + (record.ever_used() ? record.idle : record.first_use);
  if (due <= now && record.connections == 0) return true;
  timers_.arm(timer_links(), index, due, now);
  return false;
}

void Table::close(std::uint32_t index, Instant now) noexcept {
  const PinholeRecord& record = records_[index];
  timers_.cancel(timer_links(), index);
  bury(record, now);
  index_.erase(hash_of(record.key), reference_to(index, by_key));
  index_.erase(hash_of(target_of(record)), reference_to(index, by_target));
  tally_.subtract(client_tally(record.key.client), of_pinholes);
  tally_.subtract(rule_tally(record.rule), of_pinholes);
  records_.free(index);
}

std::uint32_t Table::find_tombstone(const PinholeKey& key) const noexcept {
  return buried_index_.find(hash_of(key), [&](std::uint32_t i) { return buried_[i].key == key; });
}

bool Table::was_held(const PinholeKey& key, Instant now) const noexcept {
  const std::uint32_t index = find_tombstone(key);
  return index != no_index && buried_[index].until > now;
}

void Table::bury(const PinholeRecord& record, Instant now) noexcept {
  if (record.tombstone <= Duration{}) return;
  if (const std::uint32_t old = find_tombstone(record.key); old != no_index) unbury(old);
  std::uint32_t index = buried_.allocate();
  if (index == arena::none && first_buried_ != no_index) {  // the oldest makes room
    unbury(first_buried_);
    index = buried_.allocate();
  }
  if (index == arena::none) return;
  if (!buried_index_.insert(hash_of(record.key), index)) return buried_.free(index);
  Tombstone& stone = buried_[index];
  stone = {record.key, record.server,         record.server_port, 0, last_buried_, no_index,
           0,          now + record.tombstone};
  if (last_buried_ != no_index)
    buried_[last_buried_].next = index;
  else
    first_buried_ = index;
  last_buried_ = index;
}

void Table::unbury(std::uint32_t index) noexcept {
  const Tombstone& stone = buried_[index];
  if (stone.next != no_index)
    buried_[stone.next].previous = stone.previous;
  else
    last_buried_ = stone.previous;
  if (stone.previous != no_index)
    buried_[stone.previous].next = stone.next;
  else
    first_buried_ = stone.next;
  buried_index_.erase(hash_of(stone.key), index);
  buried_.free(index);
}

void Table::forget_tombstones(Instant now, std::uint32_t budget) noexcept {
  while (budget-- > 0 && first_buried_ != no_index && buried_[first_buried_].until <= now)
    unbury(first_buried_);
}

}  // namespace rpcgate::pinhole
