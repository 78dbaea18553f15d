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
using config::MapperAuthentication;
using config::MapperLookup;
using config::Mode;
using config::Notifications;
using config::Protection;
using config::Refuse;

// One client talking to one address: what rules are asked about. Publishing rules are asked of
// clients on the outer side, outbound rules of those on the inner one.
struct Scope {
  wire::IpAddress client;
  wire::IpAddress outer;  // the address it dials
  bool outbound = false;
};

// Is something new asked for, or may something go on? Differs in the grace of a schedule.
enum class Moment : std::uint8_t { begins, goes_on };

// Does a rule hold, by its schedule?
enum class Holding : std::uint8_t {
  open,
  grace,  // over for what begins; what goes on may
  closed
};
constexpr bool holds(Holding holding, Action action, Moment moment) noexcept {
  if (holding != Holding::grace) return holding == Holding::open;
  return action == Action::allow && moment == Moment::goes_on;
}

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
  // Why nothing is granted, where a rule names the client.
  stats::Reason reason = stats::Reason::port_not_granted;
  wire::Endpoint server;       // where the flow goes
  wire::IpAddress source_nat;  // by whose address the client is seen there; unspecified: its own
};

struct InterfaceVerdict {
  bool allowed = false;
  stats::Reason reason = stats::Reason::no_rule;
  RuleId rule = no_rule;  // the rule that decided, allowed or not
  Refuse refuse = Refuse::rpc_error;
  std::string_view technique = {};  // that was refused, of ATT&CK; lives with the snapshot
};

struct RequestVerdict {
  bool allowed = false;
  stats::Reason reason = stats::Reason::no_rule;
  RuleId rule = no_rule;
  Refuse refuse = Refuse::rpc_error;
  Protection floor = Protection::none;  // what was demanded
  bool learning = false;                // the rule learns: a use is told
  std::string_view technique = {};      // that was refused, of ATT&CK; lives with the snapshot
};

// Who a request comes from, as far as its security context told (MS-NLMP AUTHENTICATE).
enum class Caller : std::uint8_t {
  unauthenticated,  // no security context
  anonymous,        // a security context of nobody: its key is no secret
  pending,          // authentication has begun, the token that names the caller has not come yet
  named             // NTLM with a user name, Kerberos, Netlogon
};

// How the caller proves it.
enum class Mechanism : std::uint8_t { unknown, kerberos, ntlm, netlogon, whichever };

}  // namespace rpcgate::policy
