// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "learn/uses.hpp"

#include <algorithm>

#include "dcerpc/interfaces.hpp"

namespace rpcgate::learn {
namespace {

using event::Event;
using event::Kind;

// The endpoint mapper's own interface is had by whoever may have any other.
bool is_mapper(const dcerpc::InterfaceId& interface) noexcept {
  return interface.uuid == dcerpc::ids::epmapper.uuid;
}

void merge(OperationUse& into, const OperationUse& more) noexcept {
  into.lowest = std::min(into.lowest, more.lowest);
  into.anonymous = into.anonymous || more.anonymous;
}

}  // namespace

bool Uses::has_room() noexcept {
  if (facts_ < limit) return true;
  ++left_out_;
  return false;
}

template <class Map, class Key>
auto* Uses::entry(Map& map, const Key& key) {
  const auto at = map.find(key);
  if (at != map.end()) return &at->second;
  if (!has_room()) return static_cast<typename Map::mapped_type*>(nullptr);
  ++facts_;
  return &map[key];
}

template <class Set, class Key>
void Uses::insert(Set& set, const Key& key) {
  if (set.contains(key) || !has_room()) return;
  ++facts_;
  set.insert(key);
}

RuleUse& Uses::rule_of(std::string_view rule) {
  const auto at = by_rule_.find(rule);
  return at != by_rule_.end() ? at->second : by_rule_[std::string(rule)];
}

const RuleUse* Uses::of(std::string_view rule) const noexcept {
  const auto at = by_rule_.find(rule);
  return at == by_rule_.end() ? nullptr : &at->second;
}

ClientUse* Uses::client_of(const Event& event, std::string_view rule) {
  return entry(rule_of(rule).clients, event.client);
}

InterfaceUse* Uses::interface_of(const Event& event, std::string_view rule) {
  if (!event.has_interface || is_mapper(event.interface)) return nullptr;
  ClientUse* client = client_of(event, rule);
  if (client == nullptr) return nullptr;
  return entry(client->interfaces, dcerpc::key_of(event.interface));
}

void Uses::record_call(const Event& event, std::string_view rule) {
  InterfaceUse* interface = interface_of(event, rule);
  if (interface == nullptr || !event.has_opnum) return;
  OperationUse* operation = entry(interface->operations, event.opnum);
  if (operation == nullptr) return;
  merge(*operation, {event.protection, event.reason == stats::Reason::anonymous_caller});
}

void Uses::record_port(const Event& event, std::string_view rule) {
  ClientUse* client = client_of(event, rule);
  if (client == nullptr) return;
  insert(client->ports,
         PortUse{event.protocol == 0 ? std::uint8_t{6} : event.protocol, event.outer_port});
}

void Uses::record(const Event& event, std::string_view rule) {
  if (rule.empty() || event.client.is_unspecified()) return;
  switch (event.kind) {
    case Kind::map_allowed:
      if (InterfaceUse* interface = interface_of(event, rule)) ++interface->mapped;
      return;
    case Kind::bind_allowed:
      if (InterfaceUse* interface = interface_of(event, rule)) ++interface->bound;
      return;
    case Kind::map_refused:
    case Kind::bind_refused:
    case Kind::request_refused:
      if (InterfaceUse* interface = interface_of(event, rule)) {
        ++interface->refused;
        interface->last_reason = event.reason;
      }
      return;
    case Kind::request_allowed:
      return record_call(event, rule);
    case Kind::callback_allowed:
      if (InterfaceUse* interface = interface_of(event, rule)) interface->called_back = true;
      return;
    case Kind::activation_allowed:
      if (ClientUse* client = event.has_class ? client_of(event, rule) : nullptr)
        insert(client->classes, event.clsid);
      return;
    case Kind::connection_allowed:
      return record_port(event, rule);
    case Kind::pinhole_opened:
      entry(rule_of(rule).pinholes, ServerPort{event.server, event.server_port});
      return;
    case Kind::pinhole_used:
      if (bool* used = entry(rule_of(rule).pinholes, ServerPort{event.server, event.server_port}))
        *used = true;
      return;
    case Kind::pinhole_closed:
    case Kind::connection_refused:
    case Kind::activation_refused:
    case Kind::notification_armed:
    case Kind::notification_passed:
    case Kind::connection_reset:
    case Kind::policy_committed:
    case Kind::limit_reached:
      return;
  }
}

void merge(ClientUse& into, const ClientUse& more) {
  for (const auto& [key, use] : more.interfaces) {
    InterfaceUse& interface = into.interfaces[key];
    for (const auto& [opnum, operation] : use.operations)
      merge(interface.operations[opnum], operation);
    interface.called_back = interface.called_back || use.called_back;
    interface.mapped += use.mapped;
    interface.bound += use.bound;
    interface.refused += use.refused;
    if (use.last_reason != stats::Reason::none) interface.last_reason = use.last_reason;
  }
  into.classes.insert(more.classes.begin(), more.classes.end());
  into.ports.insert(more.ports.begin(), more.ports.end());
}

}  // namespace rpcgate::learn
