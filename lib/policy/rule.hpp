// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A publishing rule in force: what records, events and commands need of it. What it grants is asked
// of the snapshot. Immutable; lives as long as its snapshot.
#pragma once

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

struct PublishRule {
  RuleId id = no_rule;
  std::string name;
  config::Position at;
  Action action = Action::allow;
  Mode mode = Mode::nat;
  Refuse refuse = Refuse::rpc_error;
  bool rpc = true;  // publishes RPC: a mapper port and perhaps static ports
  bool anonymous = false;
  Notifications notifications = Notifications::window;
  std::vector<PortRange> notification_ports;
  PrefixSet clients;
  wire::IpAddress outer;
  wire::IpAddress server;
  std::vector<wire::IpAddress> also;  // other members of the server's group
  wire::L4Port mapper_port = 135;
  std::vector<PortRange> outer_ports;  // where pinholes may be when the server's port is taken
  std::vector<wire::L4Port> static_ports;
  std::vector<PlainService> plain;
  Limits limits;

  bool names(const Scope& scope) const noexcept {
    return scope.outer == outer && clients.contains(scope.client);
  }
};

}  // namespace rpcgate::policy
