// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "arena/worker_pool.hpp"

namespace rpcgate::arena {

ChunkedPool::~ChunkedPool() {
  std::uint32_t number = roomy_;
  while (number != none) {
    const std::uint32_t next = region_.chunk(number).next;
    if (region_.chunk(number).used.load(std::memory_order_relaxed) == 0)
      region_.return_chunk(number);
    number = next;
  }
}

void ChunkedPool::list(std::uint32_t number) noexcept {
  Chunk& chunk = region_.chunk(number);
  chunk.previous = none;
  chunk.next = roomy_;
  if (roomy_ != none) region_.chunk(roomy_).previous = number;
  roomy_ = number;
}

void ChunkedPool::unlist(std::uint32_t number) noexcept {
  Chunk& chunk = region_.chunk(number);
  if (chunk.next != none) region_.chunk(chunk.next).previous = chunk.previous;
  if (chunk.previous != none)
    region_.chunk(chunk.previous).next = chunk.next;
  else
    roomy_ = chunk.next;
  chunk.previous = chunk.next = none;
}

std::uint32_t ChunkedPool::allocate() noexcept {
  if (roomy_ == none) {
    const std::uint32_t number = region_.borrow_chunk(worker_);
    if (number == none) return none;
    list(number);
  }
  const std::uint32_t number = roomy_;
  Chunk& chunk = region_.chunk(number);
  const std::uint32_t base = number * region_.chunk_records();
  std::uint32_t index;
  if (chunk.free_head != none) {
    index = base + chunk.free_head;
    const std::uint16_t after = region_.link(index);
    chunk.free_head = after == Region::end_of_list ? none : after;
  } else {
    index = base + chunk.fresh++;
  }
  region_.link(index) = Region::in_use;
  const std::uint32_t used = chunk.used.load(std::memory_order_relaxed) + 1;
  chunk.used.store(used, std::memory_order_relaxed);
  if (used == region_.chunk_records()) unlist(number);
  ++in_use_;
  return index;
}

void ChunkedPool::free(std::uint32_t index) noexcept {
  RPCGATE_DCHECK(owns(index));
  if (!owns(index)) return;
  const std::uint32_t number = region_.chunk_of(index);
  Chunk& chunk = region_.chunk(number);
  region_.link(index) =
      chunk.free_head == none ? Region::end_of_list : static_cast<std::uint16_t>(chunk.free_head);
  chunk.free_head = index - number * region_.chunk_records();
  const std::uint32_t used = chunk.used.load(std::memory_order_relaxed);
  if (used == region_.chunk_records()) list(number);
  chunk.used.store(used - 1, std::memory_order_relaxed);
  --in_use_;
  if (used != 1) return;
  const bool another_has_room = roomy_ != number || chunk.next != none;
  if (!another_has_room) return;
  unlist(number);
  region_.return_chunk(number);
}

bool ChunkedPool::owns(std::uint32_t index) const noexcept {
  return index < region_.capacity() &&
         region_.chunk(region_.chunk_of(index)).owner.load(std::memory_order_relaxed) == worker_ &&
         region_.link(index) == Region::in_use;
}

}  // namespace rpcgate::arena
