// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A rule in force: what records, events and commands need of it. What it grants is asked
// of the snapshot. Immutable; lives as long as its snapshot.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "policy/limits.hpp"
#include "policy/prefix_set.hpp"
#include "policy/types.hpp"

namespace rpcgate::policy {

using PortRange = config::PortRange;

struct PlainService {
  wire::Protocol protocol{};
  wire::L4Port port = 0;
};

struct Rule {
  RuleId id = no_rule;
  bool outbound = false;
  std::string name;
  config::Position at;
  Action action = Action::allow;  // allow or deny
  bool learning = false;          // what it allows is told once an hour
  Mode mode = Mode::nat;
  Refuse refuse = Refuse::rpc_error;
  Holding holding = Holding::open;
  bool rpc = true;  // speaks of RPC: a mapper port and perhaps static ports
  bool anonymous = false;
  std::uint8_t mechanisms = 0;  // bits by Mechanism; 0: any
  bool sealed_activation = false;
  MapperLookup mapper_lookup = MapperLookup::refuse;
  MapperAuthentication mapper_authentication = MapperAuthentication::read;
  Notifications notifications = Notifications::window;
  std::vector<PortRange> notification_ports;
  PrefixSet clients;
  wire::IpAddress outer;  // publishing
  wire::IpAddress server;
  PrefixSet to;  // outbound
  wire::IpAddress source_nat;
  std::vector<wire::IpAddress> also;  // other members of the server's group
  wire::L4Port mapper_port = 135;
  std::vector<PortRange> outer_ports;  // where pinholes may be when the server's port is taken
  std::vector<wire::L4Port> static_ports;
  std::vector<PlainService> plain;
  Limits limits;

  bool names(const Scope& scope) const noexcept {
    if (scope.outbound != outbound || !clients.contains(scope.client)) return false;
    return outbound ? to.contains(scope.outer) : scope.outer == outer;
  }
  bool is_member(const wire::IpAddress& address) const noexcept {
    return std::find(also.begin(), also.end(), address) != also.end();
  }
  // May a connection under this rule lead there?
  bool serves(const Scope& scope, const wire::IpAddress& address) const noexcept {
    return address == server_of(scope) || is_member(address);
  }
  // A client that a routed server's mapper sent to another member of the group dials that one; it
  // is judged as if it had stayed.
  Scope judged_as(const Scope& scope) const noexcept {
    if (outbound || mode != Mode::routed || !is_member(scope.outer)) return scope;
    return {scope.client, outer, false};
  }
  // Where a client that dials `scope.outer` ends up.
  const wire::IpAddress& server_of(const Scope& scope) const noexcept {
    return outbound ? scope.outer : server;
  }
  bool translates_source() const noexcept { return !source_nat.is_unspecified(); }
};

}  // namespace rpcgate::policy
