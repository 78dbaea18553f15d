// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "arena/region.hpp"

#include <algorithm>
#include <bit>
#include <new>

#include <sys/mman.h>
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

Region::Region(std::uint32_t record_size, std::uint32_t capacity, unsigned workers) noexcept
    : record_size_(record_size) {
  capacity = std::min(std::max(capacity, 1u), most_records);
  chunk_shift_ = chunk_shift_for(capacity, workers);
  const auto whole = static_cast<std::uint32_t>(aligned(capacity, chunk_records()));
  const std::size_t chunks_at = aligned(sizeof(RegionHeader), 64);
  const std::size_t links_at =
      aligned(chunks_at + std::size_t{whole >> chunk_shift_} * sizeof(Chunk), 64);
  const std::size_t records_at = aligned(links_at + std::size_t{whole} * 2, 4096);
  mapped_size_ = aligned(records_at + std::size_t{whole} * record_size, 4096);
  std::uint64_t seed[2];
  if (getrandom(seed, sizeof(seed), 0) != sizeof(seed)) return;
  void* memory = mmap(nullptr, mapped_size_, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return;
  // Large pages where the kernel gives them without a reservation; the reserved ones are DPDK's.
  static_cast<void>(madvise(memory, mapped_size_, MADV_HUGEPAGE));
  base_ = static_cast<std::byte*>(memory);
  capacity_ = whole;
  header_ = ::new (memory) RegionHeader{region_magic,
                                        layout_version,
                                        record_size,
                                        whole,
                                        chunk_records(),
                                        workers,
                                        shard_function_toeplitz_6d5a,
                                        {seed[0], seed[1]},
                                        std::uint64_t{none}};
  chunks_ = reinterpret_cast<Chunk*>(base_ + chunks_at);
  links_ = reinterpret_cast<std::uint16_t*>(base_ + links_at);
  records_ = base_ + records_at;
  for (std::uint32_t number = chunk_count(); number-- > 0;) {
    ::new (static_cast<void*>(&chunks_[number])) Chunk{};
    chunks_[number].owner.store(none, std::memory_order_relaxed);
    push(number);
  }
}

Region::~Region() {
  if (base_ != nullptr) munmap(base_, mapped_size_);
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
