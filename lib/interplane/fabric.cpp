// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "interplane/fabric.hpp"

#include <atomic>
#include <string>
#include <utility>

namespace rpcgate::interplane {
namespace {

// Ring names are looked up process-wide by EAL; a second fabric (tests) must not meet the first's.
std::string unique_name(const char* kind, unsigned a, unsigned b) {
  static std::atomic<unsigned> fabrics{0};
  return std::string(kind) + std::to_string(a) + "." + std::to_string(b) + "." +
         std::to_string(fabrics.fetch_add(1, std::memory_order_relaxed));
}

Result<void> make_ring(dpdk::PacketRing& ring, const char* kind, unsigned a, unsigned b,
                       std::uint32_t slots) {
  auto made = dpdk::PacketRing::make(unique_name(kind, a, b), slots);
  if (!made) return tl::unexpected<Error>(std::move(made.error()));
  ring = std::move(*made);
  return {};
}

Result<void> check(const FabricConfig& config) {
  if (config.workers == 0 || config.workers > max_workers)
    return fail(ErrorCode::invalid, "workers: between 1 and " + std::to_string(max_workers));
  if (config.ports.size() >= no_port)
    return fail(ErrorCode::invalid, "more ports than " + std::to_string(no_port));
  for (const PortView& port : config.ports)
    if (port.rx_queues == 0 || port.tx_queues == 0)
      return fail(ErrorCode::invalid, "port " + port.name + ": no queue");
  return {};
}

}  // namespace

Result<std::unique_ptr<Fabric>> Fabric::create(FabricConfig config) {
  if (auto ok = check(config); !ok) return tl::unexpected<Error>(std::move(ok.error()));
  std::unique_ptr<Fabric> fabric(new Fabric);
  fabric->ports_ = std::move(config.ports);
  fabric->handover_.resize(std::size_t{config.workers} * config.workers);
  fabric->tx_.resize(fabric->ports_.size() * config.workers);
  const auto make = [&](dpdk::PacketRing& ring, const char* kind, unsigned a, unsigned b) {
    return make_ring(ring, kind, a, b, config.ring_slots);
  };
  for (unsigned w = 0; w < config.workers; ++w) {
    auto shared = std::make_unique<WorkerShared>(w, config.event_slots);
    if (auto ok = make(shared->punted, "punt", w, 0); !ok)
      return in_context("punt ring", std::move(ok.error()));
    if (auto ok = make(shared->from_mirror, "mirror", w, 0); !ok)
      return in_context("mirror ring", std::move(ok.error()));
    fabric->workers_.push_back(std::move(shared));
  }
  for (unsigned from = 0; from < config.workers; ++from) {
    for (unsigned to = 0; to < config.workers; ++to) {
      if (from == to) continue;
      if (auto ok = make(fabric->handover_ring(from, to), "hand", from, to); !ok)
        return in_context("hand-over ring", std::move(ok.error()));
    }
    for (PortIndex port = 0; port < fabric->ports_.size(); ++port) {
      if (tx_queue_of(from, fabric->ports_[port]) != no_queue) continue;
      if (auto ok = make(fabric->tx_ring(port, from), "tx", port, from); !ok)
        return in_context("tx ring", std::move(ok.error()));
    }
  }
  return fabric;
}

}  // namespace rpcgate::interplane
