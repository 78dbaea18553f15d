// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/slow_path.hpp"

#include <array>
#include <cstring>
#include <utility>

#include <sys/epoll.h>

#include "config/config.hpp"
#include "control/log.hpp"
#include "control/steering_config.hpp"

namespace rpcgate::control {
namespace {

constexpr unsigned frames_a_poll = 64;

// A failure of the slow path is told, and the daemon goes on.
void tell(const Result<void>& outcome) {
  if (!outcome) log::warning(outcome.error().what);
}

route::MirrorOptions mirror_options(const config::Config& config,
                                    const std::vector<std::string>& interfaces) {
  route::MirrorOptions options;
  const auto index_of = [&](const std::string& name) {
    for (std::size_t i = 0; i < config.ports.size(); ++i)
      if (*config.ports[i].name == name) return static_cast<route::PortIndex>(i);
    return route::no_port;
  };
  for (std::size_t i = 0; i < interfaces.size(); ++i)
    if (!interfaces[i].empty())
      options.ports.push_back({static_cast<route::PortIndex>(i), interfaces[i]});
  for (const auto& route : config.routes)
    options.static_routes.push_back({*route.prefix, {*route.via, index_of(*route.port)}, 0});
  for (const auto& neighbour : config.neighbours) {
    route::StaticNeighbour entry;
    entry.port = index_of(*neighbour.port);
    entry.address = *neighbour.address;
    entry.mac.octets = *neighbour.mac;
    options.static_neighbours.push_back(entry);
  }
  return options;
}

}  // namespace

Result<std::unique_ptr<SlowPath>> SlowPath::start(Parts parts) {
  std::unique_ptr<SlowPath> slow_path(new SlowPath(parts));
  if (*parts.policy.config().daemon.monitor) return slow_path;  // nobody to speak to
  if (auto done = slow_path->open_taps(); !done) return tl::unexpected(done.error());
  if (auto done = slow_path->open_mirror(); !done) return tl::unexpected(done.error());
  if (auto done = slow_path->update_steering(); !done) return tl::unexpected(done.error());
  if (auto done = slow_path->watch_forwarding(); !done) return tl::unexpected(done.error());
  return slow_path;
}

SlowPath::~SlowPath() {
  auto& published = parts_.fabric.published;
  published.publish(static_cast<const route::Table*>(nullptr));
  published.publish(static_cast<const interplane::SteeringTables*>(nullptr));
  published.publish(static_cast<const route::NeighbourTable*>(nullptr));
  if (mirror_watch_ != 0) parts_.loop.forget(mirror_watch_);
  if (forwarding_watch_ != 0) parts_.loop.forget(forwarding_watch_);
  for (const auto& tap : taps_) parts_.loop.forget(tap->watch);
}

Result<void> SlowPath::open_taps() {
  const auto& ports = parts_.fabric.ports();
  std::vector<std::string> interfaces;
  for (const Nic& nic : parts_.ports.nics()) {
    if (!nic.interface.empty()) continue;
    const std::size_t port = nic.ports.front();
    auto mirror = route::TapMirror::create(ports[port].name, ports[port].mac, ports[port].mtu);
    if (!mirror) return in_context("port " + ports[port].name, mirror.error());
    auto tap = std::make_unique<Tap>(Tap{port, std::move(*mirror), 0});
    auto watch = parts_.loop.watch(tap->mirror.fd(), EPOLLIN,
                                   [this, raw = tap.get()](std::uint32_t) { read_tap(*raw); });
    if (!watch) return tl::unexpected(watch.error());
    tap->watch = *watch;
    interfaces.push_back(tap->mirror.interface());
    taps_.push_back(std::move(tap));
  }
  if (interfaces.empty()) return {};
  auto guard = xdp::ForwardingGuard::close(interfaces);
  if (!guard) return tl::unexpected(guard.error());
  tap_guard_.emplace(std::move(*guard));
  return {};
}

Result<void> SlowPath::open_mirror() {
  const config::Config& config = parts_.policy.config();
  std::vector<std::string> interfaces;
  for (std::size_t i = 0; i < config.ports.size(); ++i) {
    const Nic& nic = parts_.ports.nic_of(i);
    // A mirror bears the name of its NIC's first port.
    interfaces.push_back(nic.interface.empty() ? *config.ports[nic.ports.front()].name
                                               : nic.interface);
  }
  parts_.fabric.published.publish(&neighbours_);
  auto mirror = route::Mirror::open(
      mirror_options(config, interfaces), neighbours_,
      [this](std::unique_ptr<const route::Table> table) { publish_routes(std::move(table)); },
      [this] {
        if (mirror_) tell(update_steering());  // our own addresses changed
      });
  if (!mirror) return in_context("routes", mirror.error());
  mirror_ = std::move(*mirror);
  if (mirror_->fd() < 0) return {};
  auto watch = parts_.loop.watch(mirror_->fd(), EPOLLIN,
                                 [this](std::uint32_t) { tell(mirror_->on_readable()); });
  if (!watch) return tl::unexpected(watch.error());
  mirror_watch_ = *watch;
  return {};
}

Result<void> SlowPath::watch_forwarding() {
  xdp::ForwardingGuard& guard = parts_.ports.forwarding();
  if (guard.fd() < 0) return {};  // recheck() looks each second
  auto watch = parts_.loop.watch(guard.fd(), EPOLLIN, [this](std::uint32_t) {
    const auto closed = parts_.ports.forwarding().on_readable();
    if (closed && *closed > 0)
      log::warning("forwarding was turned on for an interface of ours; it is off again");
    if (!closed) log::error(closed.error().what);
  });
  if (!watch) return tl::unexpected(watch.error());
  forwarding_watch_ = *watch;
  return {};
}

void SlowPath::publish_routes(std::unique_ptr<const route::Table> table) {
  parts_.fabric.published.publish(table.get());
  parts_.retirement.retire(std::exchange(routes_, std::move(table)));
}

Result<void> SlowPath::update_steering() {
  if (!mirror_) return {};
  const auto own = mirror_->addresses();
  auto configs = steering_configs(parts_.policy.config(), parts_.policy.snapshot(), own);
  auto tables = std::make_unique<interplane::SteeringTables>();
  for (const auto& config : configs) tables->ports.emplace_back(config);
  std::unique_ptr<const interplane::SteeringTables> next = std::move(tables);
  parts_.fabric.published.publish(next.get());
  parts_.retirement.retire(std::exchange(steering_, std::move(next)));
  return parts_.ports.update(configs);
}

void SlowPath::poll() {
  ask_neighbours();
  if (has_taps()) write_taps();
}

void SlowPath::recheck() {
  const auto closed = parts_.ports.forwarding().recheck();
  if (!closed) log::error(closed.error().what);
  if (tap_guard_) {
    const auto taps_closed = tap_guard_->recheck();
    if (!taps_closed) log::error(taps_closed.error().what);
  }
}

void SlowPath::ask_neighbours() {
  for (unsigned w = 0; w < parts_.fabric.workers(); ++w) {
    interplane::NeighbourRequest request;
    while (parts_.fabric.worker(w).neighbours.pop(request))
      tell(mirror_->resolve(route_port(request.port), request.next_hop));
  }
}

// The kernel's frames leave by worker 0, which has a tx queue of every port.
void SlowPath::read_tap(Tap& tap) {
  auto& ring = parts_.fabric.worker(0).from_mirror;
  for (unsigned i = 0; i < frames_a_poll; ++i) {
    std::array<std::byte, 2048> frame;
    const auto size = tap.mirror.read(frame);
    if (!size) return log::warning(size.error().what);
    if (*size == 0) return;
    dpdk::Mbuf mbuf(rte_pktmbuf_alloc(parts_.pool));
    if (!mbuf) return;
    char* room = rte_pktmbuf_append(mbuf.get(), static_cast<std::uint16_t>(*size));
    if (room == nullptr) continue;  // larger than a buffer: not on an MTU of ours
    std::memcpy(room, frame.data(), *size);
    mbuf->port = static_cast<std::uint16_t>(tap.port);
    rte_mbuf* raw = mbuf.get();
    if (ring.push(&raw, 1) == 1) static_cast<void>(mbuf.release());
  }
}

void SlowPath::write_taps() {
  std::array<rte_mbuf*, frames_a_poll> frames;
  for (unsigned w = 0; w < parts_.fabric.workers(); ++w) {
    auto& ring = parts_.fabric.worker(w).punted;
    if (!ring) continue;
    const unsigned count = ring.pop(frames.data(), frames_a_poll);
    for (unsigned i = 0; i < count; ++i) {
      const dpdk::Mbuf frame(frames[i]);
      if (frame->port >= parts_.fabric.ports().size() || frame->nb_segs != 1) continue;
      const std::size_t first = parts_.ports.nic_of(frame->port).ports.front();
      for (const auto& tap : taps_)
        if (tap->port == first)  // a full queue loses the frame, as a wire does
          static_cast<void>(
              tap->mirror.write(as_bytes(rte_pktmbuf_mtod(frame.get(), void*), frame->data_len)));
    }
  }
}

}  // namespace rpcgate::control
