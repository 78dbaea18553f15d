// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "render.hpp"

#include <algorithm>

namespace rpcgate::cli {
namespace {

// No byte of a client's choosing may steer the terminal.
std::string printable(const std::string& text, bool keep_lines) {
  std::string out;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    const bool is_control = u < 0x20 || u == 0x7f;
    out += is_control && !(keep_lines && c == '\n') ? '?' : c;
  }
  return out;
}

std::string interface_cell(const Row& value) {
  const std::string version = value.contains("version") ? '/' + to_cell(value["version"]) : "";
  return to_cell(value.contains("name") ? value["name"] : value["uuid"]) + version;
}

// Columns a terminal shows; UTF-8 continuation bytes take none.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string table(const std::vector<Row>& rows) {
  std::vector<std::string> keys;
  for (const Row& row : rows)
    for (const auto& [key, value] : row.items())
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  std::vector<std::vector<std::string>> cells{keys};
  for (const Row& row : rows) {
    auto& line = cells.emplace_back();
    for (const auto& key : keys) line.push_back(row.contains(key) ? to_cell(row[key]) : "-");
  }
  std::vector<std::size_t> widths(keys.size(), 0);
  for (const auto& line : cells)
    for (std::size_t i = 0; i < line.size(); ++i)
      widths[i] = std::max(widths[i], width_of(line[i]));
  std::string text;
  for (const auto& line : cells) {
    std::string out;
    for (std::size_t i = 0; i < line.size(); ++i)
      out += line[i] + std::string(widths[i] - width_of(line[i]) + 2, ' ');
    out.erase(out.find_last_not_of(' ') + 1);
    text += out + '\n';
  }
  return text;
}

std::string record(const Row& row) {
  std::size_t width = 0;
  for (const auto& [key, value] : row.items()) width = std::max(width, key.size());
  std::string text;
  for (const auto& [key, value] : row.items())
    text += key + ':' + std::string(width - key.size() + 1, ' ') + to_cell(value) + '\n';
  return text;
}

// GNU Coding Standards, "Formatting Error Messages".
std::string error_line(const Row& row) {
  std::string text = to_cell(row["file"]);
  if (row.value("line", 0) != 0) text += ':' + to_cell(row["line"]) + ':' + to_cell(row["column"]);
  return text + ": " + to_cell(row["severity"]) + ": " + to_cell(row["text"]) + '\n';
}

}  // namespace

std::string to_cell(const Row& value) {
  if (value.is_string()) {
    const auto text = printable(value.get<std::string>(), false);
    return text.empty() ? "-" : text;
  }
  if (value.is_object() && value.contains("uuid")) return interface_cell(value);
  if (value.is_object() || value.is_array()) {
    std::string text;
    for (const auto& [key, each] : value.items()) {
      if (!text.empty()) text += ' ';
      text += value.is_object() ? key + '=' + to_cell(each) : to_cell(each);
    }
    return text.empty() ? "-" : text;
  }
  return value.dump();
}

std::string render(control::Layout layout, const std::vector<Row>& rows) {
  if (rows.empty()) return layout == control::Layout::table ? "none\n" : "";
  std::string text;
  switch (layout) {
    case control::Layout::table:
      return table(rows);
    case control::Layout::record:
      for (const Row& row : rows) text += record(row);
      return text;
    case control::Layout::text:
      for (const Row& row : rows) text += printable(row.value("text", std::string()), true) + '\n';
      return text;
    case control::Layout::errors:
      for (const Row& row : rows) text += error_line(row);
      return text;
  }
  return text;
}

}  // namespace rpcgate::cli
