// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The rules in force, compiled: immutable once published, read by every worker and by the control
// core. Made by compile() (policy/compile.hpp) from a checked configuration. Judging is noexcept
// and allocates nothing; the order of rules in the file decides, the first that matches wins.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "dcerpc/uuid.hpp"
#include "policy/types.hpp"

namespace rpcgate::policy {

struct Rule;      // policy/rule.hpp
struct Compiled;  // policy/compile.cpp

// Limits that worker code reads; compiled from the one table of limits (config/limits.*). Scopes
// are those of the table: per flow, per client, per rule, per worker.
struct Limits;  // policy/limits.hpp

class Snapshot {
 public:
  explicit Snapshot(std::unique_ptr<const Compiled> compiled) noexcept;
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  // Grows by one with each commit; records keep the one that judged them.
  std::uint32_t generation() const noexcept;

  // May this packet open a flow to a port of a published address by a static rule?
  Admission admit(const Scope& scope, wire::Protocol protocol, wire::L4Port port,
                  Moment moment = Moment::begins) const noexcept;

  // May this client reach the interface (asked of the mapper, bound, or added by alter_context)?
  // The endpoint mapper's own interface is allowed exactly where `on_mapper`.
  InterfaceVerdict judge_interface(const Scope& scope, const dcerpc::InterfaceId& interface,
                                   bool on_mapper, Moment moment = Moment::begins) const noexcept;

  // May it activate the class (DCOM), where it may activate at all?
  InterfaceVerdict judge_class(const Scope& scope, const dcerpc::Uuid& clsid) const noexcept;

  // May the server call the client on the interface?
  bool may_call_back(const Scope& scope, const dcerpc::InterfaceId& interface) const noexcept;

  // May this request go on? `level` is what the PDU itself carries (not what was bound).
  RequestVerdict judge_request(const Scope& scope, const dcerpc::InterfaceId& interface,
                               std::uint16_t opnum, Protection level, Caller caller, bool on_mapper,
                               Mechanism mechanism = Mechanism::whichever) const noexcept;

  // The rule by its stable id, or null when it is gone.
  const Rule* rule(RuleId id) const noexcept;
  // The first allowing rule that gives `client` RPC at the address it dials, or null.
  const Rule* publishing(const Scope& scope) const noexcept;

  // May a tower of the mapper's answer under this rule name this address? (The server, its group,
  // or the unspecified address.)
  bool may_name(const Rule& rule, const Scope& scope,
                const wire::IpAddress& address) const noexcept;

  // When a schedule changes what holds, so that another snapshot is needed; max(): never.
  Instant next_change() const noexcept;

  // Which port of the gateway may a source enter by (longest prefix wins)? Its index in the
  // configuration, or -1.
  int ingress_port_of(const wire::IpAddress& source) const noexcept;

  // Is the address one of the gateway's that rules publish or translate to?
  bool is_published(const wire::IpAddress& address) const noexcept;
  // All of them, sorted; routed servers are not among them.
  std::span<const wire::IpAddress> published() const noexcept;

  const Limits& limits() const noexcept;
  std::span<const Rule> rules() const noexcept;
  // What explain() walks over.
  const Compiled& compiled() const noexcept { return *compiled_; }

 private:
  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace rpcgate::policy
