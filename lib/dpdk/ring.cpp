// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dpdk/ring.hpp"

#include "dpdk/failure.hpp"

namespace rpcgate::dpdk {

void PacketRing::Free::operator()(rte_ring* ring) const noexcept {
  void* packet = nullptr;
  while (rte_ring_dequeue(ring, &packet) == 0) rte_pktmbuf_free(static_cast<rte_mbuf*>(packet));
  rte_ring_free(ring);
}

Result<PacketRing> PacketRing::make(const std::string& name, unsigned size) {
  PacketRing made;
  // EXACT_SZ: room for `size`, not for one less than the next power of two.
  made.ring_.reset(rte_ring_create(name.c_str(), size, SOCKET_ID_ANY,
                                   RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ));
  if (!made.ring_) return in_context("ring " + name, rte_failure("rte_ring_create", -1).value());
  return made;
}

}  // namespace rpcgate::dpdk
