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
#include "dpdk/ring.hpp"
#include "interplane/ports.hpp"
#include "interplane/published.hpp"
#include "interplane/quiescence.hpp"
#include "interplane/worker_shared.hpp"

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
  Fabric(const Fabric&) = delete;
  Fabric& operator=(const Fabric&) = delete;  // packets still in rings go back to their pool

  unsigned workers() const noexcept { return static_cast<unsigned>(workers_.size()); }
  const std::vector<PortView>& ports() const noexcept { return ports_; }
  WorkerShared& worker(unsigned index) noexcept { return *workers_[index]; }

  // Packets that `from` received for a client of `to`. None where from == to.
  dpdk::PacketRing& handover_ring(unsigned from, unsigned to) noexcept {
    return handover_[from * workers() + to];
  }
  // Packets of `from` for a port where it has no tx queue; read by tx_helper_of(from, port). None
  // where it has one.
  dpdk::PacketRing& tx_ring(PortIndex port, unsigned from) noexcept {
    return tx_[port * workers() + from];
  }
  Published published;
  Quiescence quiescence;

 private:
  Fabric() = default;
  std::vector<PortView> ports_;
  std::vector<std::unique_ptr<WorkerShared>> workers_;
  std::vector<dpdk::PacketRing> handover_;
  std::vector<dpdk::PacketRing> tx_;
};

}  // namespace rpcgate::interplane
