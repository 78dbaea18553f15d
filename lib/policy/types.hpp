// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The words rules are written in. Read by every plane; trivially copyable where a record keeps
// them.
#pragma once

#include <cstdint>
#include <string_view>

#include "config/words.hpp"
#include "stats/counters.hpp"
#include "wire/address.hpp"

namespace rpcgate::policy {

// Names a rule in records, events and commands, across reloads: FNV-1a of the rule's name. 0: none.
using RuleId = std::uint32_t;
inline constexpr RuleId no_rule = 0;

constexpr RuleId rule_id(std::string_view name) noexcept {
  std::uint32_t hash = 2166136261u;
  for (const char c : name) hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619u;
  return hash == 0 ? 1 : hash;
}

// The words of the configuration (config/words.hpp). Protection has the numbers of
// MS-RPCE 2.2.1.1.8.
using config::Action;
using config::Mode;
using config::Notifications;
using config::Protection;
using config::Refuse;

// One client talking to one published address: what rules are asked about.
struct Scope {
  wire::IpAddress client;
  wire::IpAddress outer;
};

// What a destination port of a published address is.
enum class Service : std::uint8_t {
  none,    // not published to this client by a static rule: perhaps a pinhole
  mapper,  // an endpoint mapper: every PDU is read
  rpc,     // a static RPC port: judged like any data flow
  plain    // a service beside RPC (Kerberos, LDAP, ...): not inspected
};

struct Admission {
  Service service = Service::none;
  bool named = false;  // some rule names this client and address (what its `refuse` applies to)
  RuleId rule = no_rule;
  Mode mode = Mode::nat;
  Refuse refuse = Refuse::drop;
  wire::Endpoint server;  // where the flow goes on the inner side
};

struct InterfaceVerdict {
  bool allowed = false;
  stats::Reason reason = stats::Reason::no_rule;
  RuleId rule = no_rule;  // the rule that decided, allowed or not
  Refuse refuse = Refuse::rpc_error;
};

struct RequestVerdict {
  bool allowed = false;
  stats::Reason reason = stats::Reason::no_rule;
  RuleId rule = no_rule;
  Refuse refuse = Refuse::rpc_error;
  Protection floor = Protection::none;  // what was demanded
};

// Who a request comes from, as far as its security context told (MS-NLMP AUTHENTICATE).
enum class Caller : std::uint8_t {
  unauthenticated,  // no security context
  anonymous,        // a security context of nobody: its key is no secret
  pending,          // authentication has begun, the token that names the caller has not come yet
  named             // NTLM with a user name, Kerberos, Netlogon
};

}  // namespace rpcgate::policy
