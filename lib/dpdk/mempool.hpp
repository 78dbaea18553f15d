// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// RAII over packet pools and single packets. Made on the control core; workers use the raw
// pointers.
#pragma once

#include <memory>
#include <string>

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "base/result.hpp"

namespace rpcgate::dpdk {

template <auto Free>
struct CFree {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};
using Mempool = std::unique_ptr<rte_mempool, CFree<rte_mempool_free>>;
using Mbuf = std::unique_ptr<rte_mbuf, CFree<rte_pktmbuf_free>>;  // cold paths and tests

struct PoolOptions {
  std::string name;  // unique in the process
  unsigned packets = 16384;
  unsigned cache = 256;            // per lcore; 0 for pools that are counted exactly
  std::uint16_t private_size = 0;  // bytes of ours in every mbuf; a multiple of 8
  std::uint16_t data_room = RTE_MBUF_DEFAULT_BUF_SIZE;  // headroom included
  // In memory of its own: nothing of it is touched before it is used, nor cleared at the end, as
  // EAL does with its memory. No NIC can reach it.
  bool own_memory = false;
};
Result<Mempool> make_packet_pool(const PoolOptions& options);

// Packets out of the pool now. 0 when everything came back; caches count as being back. Those that
// an open port's driver holds are in use; those that a closed one kept for ever are not counted.
unsigned packets_in_use(const Mempool& pool) noexcept;

// Port alone: a driver that is closed did not give these back (net_af_xdp its fill ring).
void note_kept_by_driver(const rte_mempool* pool, unsigned packets);

}  // namespace rpcgate::dpdk
