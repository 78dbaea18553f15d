// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Values that only rules and packs have.
#include <array>

#include "config/numbers.hpp"
#include "config/options.hpp"
#include "config/read.hpp"
#include "config/services.hpp"

namespace rpcgate::config {

bool Reader::read(const Node& node, ClientRef& into, const Bounds&) {
  return read(node, into.text, Bounds{});
}

bool Reader::read(const Node& node, InterfaceRef& into, const Bounds&) {
  return read(node, into.text, Bounds{});
}

bool Reader::read(const Node& node, ClassRef& into, const Bounds&) {
  return read(node, into.text, Bounds{});
}

bool Reader::read(const Node& node, VersionRange& into, const Bounds&) {
  if (!expect(node, Node::Kind::string)) return false;
  const auto range = parse_versions(node.string);
  if (!range) {
    error(node.at, "expected versions such as '1', '1-3', '0.81' or '0.0-0.81', of at most " +
                       std::to_string(most_majors) + " major ones");
    return false;
  }
  into = *range;
  return true;
}

bool Reader::read(const Node& node, TimeOfDay& into, const Bounds&) {
  if (!expect(node, Node::Kind::string)) return false;
  const auto time = parse_time_of_day(node.string);
  if (!time) {
    error(node.at, "'" + node.string + "' is not a time of day such as '08:00'");
    return false;
  }
  into = *time;
  return true;
}

bool Reader::read(const Node& node, SourceNat& into, const Bounds&) {
  if (!expect(node, Node::Kind::string)) return false;
  if (node.string == "none") {
    into = {};
    return true;
  }
  into.given = read(node, into.address, Bounds{});
  return into.given;
}

namespace {

struct CustomService {
  Value<std::uint8_t> protocol{6};
  Value<std::uint16_t> port{0};
};
constexpr std::tuple custom_service_options{
    required("protocol", &CustomService::protocol, "`tcp` or `udp`."),
    Option<CustomService, Value<std::uint16_t>>{
        "port", &CustomService::port, {1, 65535}, "port", Scope::none, "", true},
};

}  // namespace

bool Reader::read(const Node& node, ServiceRef& into, const Bounds&) {
  if (node.kind == Node::Kind::table) {
    CustomService custom;
    const std::size_t before = diagnostics_.size();
    read_section(node, custom, custom_service_options);
    if (diagnostics_.size() != before) return false;
    if (*custom.protocol != 6 && *custom.protocol != 17) {
      error(custom.protocol.at, "a service is 'tcp' or 'udp'");
      return false;
    }
    into.text = (*custom.protocol == 6 ? "tcp/" : "udp/") + std::to_string(*custom.port);
    into.ports.push_back({static_cast<wire::Protocol>(*custom.protocol), *custom.port});
    return true;
  }
  if (!expect(node, Node::Kind::string)) return false;
  into.text = node.string;
  into.rpc = node.string == "rpc";
  if (into.rpc) return true;
  std::vector<std::string_view> names{"rpc"};
  for (const KnownService& service : known_services()) {
    names.push_back(service.name);
    if (service.name != node.string) continue;
    if (service.tcp) into.ports.push_back({wire::Protocol::tcp, service.port});
    if (service.udp) into.ports.push_back({wire::Protocol::udp, service.port});
    return true;
  }
  error(node.at, "unknown service '" + node.string + "'" + did_you_mean(node.string, names) +
                     "; others as {protocol = \"tcp\", port = 1234}");
  return false;
}

bool Reader::read(const Node& node, std::vector<InterfaceEntry>& into, const Bounds&) {
  if (!expect(node, Node::Kind::array)) return false;
  for (const Node& item : node.items) {
    if (!expect(item, Node::Kind::table)) continue;
    InterfaceEntry& entry = into.emplace_back();
    entry.at = item.at;
    read_section(item, entry, interface_options);
  }
  return true;
}

bool Reader::read(const Node& node, std::vector<FloorEntry>& into, const Bounds&) {
  if (!expect(node, Node::Kind::array)) return false;
  for (const Node& item : node.items) {
    if (!expect(item, Node::Kind::table)) continue;
    FloorEntry& entry = into.emplace_back();
    entry.at = item.at;
    read_section(item, entry, floor_options);
  }
  return true;
}

bool Reader::read(const Node& node, std::vector<ClassEntry>& into, const Bounds&) {
  if (!expect(node, Node::Kind::array)) return false;
  for (const Node& item : node.items) {
    if (!expect(item, Node::Kind::table)) continue;
    ClassEntry& entry = into.emplace_back();
    entry.at = item.at;
    read_section(item, entry, class_options);
  }
  return true;
}

}  // namespace rpcgate::config
