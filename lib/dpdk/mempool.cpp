// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dpdk/mempool.hpp"

#include <rte_lcore.h>

#include "dpdk/failure.hpp"

namespace rpcgate::dpdk {

Result<Mempool> make_packet_pool(const PoolOptions& options) {
  Mempool pool(rte_pktmbuf_pool_create(options.name.c_str(), options.packets, options.cache,
                                       options.private_size, options.data_room, SOCKET_ID_ANY));
  if (!pool)
    return in_context("packet pool " + options.name + " of " + std::to_string(options.packets),
                      rte_failure("rte_pktmbuf_pool_create", -1).value());
  return pool;
}

unsigned packets_in_use(const Mempool& pool) noexcept {
  return rte_mempool_in_use_count(pool.get());
}

}  // namespace rpcgate::dpdk
