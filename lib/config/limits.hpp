// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Every limit and timeout of the product, with its default. Bounds, unit, scope and help of each
// are in config/limit_options.hpp; docs/reference/limits.md is made from both. Trivially copyable:
// a rule holds its own copy where it overrides some.
#pragma once

#include <cstdint>

#include "base/clock.hpp"

namespace rpcgate::config {

// What one direction of a connection may hold at most: workers take scratch memory of this size.
inline constexpr std::uint32_t largest_held_bytes = 1u << 20;

struct Limits {
  // The box: arenas taken at start, all workers together.
  std::uint32_t flows = 262144;
  std::uint32_t pinholes = 65536;
  std::uint32_t associations = 65536;
  std::uint32_t items = 262144;  // contexts, calls and groups of all associations

  // A client (one outer address; perhaps a branch of 500 users behind it), and a rule.
  std::uint32_t flows_per_client = 32768;
  std::uint32_t half_open_per_client = 2048;
  std::uint32_t pinholes_per_client = 1024;
  std::uint32_t pinholes_per_rule = 16384;
  std::uint32_t connections_per_pinhole = 8192;
  std::uint16_t lowest_tower_port = 1024;  // a mapper's answer may not name a port below

  // A pinhole's life.
  Duration pinhole_first_use = seconds{120};
  Duration pinhole_idle = seconds{3600};
  Duration pinhole_tombstone = seconds{86400};

  // A flow's life.
  Duration tcp_handshake = seconds{30};
  Duration tcp_idle = seconds{7440};
  Duration probe_after = seconds{25};
  Duration probe_interval = seconds{5};
  std::uint32_t probes = 6;
  Duration tcp_closing = seconds{60};
  Duration udp_idle = seconds{120};

  // One RPC connection.
  std::uint32_t presentation_contexts = 64;
  std::uint32_t security_contexts = 16;
  std::uint32_t outstanding_calls = 256;
  std::uint32_t fragments_per_call = 1024;
  std::uint32_t call_bytes = 4u << 20;
  std::uint32_t mapper_request_bytes = 4u << 10;
  std::uint32_t activation_bytes = 16u << 10;
  std::uint32_t mapper_answer_bytes = 64u << 10;

  // Of a worker, for all its clients.
  std::uint32_t association_groups = 16384;
  Duration association_group_life = seconds{3600};

  // Sessions whose clients may be notified.
  std::uint32_t notification_sessions = 16384;
  Duration notification_grace = seconds{90};

  // The stream stage.
  std::uint32_t held_bytes = 128u << 10;
  std::uint32_t out_of_order_bytes = 64u << 10;
  std::uint32_t out_of_order_segments = 512;
  std::uint32_t pinned_bytes = 1u << 20;
  std::uint64_t stream_memory_per_client = 16ull << 20;
  std::uint64_t stream_memory = 64ull << 20;
  Duration association_group_amnesty = seconds{60};

  // How long RPC connections may keep others waiting.
  Duration fragment_wait = seconds{30};
  Duration mapper_bind_wait = seconds{10};
  Duration mapper_request_wait = seconds{30};
  Duration mapper_idle = seconds{60};

  Duration stream_stall = seconds{10};
  Duration custody_timeout = seconds{60};

  // IP fragments that wait for the rest of their datagram.
  std::uint32_t fragment_datagrams = 1024;
  std::uint32_t fragment_datagrams_per_source = 64;
  std::uint32_t fragments_per_datagram = 48;
  std::uint32_t fragments_held = 1024;
  std::uint32_t fragments_held_per_source = 256;
  Duration fragment_timeout = seconds{15};

  // Between the planes.
  std::uint32_t event_ring = 4096;
  std::uint32_t handover_ring = 2048;
  std::uint32_t neighbour_queue = 64;
  Duration neighbour_timeout = seconds{3};
};

}  // namespace rpcgate::config
