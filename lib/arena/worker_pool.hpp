// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// One worker's allocator over an Arena: it borrows chunks of records and gives them back when they
// are wholly free and another has room, so that a worker with many records does not starve while
// others have room to spare. allocate() and free() are O(1). Used on that worker's core alone; a
// record is freed by the worker that allocated it.
#pragma once

#include "arena/arena.hpp"
#include "base/check.hpp"

namespace rpcgate::arena {

// The untyped half.
class ChunkedPool {
 public:
  ChunkedPool(Region& region, unsigned worker) noexcept : region_(region), worker_(worker) {}
  ~ChunkedPool();  // wholly free chunks go back; records in use stay where they are
  ChunkedPool(const ChunkedPool&) = delete;
  ChunkedPool& operator=(const ChunkedPool&) = delete;

  std::uint32_t allocate() noexcept;
  void free(std::uint32_t index) noexcept;
  std::uint32_t in_use() const noexcept { return in_use_; }
  bool owns(std::uint32_t index) const noexcept;
  // So many allocate() gives without borrowing; more perhaps.
  std::uint32_t at_hand() const noexcept {
    if (roomy_ == none) return 0;
    return region_.chunk_records() - region_.chunk(roomy_).used.load(std::memory_order_relaxed);
  }
  unsigned worker() const noexcept { return worker_; }

 private:
  void list(std::uint32_t number) noexcept;
  void unlist(std::uint32_t number) noexcept;

  Region& region_;
  unsigned worker_;
  std::uint32_t roomy_ = none;  // list of borrowed chunks that have a free record
  std::uint32_t in_use_ = 0;
};

template <class T>
class WorkerPool {
 public:
  explicit WorkerPool(Arena<T>& arena, unsigned worker = 0) noexcept
      : arena_(arena), pool_(arena.region(), worker) {}

  // The index of a record with whatever content it had, or none (0xffffffff).
  std::uint32_t allocate() noexcept { return pool_.allocate(); }
  void free(std::uint32_t index) noexcept {
    if constexpr (requires { T::shown_size; }) hide(arena_.region().record(index));
    pool_.free(index);
  }
  // For shown records. publish(): the allocated record gets this content and is live; its
  // generation is the arena's business and stays until it is rewritten or freed. rewrite(): the
  // same for a record that is live already, when its identity part changes.
  void publish(std::uint32_t index, const T& value) noexcept {
    write_shown<T>(arena_.region().record(index), value);
  }
  // `beside()`: arena/shown.hpp.
  template <class Beside>
  void publish(std::uint32_t index, const T& value, Beside&& beside) noexcept {
    write_shown<T>(arena_.region().record(index), value, static_cast<Beside&&>(beside));
  }
  void rewrite(std::uint32_t index, const T& value) noexcept { publish(index, value); }

  // What `generation` will be after publish().
  std::uint32_t next_generation(std::uint32_t index) const noexcept {
    return ((*this)[index].generation | 3) + 2;
  }

  T& operator[](std::uint32_t index) noexcept { return arena_[index]; }
  const T& operator[](std::uint32_t index) const noexcept {
    return static_cast<const Arena<T>&>(arena_)[index];
  }
  std::uint32_t in_use() const noexcept { return pool_.in_use(); }
  std::uint32_t at_hand() const noexcept { return pool_.at_hand(); }
  // In use, and allocated by this worker?
  bool owns(std::uint32_t index) const noexcept { return pool_.owns(index); }
  Arena<T>& arena() noexcept { return arena_; }
  const Arena<T>& arena() const noexcept { return arena_; }

  // Calls f(index) for this worker's records among the next `budget` ones from `from` on; what f
  // frees is no trouble. Returns where to go on, 0: all have been seen. Chunks of others count as
  // one record, so a whole round takes few turns.
  template <class F>
  std::uint32_t sweep(std::uint32_t from, std::uint32_t budget, F&& f) noexcept {
    const Region& region = arena_.region();
    std::uint32_t index = from;
    while (index < region.capacity() && budget > 0) {
      --budget;
      if (arena_.owner_of(index) != worker()) {
        index = (region.chunk_of(index) + 1) * region.chunk_records();
        continue;
      }
      if (pool_.owns(index)) f(index);
      ++index;
    }
    return index < region.capacity() ? index : 0;
  }

 private:
  unsigned worker() const noexcept { return pool_.worker(); }

  Arena<T>& arena_;
  ChunkedPool pool_;
};

}  // namespace rpcgate::arena
