// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Records of one kind, shared by all workers: each worker allocates through its own WorkerPool
// (arena/worker_pool.hpp) from chunks it has borrowed; the control core reads records by index.
//
// A record type that is shown to the control core
//   - begins with `std::uint32_t generation`: odd = live (1 mod 4: at rest, 3 mod 4: being
//   written);
//   - has `static constexpr std::size_t shown_size`: its first bytes, a multiple of 8, that may be
//     read by others: identity, written by publish()/rewrite() only, and Relaxed<> fields. What
//     follows is the worker's alone.
// Others (buffers, items) need neither.
#pragma once

#include <memory>
#include <string>
#include <type_traits>

#include "arena/region.hpp"
#include "arena/shown.hpp"
#include "base/result.hpp"

namespace rpcgate::arena {

template <class T>
class Arena {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  // Control core, before workers start. Room for at least `capacity` records; capacity() is 0 when
  // there is no memory: then every allocation fails.
  explicit Arena(std::uint32_t capacity, unsigned workers = 1) noexcept
      : region_(sizeof(T), capacity, workers) {}
  static Result<std::unique_ptr<Arena>> create(std::uint32_t capacity, unsigned workers) {
    auto arena = std::make_unique<Arena>(capacity, workers);  // lint: control core
    if (!arena->region_.mapped())
      return fail(ErrorCode::exhausted, "no memory for " + std::to_string(capacity) +
                                            " records of " + std::to_string(sizeof(T)) + " bytes");
    return arena;
  }

  std::uint32_t capacity() const noexcept { return region_.capacity(); }
  std::uint32_t in_use() const noexcept { return region_.records_in_use(); }
  Region& region() noexcept { return region_; }
  const Region& region() const noexcept { return region_; }
  std::uint64_t seed(unsigned i) const noexcept {
    return region_.mapped() ? region_.header().hash_seed[i] : 0;
  }

  T& operator[](std::uint32_t index) noexcept {
    return *std::launder(reinterpret_cast<T*>(region_.records()) + index);
  }
  const T& operator[](std::uint32_t index) const noexcept {
    return *std::launder(reinterpret_cast<const T*>(region_.records()) + index);
  }

  // Any core: the shown part of a live record into `out`. False: there is none at this index. The
  // identity is that of one and the same record; Relaxed<> fields need not agree with each other.
  // All workers share the arena: iterate [0, capacity()) once, not once a worker.
  bool read_record(std::uint32_t index, T& out) const noexcept {
    return read_shown<T>(region_.record(index), out);
  }
  // `beside()`: arena/shown.hpp.
  template <class Beside>
  bool read_record(std::uint32_t index, T& out, Beside&& beside) const noexcept {
    return read_shown<T>(region_.record(index), out, static_cast<Beside&&>(beside));
  }
  // Any core: which worker the record's chunk is lent to; none: to nobody.
  std::uint32_t owner_of(std::uint32_t index) const noexcept {
    return region_.chunk(region_.chunk_of(index)).owner.load(std::memory_order_relaxed);
  }

 private:
  Region region_;
};

}  // namespace rpcgate::arena
