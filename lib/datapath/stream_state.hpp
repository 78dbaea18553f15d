// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What the stream stage owns on one worker: its records of inspected flows, the blocks that keep
// bytes, their timers, and memory to put bytes together in. Made before the first turn; used by
// stages/stream.cpp alone.
#pragma once

#include <type_traits>
#include <vector>

#include "arena/timer_wheel.hpp"
#include "arena/worker_pool.hpp"
#include "datapath/stages/stages.hpp"
#include "inspect/association.hpp"
#include "inspect/groups.hpp"
#include "tcp/stream.hpp"

namespace rpcgate::datapath {

// What one inspected flow adds to its flow record. Plain data, linked by index.
struct StreamRecord {
  arena::TimerLinks timer;
  std::uint32_t flow = 0;
  tcp::Stream stream;
  inspect::Association association;
};
static_assert(std::is_trivially_copyable_v<StreamRecord>);

inline constexpr std::size_t largest_pdu = 65536, largest_packet = 9216;

struct StreamState {
  explicit StreamState(const StreamConfig& config, std::uint32_t budget)
      : record_arena(config.streams),
        block_arena(budget),
        block_budget(budget),
        groups(config.groups, config.group_life) {}

  arena::Arena<StreamRecord> record_arena;
  tcp::BlockArena block_arena;
  arena::WorkerPool<StreamRecord> records{record_arena};
  tcp::BlockPool blocks{block_arena};
  std::uint32_t block_budget;
  arena::TimerWheel timers;
  inspect::AssociationGroups groups;
  std::vector<std::byte> scratch;  // lint: at start
  std::vector<std::byte> packet;   // lint: at start

  arena::TimerLinks& timer_of(std::uint32_t index) noexcept { return records[index].timer; }
};

}  // namespace rpcgate::datapath
