// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/arguments.hpp"

#include <algorithm>
#include <charconv>

namespace rpcgate::control {
namespace {

bool is_known(const Command& command, std::string_view name) {
  return std::any_of(command.arguments.begin(), command.arguments.end(), [&](const Argument& a) {
    return (a.name == name && a.kind != ArgumentKind::output) ||
           (a.kind == ArgumentKind::file_text && name == "text");
  });
}

}  // namespace

Result<Arguments> Arguments::check(const Command& command, const Request& request) {
  for (const auto& [name, value] : request.arguments)
    if (!is_known(command, name))
      return fail(ErrorCode::invalid,
                  std::string(command.path) + " has no argument '" + name + "'");
  for (const Argument& argument : command.arguments) {
    if (argument.kind == ArgumentKind::output) continue;
    const bool is_missing = request.arguments.find(argument.name) == request.arguments.end();
    if (argument.required && is_missing)
      return fail(ErrorCode::invalid, std::string(command.path) + " needs the argument '" +
                                          std::string(argument.name) + "'");
  }
  Arguments checked;
  checked.values_ = request.arguments;
  return checked;
}

std::string Arguments::text(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string() : found->second;
}

Result<std::optional<std::uint64_t>> Arguments::number(std::string_view name,
                                                       std::uint64_t highest) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::optional<std::uint64_t>();
  const std::string& digits = found->second;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size() || value > highest)
    return fail(ErrorCode::invalid, std::string(name) + ": '" + digits +
                                        "' is not a number from 0 to " + std::to_string(highest));
  return std::optional<std::uint64_t>(value);
}

Result<std::optional<wire::IpAddress>> Arguments::address(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::optional<wire::IpAddress>();
  auto parsed = wire::IpAddress::parse(found->second);
  if (!parsed) return in_context(std::string(name), parsed.error());
  return std::optional<wire::IpAddress>(*parsed);
}

}  // namespace rpcgate::control
