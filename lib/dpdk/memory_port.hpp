// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// An Ethernet device whose wire is two rings of this process: what is fed is received, what is
// sent can be collected. For replay and packet tests; the daemon does not link it. Open it with
// Port::open(): its device string is device().
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "dpdk/ring.hpp"

namespace rpcgate::dpdk {

class MemoryPort {
 public:
  // `name` unique in the process, at most 20 characters; `queues` rx and tx queues; `size` packets
  // each.
  static Result<MemoryPort> make(const std::string& name, unsigned queues = 1,
                                 unsigned size = 1024);

  const std::string& device() const noexcept { return device_; }
  // The packet will be received on rx queue `queue`; false when full (the caller keeps it).
  bool feed(rte_mbuf* packet, unsigned queue = 0) noexcept {
    return rx_[queue].push(&packet, 1) == 1;
  }
  // Many; how many fitted (the caller keeps the others).
  unsigned feed_bulk(rte_mbuf* const* packets, unsigned n, unsigned queue = 0) noexcept {
    return rx_[queue].push(packets, n);
  }
  // Packets sent on tx queue `queue`, up to `n`; the caller owns them.
  unsigned collect(rte_mbuf** packets, unsigned n, unsigned queue = 0) noexcept {
    return tx_[queue].pop(packets, n);
  }

 private:
  std::string device_;
  std::vector<PacketRing> rx_;
  std::vector<PacketRing> tx_;
};

}  // namespace rpcgate::dpdk
