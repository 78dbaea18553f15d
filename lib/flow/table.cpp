// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "flow/table.hpp"

#include <algorithm>
#include <array>

namespace rpcgate::flow {
namespace {

constexpr unsigned of_flows = 0;  // kinds of the tally
constexpr unsigned of_half_open = 1;

// What the index holds: a record and the direction whose key it is.
constexpr std::uint32_t reference_to(std::uint32_t index, Direction d) noexcept {
  return index << 1 | static_cast<std::uint32_t>(d);
}
constexpr std::uint32_t index_in(std::uint32_t reference) noexcept {
  return reference >> 1;
}
constexpr Direction direction_in(std::uint32_t reference) noexcept {
  return static_cast<Direction>(reference & 1);
}

arena::TallyKey tally_key(const FlowRecord& record) noexcept {
  return {record.from_client.source, 0};
}

}  // namespace

Result<std::unique_ptr<Arenas>> Arenas::create(std::uint32_t flows, unsigned workers) {
  auto arenas = std::make_unique<Arenas>(flows, workers);  // lint: control core
  if (arenas->records.capacity() == 0 || arenas->clients.capacity() == 0)
    return fail(ErrorCode::exhausted, "no memory for " + std::to_string(flows) + " flows");
  return arenas;
}

Table::Table(Arenas& arenas, unsigned worker) noexcept
    : records_(arenas.records, worker),
      clients_(arenas.clients, worker),
      index_(std::uint64_t{arenas.records.capacity()} * 2),
      seed_{arenas.records.seed(0), arenas.records.seed(1)} {}

Found Table::find(const FlowKey& key, std::uint64_t hash) const noexcept {
  const std::uint32_t reference = index_.find(
      hash, [&](std::uint32_t r) { return records_[index_in(r)].key(direction_in(r)) == key; });
  if (reference == arena::none) return {};
  return {index_in(reference), direction_in(reference)};
}

Found Table::lookup(const FlowKey& key) const noexcept {
  return find(key, hash_of(key));
}

void Table::lookup_bulk(std::span<const FlowKey> keys, std::span<Found> found) const noexcept {
  constexpr std::size_t batch = 32;
  std::array<std::uint64_t, batch> hashes;
  for (std::size_t done = 0; done < keys.size(); done += batch) {
    const std::size_t size = std::min(batch, keys.size() - done);
    for (std::size_t i = 0; i < size; ++i) {
      hashes[i] = hash_of(keys[done + i]);
      index_.prefetch(hashes[i]);
    }
    for (std::size_t i = 0; i < size; ++i) {
      const std::uint32_t reference = index_.guess(hashes[i]);
      if (reference == arena::none) continue;
      const FlowRecord& record = records_[index_in(reference)];
      __builtin_prefetch(&record.key(direction_in(reference)));
      __builtin_prefetch(&record.opened);
      __builtin_prefetch(&record.tcp);
    }
    for (std::size_t i = 0; i < size; ++i) found[done + i] = find(keys[done + i], hashes[i]);
  }
}

Inserted Table::insert(const FlowRecord& record) noexcept {
  using Result = Inserted::Result;
  const std::uint64_t client_hash = hash_of(record.from_client);
  const std::uint64_t server_hash = hash_of(record.from_server);
  if (record.from_client == record.from_server || find(record.from_client, client_hash) ||
      find(record.from_server, server_hash))
    return {Result::exists, no_index};
  const std::uint32_t index = records_.allocate();
  if (index == arena::none) return {};
  const std::uint32_t client_reference = reference_to(index, Direction::from_client);
  if (!clients_.add(tally_key(record), of_flows)) {
    records_.free(index);
    return {};
  }
  if (!index_.insert(client_hash, client_reference)) {
    clients_.subtract(tally_key(record), of_flows);
    records_.free(index);
    return {};
  }
  if (!index_.insert(server_hash, reference_to(index, Direction::from_server))) {
    index_.erase(client_hash, client_reference);
    clients_.subtract(tally_key(record), of_flows);
    records_.free(index);
    return {};
  }
  if (record.has(FlowFlag::half_open)) clients_.add(tally_key(record), of_half_open);
  records_.publish(index, record);
  return {Result::inserted, index};
}

void Table::established(std::uint32_t index) noexcept {
  FlowRecord& record = records_[index];
  if (!record.has(FlowFlag::half_open)) return;
  record.unset(FlowFlag::half_open);
  clients_.subtract(tally_key(record), of_half_open);
}

void Table::erase(std::uint32_t index) noexcept {
  const FlowRecord& record = records_[index];
  RPCGATE_DCHECK(!record.timer.armed());
  established(index);
  clients_.subtract(tally_key(record), of_flows);
  index_.erase(hash_of(record.from_client), reference_to(index, Direction::from_client));
  index_.erase(hash_of(record.from_server), reference_to(index, Direction::from_server));
  records_.free(index);
}

ClientCounts Table::counts_of(const wire::IpAddress& client) const noexcept {
  return {clients_.count({client, 0}, of_flows), clients_.count({client, 0}, of_half_open)};
}

std::uint32_t Table::index_of_id(std::uint64_t id) const noexcept {
  const auto index = static_cast<std::uint32_t>(id);
  return records_.owns(index) && id_of(index) == id ? index : no_index;
}

}  // namespace rpcgate::flow
