// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "inspect/opening.hpp"

#include <algorithm>

namespace rpcgate::inspect {
namespace {

using stats::Reason;

constexpr std::size_t most_reserved = 64;
// Never by a pinhole, whatever a server says: file sharing, remote desktop, remote management.
constexpr wire::L4Port forbidden_ports[] = {135, 137, 138, 139, 445, 593, 3389, 5985, 5986};

// Outer ports that mean something else already.
class ReservedPorts {
 public:
  ReservedPorts(const policy::Snapshot& snapshot, const policy::Scope& scope) noexcept {
    for (const policy::Rule& rule : snapshot.rules()) {
      if (!rule.names(scope)) continue;  // to this client they are ports like others
      add(rule.mapper_port);
      for (const wire::L4Port port : rule.static_ports) add(port);
      for (const policy::PlainService& plain : rule.plain)
        if (plain.protocol == wire::Protocol::tcp) add(plain.port);
    }
  }
  std::span<const wire::L4Port> view() const noexcept { return ports_.view(); }
  bool complete() const noexcept { return complete_; }

 private:
  void add(wire::L4Port port) noexcept {
    if (std::find(ports_.begin(), ports_.end(), port) == ports_.end())
      complete_ = ports_.push_back(port) && complete_;
  }
  StaticVector<wire::L4Port, most_reserved> ports_;
  bool complete_ = true;
};

pinhole::Request pinhole_for(const Judging& j, const policy::Scope& dialled,
                             const policy::Rule& rule, const dcerpc::InterfaceId& interface,
                             const wire::Endpoint& server) noexcept {
  pinhole::Request request;
  request.client = dialled.client;
  request.outer = dialled.outer;
  request.server = server;
  request.interface = interface;
  request.rule = rule.id;
  request.policy_generation = j.env.snapshot.generation();
  request.per_client = rule.limits.pinholes_per_client;
  request.per_rule = rule.limits.pinholes_per_rule;
  request.max_connections = rule.limits.connections_per_pinhole;
  request.first_use = rule.limits.pinhole_first_use;
  request.idle = rule.limits.pinhole_idle;
  request.tombstone = rule.limits.pinhole_tombstone;
  return request;
}

void tell_opened(const Judging& j, const pinhole::Opened& opened, const policy::Rule& rule,
                 const pinhole::Request& request) noexcept {
  Fact fact{event::Kind::pinhole_opened, Reason::none, rule.id, &request.interface};
  fact.pinhole = opened.id;
  fact.outer = &request.outer;
  fact.server = &request.server.address;
  fact.server_port = request.server.port;
  fact.outer_port = opened.outer_port;
  tell(j.env, fact);
}

}  // namespace

bool may_open(const policy::Rule& rule, wire::L4Port port) noexcept {
  return port >= rule.limits.lowest_tower_port && port != 0 && port != rule.mapper_port &&
         std::ranges::find(forbidden_ports, port) == std::end(forbidden_ports);
}

Place open_port(const Judging& j, const policy::Rule& rule, const dcerpc::InterfaceId& interface,
                const wire::IpAddress& named, wire::L4Port port, bool editable) noexcept {
  const wire::IpAddress server = rule.is_member(named) ? named : j.env.flow.server.address;
  const wire::Endpoint target{server, port};
  policy::Scope dialled = j.scope();  // where addresses are not translated: the server itself
  if (server != j.env.flow.server.address && (rule.outbound || rule.mode == policy::Mode::routed))
    dialled.outer = server;
  const policy::Admission admission = j.env.snapshot.admit(dialled, wire::Protocol::tcp, port);
  if (admission.service == policy::Service::rpc && admission.server == target)
    return {true, port, port, Reason::none, server};  // a static port, open to this client already
  const ReservedPorts reserved{j.env.snapshot, dialled};
  pinhole::Request request = pinhole_for(j, dialled, rule, interface, target);
  request.reserved = reserved.view();
  // What is signed cannot be patched, and a routed server keeps its ports.
  if (editable && rule.mode == policy::Mode::nat && !rule.outbound && reserved.complete())
    request.draw_from(rule.outer_ports);
  const pinhole::Opened opened = j.env.pinholes.open(request, j.env.now);
  if (!opened) return {false, port, 0, opened.reason, server};
  j.env.counters.counters.add(opened.refreshed ? stats::Counter::pinholes_refreshed
                                               : stats::Counter::pinholes_opened);
  if (!opened.refreshed || opened.interface_added) tell_opened(j, opened, rule, request);
  if (!editable && opened.outer_port != port)
    return {false, port, 0, Reason::no_outer_port, server};
  return {true, port, opened.outer_port, Reason::none, server};
}

}  // namespace rpcgate::inspect
