// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "arena/region.hpp"

#include <algorithm>
#include <bit>
#include <new>

#include <sys/random.h>

namespace rpcgate::arena {
namespace {

constexpr std::uint32_t largest_chunk = 1024;
// References in indexes have one bit for the side of a flow, and all ones for none.
constexpr std::uint32_t most_records = 1u << 30;

constexpr std::size_t aligned(std::size_t size, std::size_t to) noexcept {
  return (size + to - 1) / to * to;
}

// Several chunks a worker, so that a worker with one record does not keep many from the others.
std::uint32_t chunk_shift_for(std::uint32_t capacity, unsigned workers) noexcept {
  const std::uint32_t share = std::max(1u, capacity / (std::max(1u, workers) * 4));
  return static_cast<std::uint32_t>(
      std::countr_zero(std::bit_floor(std::min(share, largest_chunk))));
}

}  // namespace

Region::Layout::Layout(std::uint32_t record_size, std::uint32_t wanted, unsigned workers) noexcept {
  wanted = std::min(std::max(wanted, 1u), most_records);
  chunk_shift = chunk_shift_for(wanted, workers);
  capacity = static_cast<std::uint32_t>(aligned(wanted, std::size_t{1} << chunk_shift));
  chunks_at = aligned(sizeof(RegionHeader), 64);
  links_at = aligned(chunks_at + std::size_t{capacity >> chunk_shift} * sizeof(Chunk), 64);
  records_at = aligned(links_at + std::size_t{capacity} * 2, 4096);
  size = records_at + std::size_t{capacity} * record_size;
}

Region::Region(std::uint32_t record_size, std::uint32_t capacity, unsigned workers) noexcept
    : Region(record_size, workers, Layout(record_size, capacity, workers)) {}

Region::Region(std::uint32_t record_size, unsigned workers, const Layout& layout) noexcept
    : memory_(layout.size), record_size_(record_size) {
  std::uint64_t seed[2];
  if (!memory_.mapped() || getrandom(seed, sizeof(seed), 0) != sizeof(seed)) return;
  std::byte* base = memory_.data();
  capacity_ = layout.capacity;
  chunk_shift_ = layout.chunk_shift;
  header_ = ::new (static_cast<void*>(base)) RegionHeader{region_magic,
                                                          layout_version,
                                                          record_size,
                                                          capacity_,
                                                          chunk_records(),
                                                          workers,
                                                          shard_function_toeplitz_6d5a,
                                                          {seed[0], seed[1]},
                                                          std::uint64_t{none}};
  chunks_ = reinterpret_cast<Chunk*>(base + layout.chunks_at);
  links_ = reinterpret_cast<std::uint16_t*>(base + layout.links_at);
  records_ = base + layout.records_at;
  for (std::uint32_t number = chunk_count(); number-- > 0;) {
    ::new (static_cast<void*>(&chunks_[number])) Chunk{};
    chunks_[number].owner.store(none, std::memory_order_relaxed);
    push(number);
  }
}

void Region::push(std::uint32_t number) noexcept {
  std::uint64_t head = header_->free_chunks.load(std::memory_order_relaxed);
  std::uint64_t wanted;
  do {
    chunks_[number].next_free.store(static_cast<std::uint32_t>(head), std::memory_order_relaxed);
    wanted = ((head >> 32) + 1) << 32 | number;
    // Release: who borrows the chunk sees its records as they were left.
  } while (!header_->free_chunks.compare_exchange_weak(head, wanted, std::memory_order_acq_rel,
                                                       std::memory_order_acquire));
}

std::uint32_t Region::borrow_chunk(std::uint32_t worker) noexcept {
  if (!mapped()) return none;
  std::uint64_t head = header_->free_chunks.load(std::memory_order_acquire);
  std::uint32_t number;
  std::uint64_t wanted;
  do {
    number = static_cast<std::uint32_t>(head);
    if (number == none) return none;
    const std::uint32_t next = chunks_[number].next_free.load(std::memory_order_relaxed);
    wanted = ((head >> 32) + 1) << 32 | next;
  } while (!header_->free_chunks.compare_exchange_weak(head, wanted, std::memory_order_acq_rel,
                                                       std::memory_order_acquire));
  Chunk& chunk = chunks_[number];
  chunk.used.store(0, std::memory_order_relaxed);
  chunk.fresh = 0;
  chunk.free_head = none;
  chunk.previous = chunk.next = none;
  chunk.owner.store(worker, std::memory_order_relaxed);
  return number;
}

void Region::return_chunk(std::uint32_t number) noexcept {
  chunks_[number].owner.store(none, std::memory_order_relaxed);
  push(number);
}

std::uint32_t Region::records_in_use() const noexcept {
  std::uint32_t sum = 0;
  for (std::uint32_t number = 0; number < chunk_count(); ++number)
    if (chunks_[number].owner.load(std::memory_order_relaxed) != none)
      sum += chunks_[number].used.load(std::memory_order_relaxed);
  return sum;
}

}  // namespace rpcgate::arena
