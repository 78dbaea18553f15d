// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "learn/grants.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "config/words.hpp"
#include "dcerpc/interfaces.hpp"

namespace rpcgate::learn {
namespace {

// The word of a level; CALL is taken as PACKET (MS-RPCE 2.2.1.1.8).
std::string_view word_of(std::uint8_t level) {
  if (level <= 1) return config::name_of(config::Protection::none);
  return config::name_of(static_cast<config::Protection>(level == 3 ? 4 : level));
}

bool has_static(const config::Rule& rule, wire::L4Port port) {
  return std::any_of(rule.static_ports->begin(), rule.static_ports->end(),
                     [&](const auto& listed) { return *listed == port; });
}

bool has_plain(const config::Rule& rule, const PortUse& used) {
  for (const auto& service : *rule.services)
    for (const auto& plain : service->ports)
      if (static_cast<std::uint8_t>(plain.protocol) == used.protocol && plain.port == used.port)
        return true;
  return false;
}

void add(std::string& list, const std::string& item) {
  list += (list.empty() ? "" : ", ") + item;
}

std::string ports_keys(const config::Rule& rule, const ClientUse& use, bool rpc) {
  std::string services = rpc ? "\"rpc\"" : "";
  std::string fixed;
  for (const PortUse& used : use.ports) {
    const bool tcp = used.protocol == 6;
    if (has_plain(rule, used))
      add(services,
          fmt::format("{{protocol = \"{}\", port = {}}}", tcp ? "tcp" : "udp", used.port));
    else if (rpc && tcp && has_static(rule, used.port))
      add(fixed, std::to_string(used.port));
  }
  std::string text = "services = [" + services + "]\n";
  if (!fixed.empty()) text += "static-ports = [" + fixed + "]\n";
  return text;
}

std::string floors_of(const InterfaceUse& use, std::uint8_t lowest, std::string_view section) {
  std::map<std::uint8_t, std::map<std::uint16_t, OperationUse>> by_level;
  for (const auto& [opnum, operation] : use.operations)
    if (operation.lowest > lowest) by_level[operation.lowest][opnum] = operation;
  std::string text;
  for (const auto& [level, operations] : by_level)
    text += fmt::format("[[{}.interface.floor]]\nopnums = [{}]\nprotection = \"{}\"\n", section,
                        list_of(operations), word_of(level));
  return text;
}

std::string interface_table(const InterfaceKey& key, const InterfaceUse& use,
                            std::string_view section) {
  const std::string name = name_or_uuid(key);
  const bool known = name.find('/') == std::string::npos;
  std::string text =
      fmt::format("\n[[{}.interface]]\n{} = \"{}\"\n", section, known ? "name" : "uuid", name);
  std::uint8_t lowest = 6;
  bool anonymous = false;
  for (const auto& [opnum, operation] : use.operations) {
    lowest = std::min(lowest, operation.lowest);
    anonymous = anonymous || operation.anonymous;
  }
  if (use.operations.empty()) {
    text += "deny-opnums = [\"0-65535\"]  # asked for, never called\n";
  } else {
    text += fmt::format("opnums = [{}]\nprotection = \"{}\"\n", list_of(use.operations),
                        word_of(lowest));
    if (anonymous) text += "anonymous = true\n";
  }
  if (use.called_back) text += "callbacks = true\n";
  return text + floors_of(use, lowest, section);
}

// Only refused: nothing of it was used.
bool was_granted(const InterfaceUse& use) {
  return use.mapped + use.bound != 0 || !use.operations.empty() || use.called_back;
}

}  // namespace

Grants grants_of(const config::Rule& rule, const ClientUse& use) {
  Grants grants;
  const std::string_view section = rule.outbound ? "outbound" : "publish";
  for (const auto& [key, interface] : use.interfaces)
    if (was_granted(interface)) grants.tables += interface_table(key, interface, section);
  grants.rpc = !grants.tables.empty();
  grants.keys = ports_keys(rule, use, grants.rpc);
  std::string classes;
  for (const dcerpc::Uuid& clsid : use.classes) add(classes, '"' + clsid.to_string() + '"');
  if (!classes.empty() && grants.rpc) grants.keys += "classes = [" + classes + "]\n";
  return grants;
}

std::string shape_of(const config::Rule& rule, const ClientUse& use) {
  std::string shape;
  for (const auto& [key, interface] : use.interfaces)
    if (was_granted(interface))
      shape += name_or_uuid(key) + ':' + list_of(interface.operations) +
               (interface.called_back ? "<;" : ";");
  const bool rpc = !shape.empty();
  for (const dcerpc::Uuid& clsid : use.classes)
    if (rpc) shape += clsid.to_string() + ';';
  for (const PortUse& used : use.ports)
    if (has_plain(rule, used) || (rpc && used.protocol == 6 && has_static(rule, used.port)))
      shape += fmt::format("{}/{};", used.protocol, used.port);
  return shape;
}

std::string list_of(const std::map<std::uint16_t, OperationUse>& operations) {
  std::string text;
  for (const auto& [opnum, operation] : operations) add(text, std::to_string(opnum));
  return text;
}

}  // namespace rpcgate::learn
