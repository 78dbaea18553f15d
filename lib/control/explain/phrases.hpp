// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// How a story calls things.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "dcerpc/uuid.hpp"

namespace rpcgate::control {

// "samr 1.0", or the UUID where nobody named it.
std::string interface_phrase(const dcerpc::InterfaceId& interface);

// "09:14:40", with the day before it when it was not today. UTC.
std::string time_phrase(Instant time, Instant now);

// "1 pinhole", "2 pinholes".
std::string count_phrase(std::uint64_t count, std::string_view one);

// "12 s", "3 min", "2 h 5 min"
std::string span_phrase(std::int64_t seconds);

// What somebody else wrote, without control characters.
std::string quiet(std::string_view text);

}  // namespace rpcgate::control
