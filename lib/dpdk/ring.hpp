// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A ring of packets from one thread to one other (single producer, single consumer). Made on the
// control core, used by the workers: hand-over, kernel mirror, transmit by another worker.
#pragma once

#include <memory>
#include <string>

#include <rte_mbuf.h>
#include <rte_ring.h>

#include "base/result.hpp"
#include "dpdk/mempool.hpp"

namespace rpcgate::dpdk {

class PacketRing {
 public:
  PacketRing() = default;
  // `name` is unique in the process; room for `size` packets at least.
  static Result<PacketRing> make(const std::string& name, unsigned size);

  // Producer. How many were taken, from the front; the caller keeps the rest.
  unsigned push(rte_mbuf* const* packets, unsigned n) noexcept {
    return rte_ring_sp_enqueue_burst(ring_.get(), reinterpret_cast<void* const*>(packets), n,
                                     nullptr);
  }
  // Consumer.
  unsigned pop(rte_mbuf** packets, unsigned n) noexcept {
    return rte_ring_sc_dequeue_burst(ring_.get(), reinterpret_cast<void**>(packets), n, nullptr);
  }
  bool empty() const noexcept { return rte_ring_empty(ring_.get()) != 0; }
  unsigned count() const noexcept { return rte_ring_count(ring_.get()); }
  explicit operator bool() const noexcept { return ring_ != nullptr; }
  rte_ring* get() const noexcept { return ring_.get(); }

 private:
  struct Free {  // packets left inside go back to their pool
    void operator()(rte_ring* ring) const noexcept;
  };
  std::unique_ptr<rte_ring, Free> ring_;
};

}  // namespace rpcgate::dpdk
