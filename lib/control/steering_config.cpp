// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/steering_config.hpp"

#include <algorithm>

#include "policy/rule.hpp"

namespace rpcgate::control {
namespace {

template <class T>
void add_once(std::vector<T>& list, const T& value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

// Of clients on the inner side all is the data path's, what no rule grants too; of servers on the
// outer side what goes to the address that clients go out by, or to the clients themselves.
void add_outbound(route::SteeringConfig& steering, const policy::Rule& rule, bool is_outer,
                  bool is_inner) {
  if (rule.action == policy::Action::allow && rule.translates_source())
    add_once(steering.ours, rule.source_nat);
  for (const wire::Prefix& clients : rule.clients.prefixes()) {
    if (is_inner) add_once(steering.transit_sources, clients);
    if (is_outer && rule.action == policy::Action::allow && !rule.translates_source())
      add_once(steering.transit_destinations, clients);
  }
}

void add_rule(route::SteeringConfig& steering, const policy::Rule& rule, bool is_outer,
              bool is_inner) {
  if (rule.outbound) return add_outbound(steering, rule, is_outer, is_inner);
  // A deny rule redirects too: what it refuses must not become the kernel's.
  if (rule.mode == policy::Mode::nat) add_once(steering.ours, rule.outer);
  if (rule.action == policy::Action::deny) return;
  const auto add_server = [&](const wire::IpAddress& server) {
    if (server.is_unspecified()) return;
    if (is_inner) add_once(steering.transit_sources, wire::Prefix::host(server));
    if (is_outer && rule.mode == policy::Mode::routed)
      add_once(steering.transit_destinations, wire::Prefix::host(server));
  };
  add_server(rule.server);
  for (const auto& member : rule.also) add_server(member);
  if (rule.mode == policy::Mode::routed) add_server(rule.outer);
}

}  // namespace

std::vector<route::SteeringConfig> steering_configs(const config::Config& config,
                                                    const policy::Snapshot& snapshot,
                                                    std::span<const route::LocalAddress> own) {
  std::vector<route::SteeringConfig> all(config.ports.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    bool is_outer = false;
    bool is_inner = false;
    for (const config::Port& port : config.ports) {
      if (*port.device != *config.ports[i].device) continue;
      (*port.zone == config::Zone::outer ? is_outer : is_inner) = true;
    }
    for (const auto& rule : snapshot.rules()) add_rule(all[i], rule, is_outer, is_inner);
    for (const auto& service : config.local_services)
      all[i].local_services.push_back({*service.address, *service.protocol, *service.port});
    for (const auto& address : own) {
      const auto& ours = all[i].ours;
      // A published address may stand on the interface, so that the kernel answers ARP for it.
      if (std::find(ours.begin(), ours.end(), address.address) == ours.end())
        add_once(all[i].local_addresses, address.address);
    }
  }
  return all;
}

}  // namespace rpcgate::control
