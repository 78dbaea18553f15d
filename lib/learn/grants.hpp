// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The keys of a rule that grant just what was used. Internal to this module.
#pragma once

#include <string>

#include "config/config.hpp"
#include "learn/uses.hpp"

namespace rpcgate::learn {

struct Grants {
  bool rpc = false;
  std::string keys;    // services, classes, static-ports: lines
  std::string tables;  // [[publish.interface]] with floors
};
Grants grants_of(const config::Rule& rule, const ClientUse& use);

// What was used, but for the protection: the same for clients that did alike, empty where a rule
// could grant nothing of it.
std::string shape_of(const config::Rule& rule, const ClientUse& use);

// "0-3, 7"
std::string list_of(const std::map<std::uint16_t, OperationUse>& operations);

}  // namespace rpcgate::learn
