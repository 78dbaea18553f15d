// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The untyped half of an arena: one mapping that holds a header, the chunks that workers borrow,
// the free lists and the records. No pointer lies in it, so that a process that maps the same
// memory can take it over. Mapped by the control core before workers start; untouched pages cost
// nothing.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "arena/mapping.hpp"

namespace rpcgate::arena {

inline constexpr std::uint32_t none = 0xffffffff;  // no record, no chunk

inline constexpr std::uint64_t region_magic = 0x616e657261677072;  // "rpgarena"
inline constexpr std::uint32_t layout_version = 1;
inline constexpr std::uint32_t shard_function_toeplitz_6d5a = 1;  // dpdk/owner.hpp

struct RegionHeader {
  std::uint64_t magic;
  std::uint32_t layout_version;
  std::uint32_t record_size;
  std::uint32_t capacity;       // records, a multiple of chunk_records
  std::uint32_t chunk_records;  // a power of two
  std::uint32_t workers;
  std::uint32_t shard_function;  // by which outer addresses were divided among workers
  std::uint64_t hash_seed[2];    // of the indexes over these records
  // The stack of chunks nobody has borrowed: number of the top chunk, and above it a count of
  // changes, so that a chunk that went and came back between load and exchange is noticed (ABA).
  std::atomic<std::uint64_t> free_chunks;
};

struct Chunk {
  std::atomic<std::uint32_t> next_free;  // in the stack of free chunks
  std::atomic<std::uint32_t> owner;      // worker number, none: in the stack
  std::atomic<std::uint32_t> used;       // records in use; written by its owner
  // The owner's alone:
  std::uint32_t fresh;      // records from here on have not been used since it was borrowed
  std::uint32_t free_head;  // first free record within the chunk, none: only fresh ones
  std::uint32_t previous;   // the owner's list of chunks that have room
  std::uint32_t next;
  std::uint32_t spare;
};

class Region {
 public:
  // Control core. Memory is zero at first. When there is none the region has capacity 0.
  Region(std::uint32_t record_size, std::uint32_t capacity, unsigned workers) noexcept;
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  bool mapped() const noexcept { return capacity_ != 0; }
  std::size_t memory() const noexcept { return memory_.size(); }  // bytes
  const RegionHeader& header() const noexcept { return *header_; }
  std::uint32_t capacity() const noexcept { return capacity_; }
  std::uint32_t chunk_records() const noexcept { return 1u << chunk_shift_; }
  std::uint32_t chunk_of(std::uint32_t record) const noexcept { return record >> chunk_shift_; }
  std::uint32_t chunk_count() const noexcept { return capacity_ >> chunk_shift_; }
  Chunk& chunk(std::uint32_t number) const noexcept { return chunks_[number]; }
  std::byte* record(std::uint32_t index) const noexcept {
    return records_ + std::size_t{index} * record_size_;
  }
  std::byte* records() const noexcept { return records_; }
  // The next free record of the same chunk, counted within the chunk; `in_use` for one in use.
  std::uint16_t& link(std::uint32_t index) const noexcept { return links_[index]; }
  static constexpr std::uint16_t in_use = 0xfffe;
  static constexpr std::uint16_t end_of_list = 0xffff;

  // Any worker. none: every chunk is borrowed.
  std::uint32_t borrow_chunk(std::uint32_t worker) noexcept;
  void return_chunk(std::uint32_t number) noexcept;

  // Any core; exact only while nobody allocates.
  std::uint32_t records_in_use() const noexcept;

 private:
  // Where its parts lie, from its beginning on.
  struct Layout {
    std::uint32_t chunk_shift, capacity;
    std::size_t chunks_at, links_at, records_at, size;
    Layout(std::uint32_t record_size, std::uint32_t capacity, unsigned workers) noexcept;
  };
  Region(std::uint32_t record_size, unsigned workers, const Layout& layout) noexcept;
  void push(std::uint32_t number) noexcept;

  Mapping memory_;
  RegionHeader* header_ = nullptr;
  Chunk* chunks_ = nullptr;
  std::uint16_t* links_ = nullptr;
  std::byte* records_ = nullptr;
  std::uint32_t record_size_ = 0;
  std::uint32_t capacity_ = 0;
  std::uint32_t chunk_shift_ = 0;
};

}  // namespace rpcgate::arena
