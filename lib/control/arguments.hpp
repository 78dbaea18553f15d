// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The arguments of one request, checked against the table of commands and read by kind. What a
// handler gets from here is well-formed or an error for people.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "control/command_table.hpp"
#include "control/request.hpp"
#include "wire/address.hpp"

namespace rpcgate::control {

class Arguments {
 public:
  // Refuses what the command does not know and misses what it needs.
  static Result<Arguments> check(const Command& command, const Request& request);

  bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  bool flag(std::string_view name) const { return text(name) == "true"; }
  std::string text(std::string_view name) const;  // empty when not given
  Result<std::optional<std::uint64_t>> number(std::string_view name, std::uint64_t highest) const;
  Result<std::optional<wire::IpAddress>> address(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace rpcgate::control
