// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "daemon.hpp"

#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "arena/mapping.hpp"
#include "control/log.hpp"
#include "control/steering_config.hpp"

namespace rpcgate::daemon {
namespace {

constexpr Duration stop_deadline = seconds{10};
constexpr Duration mark_interval = seconds{30};

dpdk::EalOptions eal_options(const config::Config& config) {
  dpdk::EalOptions options;
  // The same after a kill as before it: its run folder is taken over, and removed at the end.
  options.file_prefix =
      fmt::format("rpcgate-{:08x}", policy::rule_id(*config.daemon.control_socket));
  options.workers = *config.daemon.workers;
  options.memory_mib = *config.daemon.memory_mib;
  options.hugepages = *config.daemon.hugepages;
  options.extra = *config.daemon.eal_arguments;
  for (const auto& port : config.ports) options.devices.push_back(*port.device);
  return options;
}

interplane::FabricConfig fabric_config(const config::Config& config, const control::Ports& ports) {
  interplane::FabricConfig fabric;
  fabric.workers = *config.daemon.workers;
  fabric.ports = ports.views(config);
  fabric.event_slots = config.limits.event_ring;
  fabric.ring_slots = config.limits.handover_ring;
  return fabric;
}

}  // namespace

Result<void> Daemon::open_ports(const policy::LoadedPolicy& loaded) {
  const config::Config& config = loaded.config;
  // The box's own addresses are known when the mirror runs; until then ICMP to them is dropped.
  auto ports =
      control::Ports::prepare(config, control::steering_configs(config, *loaded.snapshot, {}));
  if (!ports) return tl::unexpected(ports.error());
  ports_ = std::move(*ports);
  auto eal = dpdk::Eal::start(eal_options(config));
  if (!eal) return tl::unexpected(eal.error());
  eal_.emplace(std::move(*eal));
  dpdk::PoolOptions pool_options;
  pool_options.name = "packets";
  pool_options.packets = *config.daemon.mbufs;
  pool_options.private_size = packet_private_size;
  auto pool = dpdk::make_packet_pool(pool_options);
  if (!pool) return tl::unexpected(pool.error());
  pool_ = std::move(*pool);
  // What DPDK has left over is for the tables.
  arena::Mapping::use_reserved_pages(*config.daemon.hugepages);
  return ports_->open(config, pool_);
}

// After a restart clients may name association groups that were told to a daemon that is gone.
Result<void> Daemon::keep_mark(const config::Config& config, WorkerOptions& options) {
  mark_.emplace(*config.daemon.control_socket);
  if (mark_->was_alive(config.limits.association_group_life) &&
      config.limits.association_group_amnesty > Duration{0}) {
    options.amnesty_until = real_now() + config.limits.association_group_amnesty;
    control::log::info("restarted: for a while clients may name association groups of before");
  }
  if (!mark_->set())
    control::log::warning("a restart will not be known as one: no file beside " +
                          *config.daemon.control_socket);
  auto timer = loop_.every(mark_interval, [this] { static_cast<void>(mark_->set()); });
  if (!timer) return tl::unexpected(timer.error());
  mark_timer_ = *timer;
  return {};
}

Result<void> Daemon::start(policy::LoadedPolicy loaded, std::string text, std::string name) {
  if (auto opened = open_ports(loaded); !opened) return opened;
  auto fabric = interplane::Fabric::create(fabric_config(loaded.config, *ports_));
  if (!fabric) return tl::unexpected(fabric.error());
  fabric_ = std::move(*fabric);
  WorkerOptions worker_options = worker_options_of(loaded.config);
  if (auto kept = keep_mark(loaded.config, worker_options); !kept) return kept;
  const unsigned pool_size = *loaded.config.daemon.mbufs;
  auto core = control::Core::start({loop_, *fabric_, *ports_, pool_, pool_size, std::move(loaded),
                                    std::move(text), std::move(name)});
  if (!core) return tl::unexpected(core.error());
  core_ = std::move(*core);
  if (auto started = ports_->start(); !started) return started;
  if (auto updated = core_->slow_path().update_steering(); !updated) return updated;
  auto workers = Workers::start(*eal_, *fabric_, pool_.get(), worker_options);
  if (!workers) return tl::unexpected(workers.error());
  workers_ = std::move(*workers);
  return core_->open_socket();
}

Result<void> Daemon::stop_workers() {
  if (!workers_) return {};
  if (!core_->stop_workers(stop_deadline)) {
    // A worker still uses what would be freed. The programs stay attached, closed.
    control::log::error("a worker does not end: leaving without it");
    std::_Exit(4);
  }
  eal_->wait_workers();
  core_->finish();
  return workers_->check_balance();
}

Result<void> Daemon::stop() {
  Result<void> outcome = stop_workers();
  if (mark_timer_ != 0) loop_.forget(std::exchange(mark_timer_, 0));
  if (mark_) static_cast<void>(mark_->set());
  core_.reset();
  workers_.reset();
  fabric_.reset();
  if (ports_) {
    auto closed = ports_->close();
    if (!closed && outcome) outcome = closed;
    ports_.reset();
  }
  if (pool_) {
    const unsigned missing = dpdk::packets_in_use(pool_);
    if (missing != 0 && outcome)
      outcome =
          fail(ErrorCode::exhausted, std::to_string(missing) + " packet buffers did not come back");
    pool_.reset();
  }
  eal_.reset();
  return outcome;
}

}  // namespace rpcgate::daemon
