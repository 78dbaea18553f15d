// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Events as JSON lines, the same in the daemon and in replay. Control core only: it allocates.
// The fields are one table, fields.def; a field that does not apply is left out.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "event/event.hpp"

namespace rpcgate::event {

#define RPCGATE_EVENT_FIELD(name, type, help) name,
enum class Field : std::uint8_t {
#include "event/fields.def"
};
#undef RPCGATE_EVENT_FIELD

struct FieldInfo {
  std::string_view name;
  std::string_view type;
  std::string_view help;
};
std::span<const FieldInfo> field_table() noexcept;  // by Field

// One JSON object, without a line end. `rule_name` is the name behind event.rule, empty when the
// rule is gone (then "#" and the id are written).
std::string to_json(const Event& event, std::string_view rule_name);

// "2026-01-02T03:04:05.000006Z" (RFC 3339).
std::string to_rfc3339(Instant time);

// The text as a JSON string, quotes included: control characters escaped, bytes that are not UTF-8
// replaced by U+FFFD. What callers say of themselves is hostile input.
void append_json_string(std::string& out, std::string_view text);

// "none" ... "privacy" for the levels of MS-RPCE 2.2.1.1.8, "level-N" for others.
std::string protection_name(std::uint8_t level);

}  // namespace rpcgate::event
