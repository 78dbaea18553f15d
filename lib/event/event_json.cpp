// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "event/event_json.hpp"

#include <ctime>
#include <iterator>

#include <fmt/format.h>

#include "dcerpc/interfaces.hpp"

namespace rpcgate::event {
namespace {

#define RPCGATE_EVENT_FIELD(name, type, help) FieldInfo{#name, type, help},
constexpr FieldInfo fields[] = {
#include "event/fields.def"
};
#undef RPCGATE_EVENT_FIELD

// Length of the well-formed UTF-8 sequence at the start of `text` (RFC 3629), 0 when there is none.
std::size_t utf8_length(std::string_view text) noexcept {
  const auto at = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = at(0);
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  unsigned char lowest = 0x80;
  unsigned char highest = 0xbf;
  if (lead >= 0xc2 && lead <= 0xdf) length = 2;
  if (lead >= 0xe0 && lead <= 0xef) length = 3;
  if (lead >= 0xf0 && lead <= 0xf4) length = 4;
  if (lead == 0xe0) lowest = 0xa0;   // overlong forms
  if (lead == 0xed) highest = 0x9f;  // surrogates
  if (lead == 0xf0) lowest = 0x90;
  if (lead == 0xf4) highest = 0x8f;  // beyond U+10FFFF
  if (length == 0 || text.size() < length) return 0;
  if (at(1) < lowest || at(1) > highest) return 0;
  for (std::size_t i = 2; i < length; ++i)
    if (at(i) < 0x80 || at(i) > 0xbf) return 0;
  return length;
}

class Line {
 public:
  void text(Field field, std::string_view value) {
    begin(field);
    append_json_string(out_, value);
  }
  void number(Field field, std::uint64_t value) {
    begin(field);
    fmt::format_to(std::back_inserter(out_), "{}", value);
  }
  void raw(Field field, std::string_view value) {
    begin(field);
    out_ += value;
  }
  std::string take() {
    out_ += out_.empty() ? "{}" : "}";
    return std::move(out_);
  }

 private:
  void begin(Field field) {
    out_ += out_.empty() ? "{\"" : ",\"";
    out_ += fields[static_cast<std::size_t>(field)].name;
    out_ += "\":";
  }
  std::string out_;
};

void write_interface(Line& line, const dcerpc::InterfaceId& interface) {
  std::string value = "{\"uuid\":";
  append_json_string(value, to_string(interface.uuid));
  value += fmt::format(",\"version\":\"{}.{}\"", interface.major, interface.minor);
  const auto name = dcerpc::interface_name(interface);
  if (!name.empty()) {
    value += ",\"name\":";
    append_json_string(value, name);
  }
  line.raw(Field::interface, value + "}");
}

void write_field(Line& line, Field field, const Event& e, std::string_view rule_name) {
  const auto address = [&](const wire::IpAddress& a) {
    if (!a.is_unspecified()) line.text(field, a.to_string());
  };
  const auto nonzero = [&](std::uint64_t value) {
    if (value != 0) line.number(field, value);
  };
  switch (field) {
    case Field::time:
      return line.text(field, to_rfc3339(e.time));
    case Field::event:
      return line.text(field, name_of(e.kind));
    case Field::action:
      return line.text(field, name_of(e.action));
    case Field::reason:
      if (e.reason != stats::Reason::none) line.text(field, stats::name_of(e.reason));
      return;
    case Field::rule:
      if (!rule_name.empty()) return line.text(field, rule_name);
      if (e.rule != 0) line.text(field, fmt::format("#{:08x}", e.rule));
      return;
    case Field::client:
      return address(e.client);
    case Field::client_port:
      return nonzero(e.client_port);
    case Field::outer:
      return address(e.outer);
    case Field::outer_port:
      return nonzero(e.outer_port);
    case Field::server:
      return address(e.server);
    case Field::server_port:
      return nonzero(e.server_port);
    case Field::protocol:
      if (e.protocol == 6) return line.text(field, "tcp");
      if (e.protocol == 17) return line.text(field, "udp");
      return;
    case Field::pinhole:
      return nonzero(e.pinhole);
    case Field::flow:
      return nonzero(e.flow);
    case Field::interface:
      if (e.has_interface) write_interface(line, e.interface);
      return;
    case Field::opnum:
      if (e.has_opnum) line.number(field, e.opnum);
      return;
    case Field::clsid:
      if (e.has_class) line.text(field, to_string(e.clsid));
      return;
    case Field::protection:
      if (e.protection != 0) line.text(field, protection_name(e.protection));
      return;
    case Field::user:
      if (!e.user.empty()) line.text(field, e.user.view());
      return;
    case Field::service:
      if (!e.service.empty()) line.text(field, e.service.view());
      return;
    case Field::technique:
      if (!e.technique.empty()) line.text(field, e.technique.view());
      return;
    case Field::bytes:
      return nonzero(e.bytes);
    case Field::duration:
      if (e.duration.count() > 0)
        line.raw(field, fmt::format("{:.6f}", static_cast<double>(e.duration.count()) * 1e-9));
      return;
  }
}

}  // namespace

std::span<const FieldInfo> field_table() noexcept {
  return fields;
}

std::string to_json(const Event& event, std::string_view rule_name) {
  Line line;
  for (std::size_t i = 0; i < std::size(fields); ++i)
    write_field(line, static_cast<Field>(i), event, rule_name);
  return line.take();
}

std::string to_rfc3339(Instant time) {
  std::int64_t microseconds = to_ns(time) / 1000;
  std::int64_t whole = microseconds / 1'000'000;
  std::int64_t rest = microseconds % 1'000'000;
  if (rest < 0) {
    rest += 1'000'000;
    --whole;
  }
  const auto seconds = static_cast<std::time_t>(whole);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, rest);
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const auto c = static_cast<unsigned char>(text[0]);
    if (length == 0)
      out += "\xef\xbf\xbd";
    else if (c == '"' || c == '\\')
      (out += '\\') += text[0];
    else if (c < 0x20 || c == 0x7f)
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
    else
      out += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

std::string protection_name(std::uint8_t level) {
  switch (level) {
    case 1:
      return "none";
    case 2:
      return "connect";
    case 3:
      return "call";
    case 4:
      return "packet";
    case 5:
      return "integrity";
    case 6:
      return "privacy";
    default:
      return fmt::format("level-{}", level);
  }
}

}  // namespace rpcgate::event
