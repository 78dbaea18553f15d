// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A list of packets between two stages. A burst owns its mbufs: who takes one out passes it on to
// another burst, drops it (Context::drop) or keeps it (and says so: Context::kept). Not cleared at
// construction beyond its size, so a turn costs no stores.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "base/check.hpp"

struct rte_mbuf;

namespace rpcgate::datapath {

class Burst {
 public:
  // As many packets as one turn may take in (Context::turn_budget), with room for what stages add.
  static constexpr std::size_t capacity = 512;

  Burst() noexcept {}  // NOLINT: mbufs_ stays uninitialised by intent
  Burst(const Burst&) = delete;
  Burst& operator=(const Burst&) = delete;

  [[nodiscard]] bool push(rte_mbuf* mbuf) noexcept {
    if (size_ == capacity) [[unlikely]]
      return false;
    mbufs_[size_++] = mbuf;
    return true;
  }
  std::size_t size() const noexcept { return size_; }
  std::size_t room() const noexcept { return capacity - size_; }
  bool empty() const noexcept { return size_ == 0; }
  rte_mbuf* operator[](std::size_t i) const noexcept {
    RPCGATE_DCHECK(i < size_);
    return mbufs_[i];
  }
  // The packets; the burst still owns them until clear().
  std::span<rte_mbuf* const> view() const noexcept { return {mbufs_.data(), size_}; }
  rte_mbuf* const* begin() const noexcept { return mbufs_.data(); }
  rte_mbuf* const* end() const noexcept { return mbufs_.data() + size_; }
  // Forgets them: they were all passed on, dropped or kept.
  void clear() noexcept { size_ = 0; }
  // For rx: where to write up to room() packets, and how many were written.
  rte_mbuf** tail() noexcept { return mbufs_.data() + size_; }
  void grow(std::size_t n) noexcept {
    RPCGATE_DCHECK(n <= room());
    size_ += n;
  }

 private:
  std::array<rte_mbuf*, capacity> mbufs_;
  std::size_t size_ = 0;
};

}  // namespace rpcgate::datapath
