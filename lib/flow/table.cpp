// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "flow/table.hpp"

#include <algorithm>
#include <array>

namespace rpcgate::flow {
namespace {

constexpr unsigned of_flows = 0;  // kinds of the tally
constexpr unsigned of_half_open = 1;

}  // namespace

Result<std::unique_ptr<Arenas>> Arenas::create(std::uint32_t flows, unsigned workers) {
  auto arenas = std::make_unique<Arenas>(flows, workers);  // lint: control core
  if (!arenas->ready())
    return fail(ErrorCode::exhausted, "no memory for " + std::to_string(flows) + " flows");
  return arenas;
}

bool Arenas::read(std::uint32_t index, Instant now, FlowImage& out) const noexcept {
  FlowRecord r;
  FlowDetails d;
  FlowAddresses a;
  const bool live = records.read_record(index, r, [&] {
    arena::read_beside(details[index], d);
    if (r.has(FlowFlag::ipv6)) arena::read_beside(addresses[index], a);
  });
  if (!live) return false;
  const Flow flow(index, r, d, a);
  out.generation = r.generation;
  out.from_client = flow.key(Direction::from_client);
  out.from_server = flow.key(Direction::from_server);
  out.rewrite = r.rewrite;
  out.rule = r.rule;
  out.policy_generation = r.policy_generation;
  out.stream = r.stream;
  out.flags = r.flags;
  out.phase = r.phase;
  out.cut_reason = r.cut_reason;
  out.pinhole_id = d.pinhole_id;
  out.opened = d.opened;
  for (const Direction side : {Direction::from_client, Direction::from_server}) {
    const auto i = static_cast<std::size_t>(side);
    out.heard[i] = std::max(flow.heard(side, now), d.opened);
    out.packets[i] = std::uint64_t{details[index].packets_high[i]} << 32 | r.packets[i];
    out.bytes[i] = flow.bytes(side);
  }
  return true;
}

Table::Table(Arenas& arenas, unsigned worker) noexcept
    : arenas_(arenas),
      records_(arenas.records, worker),
      clients_(arenas.clients, worker),
      index_(std::uint64_t{arenas.records.capacity()} * 2),
      seed_{arenas.records.seed(0), arenas.records.seed(1)} {}

std::uint64_t Table::hash_of(const FlowKey& key) const noexcept {
  if (is_v6(key)) return arena::keyed_hash<sizeof(FlowKey)>(&key, seed_);
  return hash_of(packed(key), key.protocol);
}

Found Table::find(const FlowKey& key, std::uint64_t hash) const noexcept {
  if (!is_v6(key)) return find(packed(key), key.protocol, hash);
  const std::uint32_t reference =
      index_.find(hash, [&](std::uint32_t r) { return matches(r, key); });
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
    for (std::size_t i = 0; i < size; ++i) hashes[i] = hash_of(keys[done + i]);
    for (std::size_t i = 0; i < size; ++i) prefetch(hashes[i]);
    for (std::size_t i = 0; i < size; ++i) static_cast<void>(guess(hashes[i]));
    for (std::size_t i = 0; i < size; ++i) found[done + i] = find(keys[done + i], hashes[i]);
  }
}

Inserted Table::insert(const FlowImage& image) noexcept {
  using Result = Inserted::Result;
  const std::uint64_t client_hash = hash_of(image.from_client);
  const std::uint64_t server_hash = hash_of(image.from_server);
  if (image.from_client == image.from_server || find(image.from_client, client_hash) ||
      find(image.from_server, server_hash))
    return {Result::exists, no_index};
  const std::uint32_t index = records_.allocate();
  if (index == arena::none) return {};
  const std::uint32_t client_reference = reference_to(index, Direction::from_client);
  const arena::TallyKey client{image.from_client.source, 0};
  if (!clients_.add(client, of_flows)) {
    records_.free(index);
    return {};
  }
  if (!index_.insert(client_hash, client_reference)) {
    clients_.subtract(client, of_flows);
    records_.free(index);
    return {};
  }
  if (!index_.insert(server_hash, reference_to(index, Direction::from_server))) {
    index_.erase(client_hash, client_reference);
    clients_.subtract(client, of_flows);
    records_.free(index);
    return {};
  }
  if (image.has(FlowFlag::half_open)) clients_.add(client, of_half_open);
  FlowDetails details;
  details.opened = image.opened;
  details.pinhole_id = image.pinhole_id;
  records_.publish(index, record_of(image), [&] {
    FlowDetails& its = arenas_.details[index];
    arena::write_beside(its, details);
    for (auto& high : its.packets_high) high = 0;
    its.timer = {};
    if (is_v6(image.from_client))
      arena::write_beside(arenas_.addresses[index], addresses_of(image));
  });
  return {Result::inserted, index};
}

void Table::established(std::uint32_t index) noexcept {
  const Flow flow = (*this)[index];
  if (!flow.has(FlowFlag::half_open)) return;
  flow->unset(FlowFlag::half_open);
  clients_.subtract({flow.client().address, 0}, of_half_open);
}

void Table::erase(std::uint32_t index) noexcept {
  const Flow flow = (*this)[index];
  RPCGATE_DCHECK(!flow.details().timer.armed());
  established(index);
  clients_.subtract({flow.client().address, 0}, of_flows);
  for (const Direction d : {Direction::from_client, Direction::from_server})
    index_.erase(hash_of(flow.key(d)), reference_to(index, d));
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
