// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Reasons in words for people: why, and what to do. One table, reason_words.def.
#pragma once

#include <string>

#include "stats/counters.hpp"

namespace rpcgate::control {

// What the words speak of, in words.
struct Named {
  std::string rule;
  std::string what;
  std::string call;
  std::string level;
  std::string floor;
  std::string port;
  std::string outer;
  std::string client;
  std::string until;  // " until 14:03:00", or nothing
};

struct ReasonWords {
  std::string why;
  std::string to_do;  // empty: nothing
};

ReasonWords words_for(stats::Reason reason, const Named& named);

// Does the table speak of it? A test asks for all.
bool has_words(stats::Reason reason) noexcept;

}  // namespace rpcgate::control
