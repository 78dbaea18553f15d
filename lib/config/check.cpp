// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "config/check.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace rpcgate::config {
namespace {

bool is_name(std::string_view text) {
  static constexpr std::string_view others = "._-";
  if (text.empty() || text.size() > 64) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
  });
}

// Names are words, and unique in their list.
template <class Section>
void check_names(const std::vector<Section>& sections, std::string_view what, const Config& config,
                 Reader& reader) {
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const Value<std::string>& name = sections[i].name;
    if (!name.given) continue;
    if (!is_name(*name))
      reader.error(name.at,
                   "'" + *name + "' is not a name: 1 to 64 letters, digits, '.', '_' or '-'");
    for (std::size_t j = 0; j < i; ++j) {
      if (!sections[j].name.given || *sections[j].name != *name) continue;
      reader.error(name.at, "there is already a " + std::string{what} + " '" + *name + "' at " +
                                to_string(config, sections[j].name.at));
      break;
    }
  }
}

void check_networks(const Config& config, Reader& reader) {
  for (std::size_t i = 0; i < config.ports.size(); ++i) {
    const Port& port = config.ports[i];
    if (port.networks.given && port.networks->empty())
      reader.error(port.networks.at, "'networks' is empty: nothing could enter this port");
    for (const auto& network : *port.networks)
      for (std::size_t j = 0; j < i; ++j)
        for (const auto& other : *config.ports[j].networks)
          if (*network == *other)
            reader.error(network.at, "network " + network->to_string() +
                                         " is already that of port '" + *config.ports[j].name +
                                         "' at " + to_string(config, other.at));
  }
}

void check_port_name(const Config& config, const Value<std::string>& name, Reader& reader) {
  if (!name.given) return;
  std::vector<std::string_view> names;
  for (const Port& port : config.ports) names.push_back(*port.name);
  if (std::find(names.begin(), names.end(), *name) != names.end()) return;
  reader.error(name.at, "there is no port '" + *name + "'" + did_you_mean(*name, names));
}

}  // namespace

void check_ports(const Config& config, Reader& reader, bool replay) {
  check_names(config.ports, "port", config, reader);
  check_networks(config, reader);
  for (const Zone zone : all_words<Zone>) {
    const bool present = std::any_of(config.ports.begin(), config.ports.end(),
                                     [&](const Port& p) { return *p.zone == zone; });
    if (!present && !replay)
      reader.error({}, "there is no [[port]] with zone '" + std::string{name_of(zone)} + "'");
  }
  for (const Port& port : config.ports) {
    if (!replay && port.device->empty()) reader.error(port.at, "'device' is missing");
    if (*port.tx_queues > *port.queues)
      reader.error(port.tx_queues.at, "more transmit queues than receive queues");
  }
}

void check_client_sets(const Config& config, Reader& reader) {
  check_names(config.client_sets, "client set", config, reader);
  check_names(config.rules, "rule", config, reader);
  for (const ClientSet& set : config.client_sets) {
    if (*set.name == "any" || wire::Prefix::parse(*set.name))
      reader.error(set.name.at, "'" + *set.name + "' cannot name a client set");
    if (set.prefixes.given && set.prefixes->empty())
      reader.error(set.prefixes.at, "client set '" + *set.name + "' is empty");
  }
}

void check_schedules(const Config& config, Reader& reader) {
  check_names(config.schedules, "schedule", config, reader);
  for (const Schedule& schedule : config.schedules) {
    if (*schedule.name == "always")
      reader.error(schedule.name.at,
                   "'always' cannot name a schedule: it is the one that never "
                   "ends");
    if (schedule.days.given && schedule.days->empty())
      reader.error(schedule.days.at, "'days' is empty: the schedule would never begin");
    if (schedule.from->minutes == 1440)
      reader.error(schedule.from.at, "the midnight that begins a day is '00:00'");
  }
}

void check_local(const Config& config, Reader& reader) {
  for (const LocalService& service : config.local_services) {
    const bool has_ports = *service.protocol == 6 || *service.protocol == 17;
    if (has_ports && !service.port.given) reader.error(service.at, "'port' is missing");
    if (!has_ports && service.port.given)
      reader.error(service.port.at, "this protocol has no ports");
  }
  for (const StaticRoute& route : config.routes) {
    check_port_name(config, route.port, reader);
    if (route.via.given && route.via->is_v4() != route.prefix->address().is_v4())
      reader.error(route.via.at, "the next hop is of another address family than the prefix");
  }
  for (const StaticNeighbour& neighbour : config.neighbours)
    check_port_name(config, neighbour.port, reader);
}

}  // namespace rpcgate::config
