// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What each rule must have and may not say; rules seen together are policy's.
#include <algorithm>
#include <array>
#include <string>

#include "config/check.hpp"

namespace rpcgate::config {
namespace {

constexpr wire::L4Port smb_port = 445;
constexpr wire::L4Port netbios_port = 139;

void check_outbound_addresses(const Rule& rule, Reader& reader) {
  if (rule.to.given && rule.to->empty())
    reader.error(rule.to.at, "'to' is empty: \"any\" is every server");
  const auto goes_to = [&rule](const wire::IpAddress& address) {
    for (const auto& ref : *rule.to)
      for (const wire::Prefix& prefix : ref->prefixes)
        if (prefix.contains(address)) return true;
    return false;
  };
  for (const auto& member : *rule.also)
    if (rule.to.given && !goes_to(*member))
      reader.error(member.at, member->to_string() +
                                  " is not in 'to': answers could lead clients there, and nothing "
                                  "would be granted to them");
  if (!rule.source_nat->given) return;
  if (!rule.source_nat->address.is_v4())
    reader.error(rule.source_nat.at, "IPv6 is not translated: source-nat = \"none\" is needed");
  if (rule.source_nat->address.is_unspecified())
    reader.error(rule.source_nat.at, "no address to go out by");
}

void check_addresses(const Rule& rule, Reader& reader) {
  if (!rule.outer.given) return;
  if (rule.outer->is_unspecified()) reader.error(rule.outer.at, "no address to publish");
  if (!rule.server.given) {
    if (*rule.action != Action::deny && *rule.mode == Mode::nat)
      reader.error(rule.at, "'server' is missing");
    return;
  }
  if (*rule.mode == Mode::routed) {
    if (*rule.outer != *rule.server)
      reader.error(
          rule.server.at,
          "in routed mode clients dial the server's own address: 'server' must be 'outer', " +
              rule.outer->to_string());
    return;
  }
  if (*rule.outer == *rule.server)
    reader.error(rule.server.at,
                 "in nat mode 'server' cannot be 'outer'; where clients dial the server's own "
                 "address, mode = \"routed\" is meant");
  if (!rule.outer->is_v4() || !rule.server->is_v4())
    reader.error(rule.outer->is_v4() ? rule.server.at : rule.outer.at,
                 "IPv6 is not translated: mode = \"routed\" is needed");
}

// Where copies of traffic between others are judged, packets bear the addresses they have there.
void check_monitored(const Config& config, const Rule& rule, Reader& reader) {
  if (!*config.daemon.monitor || *rule.action == Action::deny) return;
  if (rule.outbound ? rule.source_nat->given : *rule.mode == Mode::nat)
    reader.error(rule.outbound ? rule.source_nat.at : (rule.mode.given ? rule.mode.at : rule.at),
                 rule.outbound
                     ? "with 'monitor' nothing is translated: source-nat = \"none\" is needed"
                     : "with 'monitor' nothing is translated: mode = \"routed\" is needed");
}

void check_plain_ports(const Rule& rule, Reader& reader) {
  std::vector<wire::L4Port> tcp;
  if (rule.has_rpc()) tcp.push_back(*rule.mapper_port);
  for (const auto& port : *rule.static_ports) {
    if (rule.has_rpc() && *port == *rule.mapper_port)
      reader.error(port.at, "static port " + std::to_string(*port) + " is the mapper's port");
    else if (std::find(tcp.begin(), tcp.end(), *port) != tcp.end())
      reader.error(port.at, "static port " + std::to_string(*port) + " is listed twice");
    tcp.push_back(*port);
  }
  std::vector<wire::L4Port> udp;
  for (const auto& service : *rule.services)
    for (const ServiceRef::Port& plain : service->ports) {
      auto& taken = plain.protocol == wire::Protocol::tcp ? tcp : udp;
      const std::string number = std::to_string(plain.port);
      if (plain.protocol == wire::Protocol::tcp && rule.has_rpc() &&
          plain.port == *rule.mapper_port)
        reader.error(service.at,
                     "service '" + service->text + "' uses port " + number + ", the mapper's port");
      else if (std::find(taken.begin(), taken.end(), plain.port) != taken.end())
        reader.error(service.at, "service '" + service->text + "' uses port " + number +
                                     ", which this rule already publishes");
      taken.push_back(plain.port);
    }
  for (const auto& range : *rule.outer_ports)
    for (const wire::L4Port port : tcp)
      if (range->contains(port))
        reader.error(range.at, "'outer-ports' contains port " + std::to_string(port) +
                                   ", which this rule publishes for something else");
}

void check_named_pipes(const Rule& rule, Reader& reader) {
  if (*rule.action == Action::deny) return;
  const auto warn = [&](const Position& at, wire::L4Port port) {
    reader.warning(at, "port " + std::to_string(port) +
                           " is published: RPC over named pipes is not judged there");
  };
  for (const auto& service : *rule.services)
    for (const ServiceRef::Port& plain : service->ports)
      if (plain.protocol == wire::Protocol::tcp &&
          (plain.port == smb_port || plain.port == netbios_port))
        warn(service.at, plain.port);
  for (const auto& port : *rule.static_ports)
    if (*port == smb_port || *port == netbios_port)
      reader.error(port.at, "port " + std::to_string(*port) + " carries SMB, not RPC over TCP");
}

void check_notifications(const Rule& rule, Reader& reader) {
  const bool by_ports = *rule.notifications == Notifications::ports;
  if (by_ports && rule.notification_ports->empty())
    reader.error(rule.notifications.at, "notifications = \"ports\" needs 'notification-ports'");
  if (!by_ports && rule.notification_ports.given)
    reader.error(rule.notification_ports.at,
                 "'notification-ports' belongs to notifications = \"ports\"");
  for (const auto& range : *rule.notification_ports)
    if (range->low < 1024)
      reader.error(range.at, "no client takes notifications at a port below 1024");
}

void check_schedule(const Config& config, const Rule& rule, Reader& reader) {
  if (*rule.schedule == "always" || config.schedule(*rule.schedule) != nullptr) return;
  std::vector<std::string_view> names{"always"};
  for (const Schedule& schedule : config.schedules) names.push_back(*schedule.name);
  reader.error(rule.schedule.at, "there is no schedule '" + *rule.schedule + "'" +
                                     did_you_mean(*rule.schedule, names));
}

void check_packs(const Config& config, const Value<std::vector<Value<std::string>>>& names,
                 PackUse use, Reader& reader) {
  std::vector<std::string_view> known;
  for (const Pack& pack : config.packs)
    if (*pack.use == use) known.push_back(*pack.name);
  for (const auto& name : *names) {
    const Pack* pack = config.pack(*name);
    if (pack == nullptr)
      reader.error(name.at, "there is no pack '" + *name + "'" + did_you_mean(*name, known));
    else if (*pack->use != use)
      reader.error(name.at, use == PackUse::grant
                                ? "pack '" + *name + "' is a technique, for 'deny'"
                                : "pack '" + *name + "' is not a technique; it belongs to 'packs'");
  }
}

void check_grants(const Rule& rule, Reader& reader) {
  const bool names_some =
      !rule.packs->empty() || !rule.interfaces->empty() || !rule.interface_entries.empty();
  const std::string section = rule.outbound ? "outbound" : "publish";
  if (rule.has_rpc()) {
    // A list with a mistake in it was told already.
    const bool tried = rule.packs.given || rule.interfaces.given || names_some;
    if (*rule.action == Action::allow && !tried)
      reader.error(rule.at,
                   "the rule lists rpc but grants no interface: 'packs', 'interfaces' or "
                   "[[" +
                       section + ".interface]] is needed; interfaces = [\"any\"] grants all");
    return;
  }
  const auto useless = [&](bool given, const Position& at, std::string_view key) {
    if (given)
      reader.error(at, "'" + std::string{key} + "' has no meaning: 'services' does not list rpc");
  };
  useless(rule.packs.given, rule.packs.at, "packs");
  useless(rule.deny.given, rule.deny.at, "deny");
  useless(rule.interfaces.given, rule.interfaces.at, "interfaces");
  useless(rule.static_ports.given, rule.static_ports.at, "static-ports");
  useless(rule.mapper_port.given, rule.mapper_port.at, "mapper-port");
  useless(rule.outer_ports.given, rule.outer_ports.at, "outer-ports");
  useless(rule.protection.given, rule.protection.at, "protection");
  useless(rule.anonymous.given, rule.anonymous.at, "anonymous");
  if (!rule.interface_entries.empty())
    useless(true, rule.interface_entries.front().at, section + ".interface");
  useless(rule.authentication.given, rule.authentication.at, "authentication");
  useless(rule.classes.given, rule.classes.at, "classes");
  useless(rule.sealed_activation.given, rule.sealed_activation.at, "sealed-activation");
  useless(rule.mapper_lookup.given, rule.mapper_lookup.at, "mapper-lookup");
  useless(rule.mapper_authentication.given, rule.mapper_authentication.at, "mapper-authentication");
}

void check_entries(const Rule& rule, Reader& reader) {
  for (std::size_t i = 0; i < rule.interface_entries.size(); ++i) {
    const InterfaceEntry& entry = rule.interface_entries[i];
    if (*rule.action == Action::deny && entry.deny_opnums.given)
      reader.error(entry.deny_opnums.at, "in a deny rule 'opnums' says what is denied");
    for (std::size_t j = 0; j < i && entry.resolved; ++j) {
      const InterfaceEntry& other = rule.interface_entries[j];
      if (other.resolved && other.id.uuid == entry.id.uuid &&
          other.versions->low_major <= entry.versions->high_major &&
          entry.versions->low_major <= other.versions->high_major)
        reader.error(entry.at,
                     "this rule already has an entry for interface '" + *entry.name + "'");
    }
  }
}

}  // namespace

void check_rules(const Config& config, Reader& reader) {
  for (const Rule& rule : config.rules) {
    if (rule.outbound)
      check_outbound_addresses(rule, reader);
    else
      check_addresses(rule, reader);
    check_monitored(config, rule, reader);
    check_plain_ports(rule, reader);
    check_named_pipes(rule, reader);
    check_notifications(rule, reader);
    check_schedule(config, rule, reader);
    check_packs(config, rule.packs, PackUse::grant, reader);
    check_packs(config, rule.deny, PackUse::deny, reader);
    check_grants(rule, reader);
    check_entries(rule, reader);
    if (rule.clients.given && rule.clients->empty())
      reader.error(rule.clients.at, "'clients' is empty: \"any\" is everybody");
    if (rule.authentication.given && rule.authentication->empty())
      reader.error(rule.authentication.at,
                   "'authentication' is empty: nobody could prove anything");
    if (rule.services.given && rule.services->empty())
      reader.error(rule.services.at, "'services' is empty");
  }
}

}  // namespace rpcgate::config
