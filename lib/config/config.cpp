// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "config/config.hpp"

#include <algorithm>

namespace rpcgate::config {

std::string kernel_interface_of(const Port& port) {
  if (port.kernel_interface.given) return *port.kernel_interface;
  static constexpr std::string_view key = "iface=";
  const std::string& device = *port.device;
  std::size_t start = 0;
  while (start < device.size()) {
    const std::size_t end = std::min(device.find(',', start), device.size());
    const std::string_view part{device.data() + start, end - start};
    if (part.starts_with(key)) return std::string{part.substr(key.size())};
    start = end + 1;
  }
  return {};
}

bool Rule::has_rpc() const noexcept {
  if (!services.given) return true;
  return std::any_of(services->begin(), services->end(),
                     [](const Value<ServiceRef>& service) { return service->rpc; });
}

const Pack* Config::pack(std::string_view name) const noexcept {
  for (const Pack& pack : packs)
    if (*pack.name == name) return &pack;
  return nullptr;
}

const Rule* Config::rule(std::string_view name) const noexcept {
  for (const Rule& rule : rules)
    if (*rule.name == name) return &rule;
  return nullptr;
}

const Schedule* Config::schedule(std::string_view name) const noexcept {
  for (const Schedule& schedule : schedules)
    if (*schedule.name == name) return &schedule;
  return nullptr;
}

std::string to_string(const Config& config, const Position& at) {
  std::string text = at.file < config.files.size() ? config.files[at.file] : std::string{};
  if (at.line == 0) return text;
  return text + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

}  // namespace rpcgate::config
