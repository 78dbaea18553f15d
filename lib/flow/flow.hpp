// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// One flow of a worker's table, as the stages handle it: its number and where its parts lie. As
// small as a reference and passed by value; valid until the flow is erased. Worker core.
#pragma once

#include <algorithm>

#include "flow/record.hpp"

namespace rpcgate::flow {

class Flow {
 public:
  Flow(std::uint32_t index, FlowRecord& record, FlowDetails& details,
       const FlowAddresses& addresses) noexcept
      : record_(&record), details_(&details), addresses_(&addresses), index_(index) {}

  std::uint32_t index() const noexcept { return index_; }
  FlowRecord* operator->() const noexcept { return record_; }
  FlowRecord& record() const noexcept { return *record_; }
  FlowDetails& details() const noexcept { return *details_; }

  bool has(FlowFlag f) const noexcept { return record_->has(f); }
  bool is_tcp() const noexcept { return record_->is_tcp(); }
  Instant opened() const noexcept { return details_->opened; }
  std::uint64_t pinhole_id() const noexcept { return details_->pinhole_id; }

  FlowKey key(Direction d) const noexcept {
    FlowKey key = unpacked(record_->ends(d), record_->protocol);
    if (!has(FlowFlag::ipv6)) return key;
    const FlowAddresses::Pair& pair = addresses_->of[static_cast<std::size_t>(d)];
    key.source = pair.source;
    key.destination = pair.destination;
    return key;
  }
  wire::Endpoint client() const noexcept { return source_of(Direction::from_client); }
  // The address and port that the client dialled.
  wire::Endpoint outer() const noexcept { return destination_of(Direction::from_client); }
  wire::Endpoint server() const noexcept { return source_of(Direction::from_server); }
  // The client as the server sees it.
  wire::Endpoint client_seen() const noexcept { return destination_of(Direction::from_server); }

  // When this end was last heard of, and either.
  Instant heard(Direction d, Instant now) const noexcept {
    return instant_of(record_->heard[static_cast<std::size_t>(d)], now);
  }
  Instant last_seen(Instant now) const noexcept {
    return std::max(heard(Direction::from_client, now), heard(Direction::from_server, now));
  }
  void heard_at(Direction d, Instant when) const noexcept {
    record_->heard[static_cast<std::size_t>(d)] = stamp_of(when);
  }
  void seen_at(Instant now) const noexcept {
    heard_at(Direction::from_client, now);
    heard_at(Direction::from_server, now);
  }
  // Octets of IP packets so far.
  std::uint64_t bytes(Direction d) const noexcept {
    const auto i = static_cast<std::size_t>(d);
    return std::uint64_t{details_->bytes_high[i]} << 32 | record_->bytes[i];
  }
  // A packet of this direction, of so many octets, has passed.
  [[gnu::always_inline]] void count(Direction d, std::uint32_t size, Stamp now) const noexcept {
    const auto i = static_cast<std::size_t>(d);
    FlowRecord& r = *record_;
    r.heard[i] = now;
    const std::uint32_t packets = r.packets[i] + 1;
    const std::uint32_t bytes = r.bytes[i] + size;
    r.packets[i] = packets;
    r.bytes[i] = bytes;
    if (r.probes[i] != 0) [[unlikely]]
      r.probes[i] = 0;
    if (packets == 0 || bytes < size) [[unlikely]]
      carry(i, packets == 0, bytes < size);
  }

 private:
  // The low half of a count has begun anew.
  void carry(std::size_t i, bool of_packets, bool of_bytes) const noexcept {
    if (of_packets) details_->packets_high[i] += 1u;
    if (of_bytes) details_->bytes_high[i] += 1u;
  }
  wire::Endpoint source_of(Direction d) const noexcept {
    const FlowKey k = key(d);
    return {k.source, k.source_port};
  }
  wire::Endpoint destination_of(Direction d) const noexcept {
    const FlowKey k = key(d);
    return {k.destination, k.destination_port};
  }

  FlowRecord* record_;
  FlowDetails* details_;
  const FlowAddresses* addresses_;
  std::uint32_t index_;
};

}  // namespace rpcgate::flow
