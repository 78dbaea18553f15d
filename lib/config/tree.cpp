// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The only file that knows toml++. Debian's build of it reports errors by exception alone.
#include "config/tree.hpp"

#include <algorithm>
#include <exception>

#include <toml++/toml.h>

namespace rpcgate::config {
namespace {

Position to_position(const toml::source_region& source, std::uint32_t file) {
  return {file, static_cast<std::uint32_t>(source.begin.line),
          static_cast<std::uint32_t>(source.begin.column)};
}

Node to_tree(const toml::node& from, std::uint32_t file) {
  Node node;
  node.at = to_position(from.source(), file);
  switch (from.type()) {
    case toml::node_type::table:
      node.kind = Node::Kind::table;
      for (const auto& [key, value] : *from.as_table())
        node.entries.push_back(
            {std::string{key.str()}, to_position(key.source(), file), to_tree(value, file)});
      // toml++ sorts by key; people read errors and rules in the order of the file.
      std::stable_sort(node.entries.begin(), node.entries.end(),
                       [](const Entry& a, const Entry& b) { return a.key_at < b.key_at; });
      break;
    case toml::node_type::array:
      node.kind = Node::Kind::array;
      for (const auto& item : *from.as_array()) node.items.push_back(to_tree(item, file));
      break;
    case toml::node_type::string:
      node.kind = Node::Kind::string;
      node.string = from.as_string()->get();
      break;
    case toml::node_type::integer:
      node.kind = Node::Kind::integer;
      node.integer = from.as_integer()->get();
      break;
    case toml::node_type::boolean:
      node.kind = Node::Kind::boolean;
      node.boolean = from.as_boolean()->get();
      break;
    case toml::node_type::floating_point:
      node.kind = Node::Kind::floating;
      break;
    case toml::node_type::none:
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
      node.kind = Node::Kind::date;
      break;
  }
  return node;
}

}  // namespace

const Entry* Node::find(std::string_view key) const noexcept {
  for (const Entry& entry : entries)
    if (entry.key == key) return &entry;
  return nullptr;
}

std::string_view kind_name(Node::Kind kind) noexcept {
  switch (kind) {
    case Node::Kind::string:
      return "a string";
    case Node::Kind::integer:
      return "an integer";
    case Node::Kind::floating:
      return "a floating-point number";
    case Node::Kind::boolean:
      return "true or false";
    case Node::Kind::date:
      return "a date or time";
    case Node::Kind::array:
      return "an array";
    case Node::Kind::table:
      return "a table";
  }
  return "?";
}

namespace {

// Dotted keys nest without end, and toml++ frees what they built by recursion; no line that people
// write is longer. Returns the line that is, or 0.
std::uint32_t overlong_line(std::string_view text) {
  static constexpr std::size_t longest = 4096;
  std::uint32_t line = 1;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > longest) return line;
    text.remove_prefix(std::min(end + 1, text.size()));
    ++line;
  }
  return 0;
}

}  // namespace

bool parse_toml(std::string_view text, std::uint32_t file, const std::string& file_name, Node& root,
                std::vector<Diagnostic>& diagnostics) {
  if (const std::uint32_t line = overlong_line(text); line != 0) {
    diagnostics.push_back(
        {Severity::error, {file, line, 1}, file_name, "a line of more than 4096 bytes"});
    return false;
  }
  try {
    root = to_tree(toml::parse(text, file_name), file);
    return true;
  } catch (const toml::parse_error& error) {
    diagnostics.push_back({Severity::error, to_position(error.source(), file), file_name,
                           std::string{error.description()}});
  } catch (const std::exception& error) {
    diagnostics.push_back({Severity::error, {file, 0, 0}, file_name, error.what()});
  }
  return false;
}

}  // namespace rpcgate::config
