// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The NICs: opened in an order that never leaves a way round through the kernel, and closed in the
// reverse one. First no interface of ours forwards, then the steering programs stand (and drop),
// then the devices open; after the devices closed, the programs go, and forwarding stays off.
// Control core; outlives the workers.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/config.hpp"
#include "dpdk/mempool.hpp"
#include "dpdk/port.hpp"
#include "interplane/ports.hpp"
#include "route/steering.hpp"
#include "xdp/forwarding.hpp"
#include "xdp/loader.hpp"

namespace rpcgate::control {

// One device; one or (one arm) more ports of the configuration.
struct Nic {
  std::string device;
  std::string interface;  // the kernel's; empty: none, it has a TAP mirror
  std::vector<std::size_t> ports;
  unsigned tx_descriptors = 0;
  std::unique_ptr<xdp::PortSteering> steering;  // null: its frames for the kernel come to us
  std::optional<dpdk::Port> port;
};

class Ports {
 public:
  // Before EAL starts: forwarding off, steering programs in place. `steering` by port index.
  static Result<std::unique_ptr<Ports>> prepare(const config::Config& config,
                                                const std::vector<route::SteeringConfig>& steering);
  ~Ports();  // close()
  Ports(const Ports&) = delete;
  Ports& operator=(const Ports&) = delete;

  // After EAL started; `pool` outlives the ports.
  Result<void> open(const config::Config& config, const dpdk::Mempool& pool);
  // What the planes are told of each port of the configuration. After open().
  std::vector<interplane::PortView> views(const config::Config& config) const;
  // Starts reception. Workers need not run yet.
  Result<void> start();
  Result<void> update(const std::vector<route::SteeringConfig>& steering);
  // Workers have ended. Leaves nothing attached; says what could not be removed.
  Result<void> close();

  // How many packets the drivers may hold in their rings by themselves: rx rings are filled from
  // the pool, and some drivers give sent packets back late. Measured by start().
  unsigned driver_share() const noexcept { return driver_share_; }

  const std::vector<Nic>& nics() const noexcept { return nics_; }
  const Nic& nic_of(std::size_t port) const noexcept { return nics_[nic_of_port_[port]]; }
  xdp::ForwardingGuard& forwarding() noexcept { return *forwarding_; }

 private:
  Ports() = default;
  std::optional<xdp::ForwardingGuard> forwarding_;
  std::vector<Nic> nics_;
  std::vector<std::size_t> nic_of_port_;
  const dpdk::Mempool* pool_ = nullptr;
  unsigned driver_share_ = 0;
};

}  // namespace rpcgate::control
