// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "config/source.hpp"

#include <algorithm>

#include "config/tree.hpp"

namespace rpcgate::config {
namespace {

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end == std::string_view::npos ? end : end + 1));
    text.remove_prefix(lines.back().size());
  }
  return lines;
}

std::string_view trimmed(std::string_view line) {
  const auto first = line.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? std::string_view{} : line.substr(first);
}

bool is_blank_or_comment(std::string_view line) {
  return trimmed(line).empty() || trimmed(line).front() == '#';
}

// Lines at which something of the whole file begins: sections, and keys of a rule.
struct Marks {
  std::vector<std::uint32_t> sections;
  void add(const Node& node, const Position& key_at) {
    sections.push_back(key_at.line);
    if (node.kind == Node::Kind::array)
      for (const Node& item : node.items) sections.push_back(item.at.line);
    if (node.kind == Node::Kind::table) sections.push_back(node.at.line);
  }
  std::uint32_t next_after(std::uint32_t line, std::uint32_t last) const {
    std::uint32_t next = last;
    for (const std::uint32_t at : sections)
      if (at > line) next = std::min(next, at);
    return next;
  }
};

std::uint32_t first_line_of(const Entry& entry) {
  const Node& value = entry.value;
  std::uint32_t line = entry.key_at.line;
  if (value.kind == Node::Kind::array && !value.items.empty())
    line = std::min(line, value.items.front().at.line);
  return line;
}

class Rules {
 public:
  explicit Rules(std::string_view text) : lines_(split(text)) {}

  Result<std::vector<RuleSource>> read(const Node& root) {
    for (const Entry& entry : root.entries) marks_.add(entry.value, entry.key_at);
    for (const Entry& entry : root.entries) {
      if (entry.key != "publish" && entry.key != "outbound") continue;
      for (const Node& node : entry.value.items)
        if (auto read = rule(node, "[[" + entry.key + "]]"); !read)
          return tl::unexpected(read.error());
    }
    std::sort(rules_.begin(), rules_.end(),
              [](const RuleSource& a, const RuleSource& b) { return a.first_line < b.first_line; });
    return std::move(rules_);
  }

 private:
  std::string_view line(std::uint32_t number) const {
    return number == 0 || number > lines_.size() ? std::string_view{} : lines_[number - 1];
  }

  Result<void> rule(const Node& node, const std::string& header) {
    RuleSource rule;
    rule.first_line = node.at.line;
    if (!trimmed(line(rule.first_line)).starts_with(header))
      return fail(ErrorCode::invalid, "line " + std::to_string(node.at.line) +
                                          ": only rules that begin with a line " + header +
                                          " can be rewritten");
    rule.end_line =
        marks_.next_after(rule.first_line, static_cast<std::uint32_t>(lines_.size()) + 1);
    while (rule.end_line > rule.first_line + 1 && is_blank_or_comment(line(rule.end_line - 1)))
      --rule.end_line;
    if (auto done = keys(node, rule); !done) return done;
    rules_.push_back(std::move(rule));
    return {};
  }

  Result<void> keys(const Node& node, RuleSource& rule) {
    std::vector<std::uint32_t> starts;
    for (const Entry& entry : node.entries) {
      const std::uint32_t at = first_line_of(entry);
      if (at <= rule.first_line || std::find(starts.begin(), starts.end(), at) != starts.end())
        return fail(ErrorCode::invalid,
                    "line " + std::to_string(at) + ": keys that share a line cannot be rewritten");
      starts.push_back(at);
    }
    for (const Entry& entry : node.entries) {
      KeySource key;
      key.key = entry.key;
      std::uint32_t end = rule.end_line;
      const std::uint32_t at = first_line_of(entry);
      for (const std::uint32_t start : starts)
        if (start > at) end = std::min(end, start);
      for (std::uint32_t number = at; number < end; ++number) key.text += line(number);
      if (!key.text.empty() && key.text.back() != '\n') key.text += '\n';
      key.table = trimmed(line(at)).starts_with('[');
      if (entry.key == "name") rule.name = entry.value.string;
      rule.keys.push_back(std::move(key));
    }
    return {};
  }

  std::vector<std::string_view> lines_;
  Marks marks_;
  std::vector<RuleSource> rules_;
};

}  // namespace

Result<std::vector<RuleSource>> rule_sources(std::string_view text) {
  Node root;
  std::vector<Diagnostic> diagnostics;
  if (!parse_toml(text, 0, "text", root, diagnostics))
    return fail(ErrorCode::invalid,
                diagnostics.empty() ? "not TOML" : to_string(diagnostics.front()));
  return Rules(text).read(root);
}

std::string lines_of(std::string_view text, std::uint32_t first, std::uint32_t end) {
  std::string out;
  std::uint32_t number = 0;
  for (const std::string_view line : split(text))
    if (++number >= first && number < end) out += line;
  return out;
}

}  // namespace rpcgate::config
