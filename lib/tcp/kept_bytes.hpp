// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Stream bytes the gateway keeps: pins (judged content, until the far end acknowledged it), bytes
// in custody, and segments that came out of order. A chain of small blocks in sequence order, from
// the worker's own budgeted arena; linked by index, so a record that holds a chain can be copied.
//
//   head -> [seq 100, 24 bytes] -> [seq 5840, 112 bytes] -> [seq 5952, 40 bytes] <- tail
//            a pin                  a PDU that is held: contiguous blocks
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "arena/worker_pool.hpp"
#include "base/bytes.hpp"
#include "tcp/sequence.hpp"

namespace rpcgate::tcp {

inline constexpr std::uint32_t no_block = 0xffffffff;

struct Block {
  std::uint32_t next;
  std::uint32_t seq;
  std::uint32_t length;
  std::array<std::byte, 116> bytes;

  Seq begin() const noexcept { return Seq{seq}; }
  Seq end() const noexcept { return Seq{seq + length}; }
};
static_assert(sizeof(Block) == 128);
inline constexpr std::size_t block_capacity = sizeof(Block::bytes);

using BlockArena = arena::Arena<Block>;
using BlockPool = arena::WorkerPool<Block>;

// One chain. Trivially copyable state; every operation names the pool its blocks come from.
struct Chain {
  std::uint32_t head = no_block;
  std::uint32_t tail = no_block;
  std::uint32_t blocks = 0;

  bool empty() const noexcept { return head == no_block; }
  Seq begin(const BlockPool& pool) const noexcept;  // not empty
  Seq end(const BlockPool& pool) const noexcept;    // not empty

  // Adds bytes at or after the end of the chain. False when the pool is empty; then a part may have
  // been added.
  bool append(BlockPool& pool, Seq at, Bytes bytes) noexcept;

  // Adds bytes anywhere; where the chain already has bytes, those stay (the first wins). False when
  // the pool is empty; then a part may have been added.
  bool insert(BlockPool& pool, Seq at, Bytes bytes) noexcept;

  // Gives back every block that lies wholly below `mark`.
  void drop_below(BlockPool& pool, Seq mark) noexcept;
  void clear(BlockPool& pool) noexcept;

  // Copies kept bytes over `target`, which lies at `at`, wherever the two meet. True when that
  // changed a byte.
  bool overlay(const BlockPool& pool, Seq at, MutableBytes target) const noexcept;

  // Copies `source`, which lies at `at`, over kept bytes, wherever the two meet.
  void rewrite(BlockPool& pool, Seq at, Bytes source) noexcept;

  // The first kept bytes of [begin, end), as far as they lie together, `most` of them at the most.
  // False: there are none.
  struct Run {
    Seq begin;
    std::size_t size = 0;
    std::uint32_t block = no_block;  // in which they begin
  };
  bool find_run(const BlockPool& pool, Seq begin, Seq end, std::size_t most,
                Run& run) const noexcept;
  void copy_run(const BlockPool& pool, const Run& run, MutableBytes out) const noexcept;

  // Copies the bytes at [from, from + out.size()) out; false when some of them are not kept.
  bool read(const BlockPool& pool, Seq from, MutableBytes out) const noexcept;
};

}  // namespace rpcgate::tcp
