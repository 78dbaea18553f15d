// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Reads what the daemon and replay have told: JSON lines (docs/reference/events.md) in any order,
// from any number of files. Offline.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "learn/uses.hpp"

namespace rpcgate::learn {

struct ReadLines {
  std::uint64_t events = 0;
  std::uint64_t not_events = 0;  // lines that are none, or of a kind that is not known
};
ReadLines read_events(std::istream& lines, Uses& uses);

// One line. False: it is no event.
bool read_event(const std::string& line, event::Event& event, std::string& rule);

}  // namespace rpcgate::learn
