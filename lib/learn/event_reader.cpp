// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "learn/event_reader.hpp"

#include <charconv>
#include <istream>
#include <nlohmann/json.hpp>
#include <optional>

#include "event/event_json.hpp"

namespace rpcgate::learn {
namespace {

using nlohmann::json;

std::string text_of(const json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string{};
}

std::optional<std::uint64_t> number_of(const json& object, const char* key) {
  const auto at = object.find(key);
  if (at == object.end() || !at->is_number_unsigned()) return std::nullopt;
  return at->get<std::uint64_t>();
}

wire::L4Port port_of(const json& object, const char* key) {
  return static_cast<wire::L4Port>(number_of(object, key).value_or(0));
}

wire::IpAddress address_of(const json& object, const char* key) {
  const auto address = wire::IpAddress::parse(text_of(object, key));
  return address ? *address : wire::IpAddress{};
}

std::optional<event::Kind> kind_of(std::string_view name) {
  const auto table = event::event_table();
  for (std::size_t i = 0; i < table.size(); ++i)
    if (table[i].name == name) return static_cast<event::Kind>(i);
  return std::nullopt;
}

stats::Reason reason_of(std::string_view name) {
  for (std::size_t i = 0; i < stats::reason_count; ++i)
    if (stats::name_of(static_cast<stats::Reason>(i)) == name) return static_cast<stats::Reason>(i);
  return stats::Reason::none;
}

std::uint8_t level_of(std::string_view name) {
  for (std::uint8_t level = 1; level <= 6; ++level)
    if (event::protection_name(level) == name) return level;
  return 0;
}

void read_interface(const json& object, event::Event& event) {
  const auto at = object.find("interface");
  if (at == object.end() || !at->is_object()) return;
  const auto uuid = dcerpc::Uuid::parse(text_of(*at, "uuid"));
  const std::string version = text_of(*at, "version");
  if (!uuid) return;
  std::from_chars(version.data(), version.data() + version.size(), event.interface.major);
  event.interface.uuid = *uuid;
  event.has_interface = true;
}

}  // namespace

bool read_event(const std::string& line, event::Event& event, std::string& rule) {
  const json object = json::parse(line, nullptr, false);
  if (!object.is_object()) return false;
  const auto kind = kind_of(text_of(object, "event"));
  if (!kind) return false;
  event = {};
  event.kind = *kind;
  rule = text_of(object, "rule");
  event.reason = reason_of(text_of(object, "reason"));
  event.client = address_of(object, "client");
  event.outer = address_of(object, "outer");
  event.outer_port = port_of(object, "outer_port");
  event.server = address_of(object, "server");
  event.server_port = port_of(object, "server_port");
  event.protocol = text_of(object, "protocol") == "udp" ? 17 : 6;
  event.protection = level_of(text_of(object, "protection"));
  const auto opnum = number_of(object, "opnum");
  event.has_opnum = opnum.has_value();
  event.opnum = static_cast<std::uint16_t>(opnum.value_or(0));
  const auto clsid = dcerpc::Uuid::parse(text_of(object, "clsid"));
  event.has_class = clsid.has_value();
  if (clsid) event.clsid = *clsid;
  read_interface(object, event);
  return true;
}

ReadLines read_events(std::istream& lines, Uses& uses) {
  ReadLines read;
  event::Event event;
  std::string rule;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    const bool good = read_event(line, event, rule);
    ++(good ? read.events : read.not_events);
    if (good) uses.record(event, rule);
  }
  return read;
}

}  // namespace rpcgate::learn
