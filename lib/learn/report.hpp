// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// `rpcgate report`: of so many ports that a packet filter would hold open these were used; of so
// many interfaces that clients asked for, these they needed.
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "learn/uses.hpp"

namespace rpcgate::learn {

struct InterfaceLine {
  InterfaceKey key;
  InterfaceUse use;     // of all clients of the rule
  std::size_t clients;  // that asked for it
  // Its operations were called; where the rule does not learn they are not told, and a binding that
  // the server accepted counts.
  bool needed = false;
};

struct RuleReport {
  std::string rule;
  bool learning = false;
  std::size_t clients = 0;
  // What a packet filter would leave open towards its server for the same: the mapper's port, the
  // dynamic range, fixed and plain ports.
  std::uint32_t ports_elsewhere = 0;
  std::vector<ServerPort> opened;  // pinholes, by the server's port
  std::vector<ServerPort> used;    // of these
  std::vector<InterfaceLine> interfaces;
  std::size_t needed() const noexcept;
};

// Of the rules of `config` and others that events name, in that order. `only`: one rule by name.
std::vector<RuleReport> report(const config::Config& config, const Uses& uses,
                               const std::string& only);

std::string to_text(const std::vector<RuleReport>& reports);

}  // namespace rpcgate::learn
