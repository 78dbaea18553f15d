// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/policy_store.hpp"

#include <algorithm>
#include <utility>

namespace rpcgate::control {
namespace {

template <class T>
bool differ(const config::Value<T>& a, const config::Value<T>& b) {
  return !(a.value == b.value);
}

bool is_same_port(const config::Port& a, const config::Port& b) {
  return !differ(a.name, b.name) && !differ(a.zone, b.zone) && !differ(a.device, b.device) &&
         !differ(a.kernel_interface, b.kernel_interface) && !differ(a.queues, b.queues) &&
         !differ(a.tx_queues, b.tx_queues) && !differ(a.descriptors, b.descriptors) &&
         !differ(a.mtu, b.mtu);
}

bool is_same_route(const config::StaticRoute& a, const config::StaticRoute& b) {
  return !differ(a.prefix, b.prefix) && !differ(a.via, b.via) && !differ(a.port, b.port);
}

bool is_same_neighbour(const config::StaticNeighbour& a, const config::StaticNeighbour& b) {
  return !differ(a.address, b.address) && !differ(a.mac, b.mac) && !differ(a.port, b.port);
}

template <class T, class Same>
bool differ(const std::vector<T>& a, const std::vector<T>& b, Same same) {
  return !std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

void keep_daemon(const config::Daemon& running, config::Daemon& next,
                 std::vector<std::string>& names) {
  const auto keep = [&names](const char* name, const auto& old_value, auto& new_value) {
    if (!differ(old_value, new_value)) return;
    names.emplace_back(name);
    new_value = old_value;
  };
  keep("daemon.workers", running.workers, next.workers);
  keep("daemon.idle", running.idle, next.idle);
  keep("daemon.control-socket", running.control_socket, next.control_socket);
  keep("daemon.control-group", running.control_group, next.control_group);
  keep("daemon.events", running.events, next.events);
  keep("daemon.memory", running.memory_mib, next.memory_mib);
  keep("daemon.hugepages", running.hugepages, next.hugepages);
  keep("daemon.mbufs", running.mbufs, next.mbufs);
  keep("daemon.monitor", running.monitor, next.monitor);
  keep("daemon.eal-arguments", running.eal_arguments, next.eal_arguments);
}

// The arenas and rings are taken at start.
void keep_sizes(const config::Limits& running, config::Limits& next,
                std::vector<std::string>& names) {
  const auto keep = [&names](const char* name, const auto& old_value, auto& new_value) {
    if (old_value == new_value) return;
    names.emplace_back(name);
    new_value = old_value;
  };
  keep("limits.flows", running.flows, next.flows);
  keep("limits.pinholes", running.pinholes, next.pinholes);
  keep("limits.associations", running.associations, next.associations);
  keep("limits.items", running.items, next.items);
  keep("limits.stream-memory", running.stream_memory, next.stream_memory);
  keep("limits.event-ring", running.event_ring, next.event_ring);
  keep("limits.handover-ring", running.handover_ring, next.handover_ring);
  keep("limits.neighbour-queue", running.neighbour_queue, next.neighbour_queue);
}

}  // namespace

std::vector<std::string> keep_what_needs_restart(const config::Config& running,
                                                 config::Config& next) {
  std::vector<std::string> names;
  keep_daemon(running.daemon, next.daemon, names);
  keep_sizes(running.limits, next.limits, names);
  // Workers know ports by their index: the list stays as it is, networks may change.
  if (differ(running.ports, next.ports, is_same_port)) {
    names.emplace_back("port");
    next.ports = running.ports;
  }
  if (differ(running.routes, next.routes, is_same_route)) {
    names.emplace_back("route");
    next.routes = running.routes;
  }
  if (differ(running.neighbours, next.neighbours, is_same_neighbour)) {
    names.emplace_back("neighbour");
    next.neighbours = running.neighbours;
  }
  return names;
}

PolicyStore::~PolicyStore() {
  // Workers are joined by now (the caller's order of stop); nothing may be left to be found.
  published_.publish(static_cast<const policy::Snapshot*>(nullptr));
}

void PolicyStore::start(policy::LoadedPolicy loaded, std::string text) {
  config_ = std::move(loaded.config);
  snapshot_ = std::move(loaded.snapshot);
  text_ = std::move(text);
  compiled_at_ = policy::wall_now();
  published_.publish(snapshot_.get());
}

PolicyStore::Outcome PolicyStore::apply(const std::string& text, const std::string& name,
                                        Instant deadline, Retirement::Told taken_up) {
  Outcome outcome;
  auto loaded = config::load_text(text, name);
  outcome.needs_restart = keep_what_needs_restart(config_, loaded.config);
  const Instant wall = policy::wall_now();
  auto compiled = policy::compile(loaded.config, snapshot_->generation() + 1, wall, loaded.ok());
  outcome.diagnostics = std::move(loaded.diagnostics);
  outcome.diagnostics.insert(outcome.diagnostics.end(), compiled.diagnostics.begin(),
                             compiled.diagnostics.end());
  config::sort(outcome.diagnostics);
  if (!compiled.snapshot || config::has_errors(outcome.diagnostics)) return outcome;
  outcome.applied = true;
  config_ = std::move(loaded.config);
  text_ = text;
  compiled_at_ = wall;
  published_.publish(compiled.snapshot.get());
  retirement_.retire(std::exchange(snapshot_, std::move(compiled.snapshot)), deadline,
                     std::move(taken_up));
  return outcome;
}

bool PolicyStore::follow_schedules(Instant wall, Instant deadline) {
  const bool set_back = wall < compiled_at_;
  if (snapshot_->next_change() == Instant::max()) return false;
  if (wall < snapshot_->next_change() && !set_back) return false;
  auto next = policy::recompile(config_, snapshot_->generation() + 1, wall);
  compiled_at_ = wall;
  published_.publish(next.get());
  retirement_.retire(std::exchange(snapshot_, std::move(next)), deadline, [](bool) {});
  return true;
}

std::string PolicyStore::rule_name(policy::RuleId id) const {
  const policy::Rule* rule = id == policy::no_rule || !snapshot_ ? nullptr : snapshot_->rule(id);
  return rule == nullptr ? std::string() : rule->name;
}

}  // namespace rpcgate::control
