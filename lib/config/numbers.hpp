// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Numbers with units as people write them: "90s", "5m", "128KiB", "49152-65535".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/config.hpp"

namespace rpcgate::config {

std::optional<std::uint64_t> parse_number(std::string_view digits);
std::optional<Duration> parse_duration(std::string_view text);      // s, m, h, d
std::optional<std::uint64_t> parse_size(std::string_view text);     // KiB, MiB, GiB
std::optional<PortRange> parse_range(std::string_view text);        // "7" or "4-7"
std::optional<VersionRange> parse_versions(std::string_view text);  // "1", "0.0-0.81"
std::optional<TimeOfDay> parse_time_of_day(std::string_view text);  // "08:00", "24:00"
std::string duration_text(Duration duration);                       // "2h 4m", "90s"
std::string size_text(std::uint64_t bytes);                         // "128 KiB"

}  // namespace rpcgate::config
