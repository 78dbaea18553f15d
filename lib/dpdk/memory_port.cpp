// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dpdk/memory_port.hpp"

#include <rte_eth_ring.h>

#include "dpdk/failure.hpp"

namespace rpcgate::dpdk {

Result<MemoryPort> MemoryPort::make(const std::string& name, unsigned queues, unsigned size) {
  MemoryPort port;
  std::vector<rte_ring*> rx;
  std::vector<rte_ring*> tx;
  for (unsigned q = 0; q < queues; ++q) {
    auto in = PacketRing::make(name + "_r" + std::to_string(q), size);
    if (!in) return tl::unexpected(in.error());
    auto out = PacketRing::make(name + "_t" + std::to_string(q), size);
    if (!out) return tl::unexpected(out.error());
    rx.push_back(in->get());
    tx.push_back(out->get());
    port.rx_.push_back(std::move(*in));
    port.tx_.push_back(std::move(*out));
  }
  const int id = rte_eth_from_rings(name.c_str(), rx.data(), queues, tx.data(), queues,
                                    static_cast<unsigned>(SOCKET_ID_ANY));
  if (id < 0)
    return in_context("memory port " + name, rte_failure("rte_eth_from_rings", -1).value());
  port.device_ = "net_ring_" + name;
  return port;
}

}  // namespace rpcgate::dpdk
