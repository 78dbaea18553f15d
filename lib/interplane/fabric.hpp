// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Everything the planes and the workers share, in one place: ports, published tables, epochs, what
// each worker shows, and the rings between workers. Made by the control core (or by replay and
// tests) after EAL init and before any worker; destroyed after all workers are joined.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.hpp"
#include "interplane/ports.hpp"
#include "interplane/published.hpp"
#include "interplane/quiescence.hpp"
#include "interplane/worker_shared.hpp"

struct rte_mempool;

namespace rpcgate::interplane {

struct FabricConfig {
  unsigned workers = 1;
  std::vector<PortView> ports;      // by index of the configuration
  std::size_t event_slots = 8192;   // per worker
  std::uint32_t ring_slots = 1024;  // of each hand-over, tx and punt ring
};

class Fabric {
 public:
  static Result<std::unique_ptr<Fabric>> create(FabricConfig config);
  ~Fabric();  // frees the mbufs still in rings
  Fabric(const Fabric&) = delete;
  Fabric& operator=(const Fabric&) = delete;

  unsigned workers() const noexcept { return static_cast<unsigned>(workers_.size()); }
  const std::vector<PortView>& ports() const noexcept { return ports_; }
  WorkerShared& worker(unsigned index) noexcept { return *workers_[index]; }

  // Packets that `from` received for a client of `to`. Null where from == to.
  rte_ring* handover_ring(unsigned from, unsigned to) const noexcept {
    return handover_[from * workers() + to];
  }
  // Packets of `from` for a port where it has no tx queue; read by tx_helper_of(from, port). Null
  // where it has one.
  rte_ring* tx_ring(PortIndex port, unsigned from) const noexcept {
    return tx_[port * workers() + from];
  }
  // Frees every mbuf in every ring (no worker may run).
  void drain() noexcept;

  Published published;
  Quiescence quiescence;

 private:
  Fabric() = default;
  std::vector<PortView> ports_;
  std::vector<std::unique_ptr<WorkerShared>> workers_;
  std::vector<rte_ring*> handover_;
  std::vector<rte_ring*> tx_;
};

}  // namespace rpcgate::interplane
