// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A flow written out: what Table::insert() is given, and what other cores are shown.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/clock.hpp"
#include "flow/record.hpp"

namespace rpcgate::flow {

struct FlowImage {
  std::uint32_t generation = 0;  // shown; not taken over
  FlowKey from_client;           // what the client sends
  FlowKey from_server;           // what the server sends
  Rewrite rewrite;               // nat::prepare() fills it
  std::uint32_t rule = 0;
  std::uint32_t policy_generation = 0;
  std::uint32_t stream = no_index;
  std::uint16_t flags = 0;  // FlowFlag
  TcpPhase phase = TcpPhase::none;
  stats::Reason cut_reason = stats::Reason::none;
  std::uint64_t pinhole_id = 0;
  Instant opened{};
  std::array<Instant, 2> heard{};  // by Direction
  std::array<std::uint64_t, 2> packets{};
  std::array<std::uint64_t, 2> bytes{};

  const FlowKey& key(Direction d) const noexcept {
    return d == Direction::from_client ? from_client : from_server;
  }
  bool has(FlowFlag f) const noexcept { return (flags & static_cast<std::uint16_t>(f)) != 0; }
  void set(FlowFlag f) noexcept { flags |= static_cast<std::uint16_t>(f); }
  void unset(FlowFlag f) noexcept {
    flags &= static_cast<std::uint16_t>(~static_cast<unsigned>(f));
  }
  bool is_tcp() const noexcept {
    return from_client.protocol == static_cast<std::uint8_t>(wire::Protocol::tcp);
  }
  wire::Endpoint client() const noexcept { return {from_client.source, from_client.source_port}; }
  // The address and port that the client dialled.
  wire::Endpoint outer() const noexcept {
    return {from_client.destination, from_client.destination_port};
  }
  wire::Endpoint server() const noexcept { return {from_server.source, from_server.source_port}; }
  // The client as the server sees it.
  wire::Endpoint client_seen() const noexcept {
    return {from_server.destination, from_server.destination_port};
  }
  Instant last_seen() const noexcept { return std::max(heard[0], heard[1]); }
};

inline bool is_v6(const FlowKey& key) noexcept {
  return !key.source.is_v4() || !key.destination.is_v4();
}

// Its parts, as a table keeps them; the details are its own business.
inline FlowRecord record_of(const FlowImage& image) noexcept {
  FlowRecord r;
  r.both_ends = {packed(image.from_client), packed(image.from_server)};
  r.rewrite = image.rewrite;
  r.rule = image.rule;
  r.policy_generation = image.policy_generation;
  r.stream = image.stream;
  r.flags = image.flags;
  if (is_v6(image.from_client)) r.set(FlowFlag::ipv6);
  r.protocol = image.from_client.protocol;
  r.phase = image.phase;
  r.cut_reason = image.cut_reason;
  for (std::size_t d = 0; d < 2; ++d) r.heard[d] = stamp_of(image.heard[d]);
  return r;
}

inline FlowAddresses addresses_of(const FlowImage& image) noexcept {
  return {{{{image.from_client.source, image.from_client.destination},
            {image.from_server.source, image.from_server.destination}}}};
}

}  // namespace rpcgate::flow
