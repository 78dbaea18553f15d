// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dpdk/mempool.hpp"

#include <map>

#include <rte_lcore.h>
#include <rte_mbuf_pool_ops.h>

#include "dpdk/failure.hpp"

namespace rpcgate::dpdk {
namespace {

// By pool; control core only. In the process, not in the pool: there is no room of ours in there.
std::map<const rte_mempool*, unsigned>& kept_by_drivers() {
  static std::map<const rte_mempool*, unsigned> kept;
  return kept;
}

rte_mempool* make_in_own_memory(const PoolOptions& options) {
  const auto size =
      static_cast<unsigned>(sizeof(rte_mbuf) + options.private_size + options.data_room);
  Mempool pool(rte_mempool_create_empty(options.name.c_str(), options.packets, size, options.cache,
                                        sizeof(rte_pktmbuf_pool_private), SOCKET_ID_ANY, 0));
  if (!pool || rte_mempool_set_ops_byname(pool.get(), rte_mbuf_best_mempool_ops(), nullptr) != 0)
    return nullptr;
  rte_pktmbuf_pool_private about{};
  about.mbuf_data_room_size = options.data_room;
  about.mbuf_priv_size = options.private_size;
  rte_pktmbuf_pool_init(pool.get(), &about);
  if (rte_mempool_populate_anon(pool.get()) < static_cast<int>(options.packets)) return nullptr;
  rte_mempool_obj_iter(pool.get(), rte_pktmbuf_init, nullptr);
  return pool.release();
}

}  // namespace

Result<Mempool> make_packet_pool(const PoolOptions& options) {
  Mempool pool(options.own_memory ? make_in_own_memory(options)
                                  : rte_pktmbuf_pool_create(options.name.c_str(), options.packets,
                                                            options.cache, options.private_size,
                                                            options.data_room, SOCKET_ID_ANY));
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
