// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dpdk/mempool.hpp"

#include <map>

#include <rte_lcore.h>

#include "dpdk/failure.hpp"

namespace rpcgate::dpdk {
namespace {

// By pool; control core only. In the process, not in the pool: there is no room of ours in there.
std::map<const rte_mempool*, unsigned>& kept_by_drivers() {
  static std::map<const rte_mempool*, unsigned> kept;
  return kept;
}

}  // namespace

Result<Mempool> make_packet_pool(const PoolOptions& options) {
  Mempool pool(rte_pktmbuf_pool_create(options.name.c_str(), options.packets, options.cache,
                                       options.private_size, options.data_room, SOCKET_ID_ANY));
  if (!pool)
    return in_context("packet pool " + options.name + " of " + std::to_string(options.packets),
                      rte_failure("rte_pktmbuf_pool_create", -1).value());
  kept_by_drivers().erase(pool.get());  // of an older pool at this address
  return pool;
}

unsigned packets_in_use(const Mempool& pool) noexcept {
  const unsigned out = rte_mempool_in_use_count(pool.get());
  const auto kept = kept_by_drivers().find(pool.get());
  return kept == kept_by_drivers().end() || kept->second > out ? out : out - kept->second;
}

void note_kept_by_driver(const rte_mempool* pool, unsigned packets) {
  if (packets != 0) kept_by_drivers()[pool] += packets;
}

}  // namespace rpcgate::dpdk
