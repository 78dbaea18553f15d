// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What the stream stage owns on one worker: its records of inspected flows, the blocks that keep
// bytes, their timers, and memory to put bytes together in. Made before the first turn; used by
// stages/stream.cpp, its common case in `fast` (common_stream.hpp) and stream_life.cpp alone.
#pragma once

#include <array>
#include <cstddef>
#include <type_traits>
#include <vector>

#include "arena/tally.hpp"
#include "arena/timer_wheel.hpp"
#include "arena/worker_pool.hpp"
#include "datapath/stages/stages.hpp"
#include "flow/shown_streams.hpp"
#include "inspect/association.hpp"
#include "inspect/groups.hpp"
#include "tcp/stream.hpp"

namespace rpcgate::datapath {

// What one inspected flow adds to its flow record. Plain data, linked by index.
struct alignas(64) StreamRecord {
  arena::TimerLinks timer;
  std::uint32_t flow = 0;
  std::uint32_t client = arena::none;  // the client's entry in StreamState::clients
  std::uint32_t blocks = 0;            // counted there
  bool shown = false;                  // its line of StreamState::shown says something
  // What every segment needs are the lines of the two halves, the stream's last one and the first
  // of the association (prefetch_stream()): so what is needed here, too, has the end of that line.
  [[no_unique_address]] tcp::Stream stream;
  bool shut = false;             // the server had no room for the client's next byte
  std::uint16_t waits_turn = 0;  // of that turn a packet waits for the stream stage
  inspect::Association association;
};
static_assert(std::is_trivially_copyable_v<StreamRecord>);
static_assert(offsetof(StreamRecord, waits_turn) / 64 ==
              (offsetof(StreamRecord, stream) + offsetof(tcp::Stream, peers)) / 64);

inline constexpr std::size_t largest_pdu = 65536, largest_packet = 9216;

struct StreamState {
  // Of a packet's payload. A datagram of 64 KiB in buffers of 2 KiB, or in fragments; what has more
  // is put together first.
  static constexpr std::size_t most_pieces = 64;
  using Pieces = std::array<MutableBytes, most_pieces>;
  // What StreamState::clients counts.
  static constexpr unsigned streams_of = 0, blocks_of = 1;

  explicit StreamState(const StreamConfig& config, std::uint32_t budget)
      : record_arena(config.streams),
        block_arena(budget),
        client_arena(config.streams),
        block_budget(budget),
        groups(config.groups, config.group_life),
        shown(config.streams) {}

  arena::Arena<StreamRecord> record_arena;
  tcp::BlockArena block_arena;
  arena::Arena<arena::TallyEntry> client_arena;
  arena::WorkerPool<StreamRecord> records{record_arena};
  tcp::BlockPool blocks{block_arena};
  arena::Tally clients{client_arena, 0};
  std::uint32_t block_budget;
  arena::TimerWheel timers;
  inspect::AssociationGroups groups;
  flow::ShownStreams shown;
  Pieces pieces;                   // of the packet at hand, when it is a chain
  std::vector<std::byte> scratch;  // lint: at start
  std::vector<std::byte> packet;   // lint: at start

  arena::TimerLinks& timer_of(std::uint32_t index) noexcept { return records[index].timer; }
};

}  // namespace rpcgate::datapath
