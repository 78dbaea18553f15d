// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Small pieces of state that hang on a record by lists of numbers (presentation contexts, security
// contexts, outstanding calls): 64 bytes each, trivially copyable, of a type the user knows. One
// pool a worker over one arena of all workers. Worker core.
#pragma once

#include <array>
#include <new>

#include "arena/worker_pool.hpp"

namespace rpcgate::arena {

inline constexpr std::size_t item_size = 64;
struct alignas(64) Item {
  std::array<std::byte, item_size> bytes;
};
using ItemArena = Arena<Item>;

class ItemPool {
 public:
  explicit ItemPool(ItemArena& arena, unsigned worker = 0) noexcept : pool_(arena, worker) {}

  // The number of an item that is T{} now, or none (0xffffffff) when the pool is empty.
  template <class T>
  std::uint32_t make() noexcept {
    static_assert(fits<T>);
    const std::uint32_t index = pool_.allocate();
    if (index != none) ::new (static_cast<void*>(pool_[index].bytes.data())) T{};
    return index;
  }
  // The item as what it was made.
  template <class T>
  T& get(std::uint32_t index) noexcept {
    static_assert(fits<T>);
    return *std::launder(reinterpret_cast<T*>(pool_[index].bytes.data()));
  }
  template <class T>
  const T& get(std::uint32_t index) const noexcept {
    static_assert(fits<T>);
    return *std::launder(reinterpret_cast<const T*>(pool_[index].bytes.data()));
  }
  void free(std::uint32_t index) noexcept { pool_.free(index); }
  std::uint32_t in_use() const noexcept { return pool_.in_use(); }
  // make() gives one for certain.
  bool has_room() const noexcept { return pool_.at_hand() != 0; }

 private:
  template <class T>
  static constexpr bool fits = std::is_trivially_copyable_v<T> && sizeof(T) <= item_size &&
                               alignof(T) <= alignof(Item);

  WorkerPool<Item> pool_;
};

}  // namespace rpcgate::arena
