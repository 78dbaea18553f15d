// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What clients did under each rule, gathered from events: of which ports, interfaces, operations
// and classes they made use. `rpcgate learn` writes rules of it, `rpcgate report` sums it up.
// Bounded: who asks for random UUIDs must not fill our memory. Control core and offline tools.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "event/event.hpp"

namespace rpcgate::learn {

using dcerpc::InterfaceKey;

// How requests for one operation came.
struct OperationUse {
  std::uint8_t lowest = 6;  // protection, MS-RPCE 2.2.1.1.8
  bool anonymous = false;   // some caller named nobody
};

struct InterfaceUse {
  std::map<std::uint16_t, OperationUse> operations;  // that passed, where the rule learns
  bool called_back = false;
  std::uint64_t mapped = 0;  // asked of the mapper, and told
  std::uint64_t bound = 0;
  std::uint64_t refused = 0;  // asked, bound or called
  stats::Reason last_reason = stats::Reason::none;
};

struct PortUse {
  std::uint8_t protocol = 6;
  wire::L4Port port = 0;
  friend auto operator<=>(const PortUse&, const PortUse&) = default;
};

struct ClientUse {
  std::map<InterfaceKey, InterfaceUse> interfaces;
  std::set<dcerpc::Uuid> classes;
  std::set<PortUse> ports;  // dialled, where the rule learns
};

struct ServerPort {
  wire::IpAddress server;
  wire::L4Port port = 0;
  friend auto operator<=>(const ServerPort&, const ServerPort&) = default;
};

struct RuleUse {
  std::map<wire::IpAddress, ClientUse> clients;
  std::map<ServerPort, bool> pinholes;  // that were opened: was it used?
};

class Uses {
 public:
  // Of clients, interfaces, operations, classes and ports, all together.
  static constexpr std::size_t limit = 262144;

  // `rule`: the event's rule by name; empty: none, or one that is gone.
  void record(const event::Event& event, std::string_view rule);
  const std::map<std::string, RuleUse, std::less<>>& by_rule() const noexcept { return by_rule_; }
  const RuleUse* of(std::string_view rule) const noexcept;  // null: nothing is known
  // Facts beyond the limit.
  std::uint64_t left_out() const noexcept { return left_out_; }

 private:
  ClientUse* client_of(const event::Event& event, std::string_view rule);
  InterfaceUse* interface_of(const event::Event& event, std::string_view rule);
  RuleUse& rule_of(std::string_view rule);
  void record_call(const event::Event& event, std::string_view rule);
  void record_port(const event::Event& event, std::string_view rule);
  bool has_room() noexcept;
  // The entry of `key`, or null where there is no room for one.
  template <class Map, class Key>
  auto* entry(Map& map, const Key& key);
  template <class Set, class Key>
  void insert(Set& set, const Key& key);

  std::map<std::string, RuleUse, std::less<>> by_rule_;
  std::size_t facts_ = 0;
  std::uint64_t left_out_ = 0;
};

// Adds `more` to what is known of a client: for the clients of a rule taken as one.
void merge(ClientUse& into, const ClientUse& more);

}  // namespace rpcgate::learn
