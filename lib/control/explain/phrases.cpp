// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/explain/phrases.hpp"

#include <fmt/format.h>

#include "dcerpc/interfaces.hpp"
#include "event/event_json.hpp"

namespace rpcgate::control {

std::string interface_phrase(const dcerpc::InterfaceId& interface) {
  const auto name = dcerpc::interface_name(interface);
  if (!name.empty()) return fmt::format("{} {}.{}", name, interface.major, interface.minor);
  const auto other = dcerpc::name_of(interface.uuid);
  return fmt::format("{} {}.{}{}", interface.uuid.to_string(), interface.major, interface.minor,
                     other.empty() ? "" : fmt::format(" (the UUID of {})", other));
}

std::string time_phrase(Instant time, Instant now) {
  const std::string then = event::to_rfc3339(time);  // 2026-01-02T03:04:05.000006Z
  const std::string clock = then.substr(11, 8);
  const std::string day = then.substr(0, 10);
  return day == event::to_rfc3339(now).substr(0, 10) ? clock : day + ' ' + clock;
}

std::string count_phrase(std::uint64_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

std::string span_phrase(std::int64_t seconds) {
  if (seconds < 120) return fmt::format("{} s", seconds);
  const std::int64_t minutes = seconds / 60;
  if (minutes < 120) return fmt::format("{} min", minutes);
  return fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

std::string quiet(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    out += u < 0x20 || u == 0x7f ? '?' : c;
  }
  return out;
}

}  // namespace rpcgate::control
