// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A TOML document as a plain tree with positions, so that toml++ and its exceptions stay behind
// parse_toml(). Internal to this module.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "config/diagnostic.hpp"

namespace rpcgate::config {

struct Entry;

struct Node {
  enum class Kind : std::uint8_t { string, integer, floating, boolean, date, array, table };
  Kind kind = Kind::table;
  Position at;
  std::string string;
  std::int64_t integer = 0;
  bool boolean = false;
  std::vector<Node> items;     // of an array
  std::vector<Entry> entries;  // of a table, in the order of the file

  const Entry* find(std::string_view key) const noexcept;
};

struct Entry {
  std::string key;
  Position key_at;
  Node value;
};

// "a string", "an integer", ... for messages.
std::string_view kind_name(Node::Kind kind) noexcept;

// False, with one diagnostic, when the text is not TOML.
bool parse_toml(std::string_view text, std::uint32_t file, const std::string& file_name, Node& root,
                std::vector<Diagnostic>& diagnostics);

}  // namespace rpcgate::config
