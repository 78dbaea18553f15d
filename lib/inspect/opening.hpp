// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Making a server's port reachable for one client, because the server named it in an answer that
// was asked for. Internal to this module.
#pragma once

#include "inspect/judging.hpp"
#include "policy/rule.hpp"

namespace rpcgate::inspect {

struct Place {  // where the client may go
  bool ok = false;
  wire::L4Port inner = 0;
  wire::L4Port outer = 0;
  stats::Reason reason = stats::Reason::tower_not_acceptable;  // why not
  wire::IpAddress server{};                                    // whose port it is
};

// Ports that a pinhole may lead to under this rule.
bool may_open(const policy::Rule& rule, wire::L4Port port) noexcept;

// Opens a pinhole to the port of the server that the answer names, or finds it open. `named`: a
// member of the rule's group; any other address is that of the flow's server. `editable`: the
// answer may name another outer port.
Place open_port(const Judging& j, const policy::Rule& rule, const dcerpc::InterfaceId& interface,
                const wire::IpAddress& named, wire::L4Port port, bool editable) noexcept;

}  // namespace rpcgate::inspect
