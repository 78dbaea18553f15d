// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What the gateway leaves to the kernel, kept together: routes and neighbours mirrored from it,
// TAP mirrors of ports that have no kernel interface, the steering of frames, and that the kernel
// forwards nothing. Control core, in its loop; never waits for a worker.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "control/event_loop.hpp"
#include "control/policy_store.hpp"
#include "control/ports.hpp"
#include "control/retirement.hpp"
#include "interplane/fabric.hpp"
#include "route/mirror.hpp"
#include "route/neighbour_table.hpp"
#include "route/tap_mirror.hpp"

namespace rpcgate::control {

class SlowPath {
 public:
  struct Parts {
    EventLoop& loop;
    interplane::Fabric& fabric;
    Retirement& retirement;
    const PolicyStore& policy;
    Ports& ports;
    rte_mempool* pool;  // for frames that the kernel sends
  };
  // Everything is published when this returns: routes, neighbours and steering. Where the daemon
  // monitors there is nothing to publish.
  static Result<std::unique_ptr<SlowPath>> start(Parts parts);
  ~SlowPath();
  SlowPath(const SlowPath&) = delete;
  SlowPath& operator=(const SlowPath&) = delete;

  // New rules or new addresses: the maps of the programs and the workers' own tables.
  Result<void> update_steering();
  // Each turn of the control core: what the workers ask for and hand over.
  void poll();
  // Each second.
  void recheck();

  std::size_t route_count() const noexcept { return routes_ ? routes_->size() : 0; }
  bool has_taps() const noexcept { return !taps_.empty(); }

 private:
  struct Tap {
    std::size_t port = 0;
    route::TapMirror mirror;
    EventLoop::Id watch = 0;
  };
  explicit SlowPath(Parts parts) : parts_(parts) {}
  Result<void> open_taps();
  Result<void> open_mirror();
  Result<void> watch_forwarding();
  static route::PortIndex route_port(std::size_t port) noexcept {
    return static_cast<route::PortIndex>(port);
  }
  void publish_routes(std::unique_ptr<const route::Table> table);
  void read_tap(Tap& tap);
  void write_taps();
  void ask_neighbours();

  Parts parts_;
  std::vector<std::unique_ptr<Tap>> taps_;
  std::optional<xdp::ForwardingGuard> tap_guard_;
  route::NeighbourTable neighbours_;
  std::unique_ptr<const route::Table> routes_;
  std::unique_ptr<const interplane::SteeringTables> steering_;
  std::unique_ptr<route::Mirror> mirror_;
  EventLoop::Id mirror_watch_ = 0;
  EventLoop::Id forwarding_watch_ = 0;
};

}  // namespace rpcgate::control
