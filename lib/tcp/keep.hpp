// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// How bytes of a half come to be kept: in blocks, or, when they were read in the packet they leave
// with, as pins first. The engine knows blocks alone: it has the pins spilled before it looks.
#pragma once

#include "base/check.hpp"
#include "tcp/stream.hpp"

namespace rpcgate::tcp {

// In blocks. False: there are no more.
inline bool keep(Half& mine, BlockPool& blocks, Seq at, Bytes bytes) noexcept {
  if (mine.kept.empty() || mine.kept.end(blocks) != at) mine.run_start = at;
  return mine.kept.append(blocks, at, bytes);
}

// False: no block for one of them.
inline bool spill(Half& mine, BlockPool& blocks) noexcept {
  for (const Pin& pin : mine.pins.view())
    if (!keep(mine, blocks, pin.at, pin.view())) return false;
  mine.pins.count = 0;
  return true;
}

// Makes room for `count` pins. `limit`: how many bytes of blocks the half may have. False: there is
// none, and nothing was done.
inline bool make_room(Half& mine, BlockPool& blocks, std::uint64_t limit,
                      std::size_t count) noexcept {
  if (mine.pins.room() >= count) return true;
  const std::size_t most = mine.pins.count;  // a block each
  if (blocks.at_hand() < most || (mine.kept.blocks + most) * sizeof(Block) > limit) return false;
  const bool spilled = spill(mine, blocks);
  RPCGATE_DCHECK(spilled);
  return spilled;
}

// Bytes that were read in the packet at `at` and left with it. There is room.
inline void pin(Half& mine, Seq at, Bytes bytes) noexcept {
  mine.pins.add(at, bytes);
  mine.unit_end = mine.pins.view().back().end();
}

}  // namespace rpcgate::tcp
