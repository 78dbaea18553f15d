// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Which rule decides, and why: the same walk as judging, rule by rule, with words. For
// `rpcgate config test`. Control core and tools only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/rule.hpp"
#include "policy/snapshot.hpp"

namespace rpcgate::policy {

struct Question {
  Scope scope;                         // --client, --to
  dcerpc::InterfaceId interface;       // --interface
  std::optional<std::uint16_t> opnum;  // --opnum
  // What the request carries and who makes it; by default the best there is.
  Protection level = Protection::privacy;
  Caller caller = Caller::named;
  bool on_mapper = false;  // asked on the mapper's own port; epmapper itself always is
};

struct Step {
  RuleId rule = no_rule;
  std::string name;
  config::Position at;
  bool decides = false;
  std::string
      why;  // "client 192.0.2.1 is not among its clients", "grants samr (pack active-directory)"
};

struct Explanation {
  bool allowed = false;
  stats::Reason reason = stats::Reason::none;
  RuleId rule = no_rule;
  std::string rule_name;
  Refuse refuse = Refuse::drop;
  Protection floor = Protection::none;  // what a request needs, where it is allowed at all
  bool anonymous = false;               // an anonymous caller may make it
  wire::IpAddress server;               // where it goes, when allowed
  std::vector<Step> steps;              // every rule in file order
  std::string text;                     // the answer in one or two sentences
};

Explanation explain(const Snapshot& snapshot, const Question& question);

// An interface as people write it: a known name, "UUID/major" or "UUID" (major 0 then, unless the
// UUID is known).
Result<dcerpc::InterfaceId> parse_interface(std::string_view text);

// What a rule grants, for `rpcgate show rules` and `show rpc-interfaces`.
struct Granted {
  std::string name;
  dcerpc::InterfaceId interface;
  std::string opnums;  // "all", "0, 1, 4-7", "all but 37, 58"
  Protection floor = Protection::none;
  bool denied = false;
};
std::vector<Granted> granted_by(const Snapshot& snapshot, RuleId rule);

}  // namespace rpcgate::policy
