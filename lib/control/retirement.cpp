// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/retirement.hpp"

#include <utility>

namespace rpcgate::control {

void Retirement::poll(Instant now) {
  // Who is told may retire something else: the list is taken apart first.
  std::vector<Retired> still;
  std::vector<std::pair<Told, bool>> to_tell;
  for (Retired& retired : waiting_) {
    const bool passed = quiescence_.passed(retired.ticket);
    if (retired.told && (passed || now >= retired.deadline))
      to_tell.emplace_back(std::exchange(retired.told, {}), passed);
    if (!passed) still.push_back(std::move(retired));
  }
  waiting_ = std::move(still);
  for (const auto& [told, passed] : to_tell) told(passed);
}

}  // namespace rpcgate::control
