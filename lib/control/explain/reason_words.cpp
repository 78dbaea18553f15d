// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/explain/reason_words.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace rpcgate::control {
namespace {

struct Entry {
  std::string_view why;
  std::string_view to_do;
};

constexpr auto make_table() {
  std::array<Entry, stats::reason_count> table{};
#define RPCGATE_WORDS(reason, why, to_do) \
  table[static_cast<std::size_t>(stats::Reason::reason)] = Entry{why, to_do};
#include "control/explain/reason_words.def"
#undef RPCGATE_WORDS
  return table;
}
constexpr auto table = make_table();

std::string_view value_of(std::string_view name, const Named& named) {
  const std::pair<std::string_view, const std::string&> values[] = {
      {"rule", named.rule},   {"what", named.what},     {"call", named.call},
      {"level", named.level}, {"floor", named.floor},   {"port", named.port},
      {"outer", named.outer}, {"client", named.client}, {"until", named.until}};
  for (const auto& [known, value] : values)
    if (known == name) return value;
  return {};
}

// What is put in is not looked at again: a rule may have any name.
std::string fill_in(std::string_view words, const Named& named) {
  std::string text;
  while (true) {
    const auto open = words.find('{');
    text += words.substr(0, open);
    if (open == std::string_view::npos) return text;
    const auto close = words.find('}', open);
    if (close == std::string_view::npos) return text.append(words.substr(open));
    text += value_of(words.substr(open + 1, close - open - 1), named);
    words.remove_prefix(close + 1);
  }
}

}  // namespace

ReasonWords words_for(stats::Reason reason, const Named& named) {
  const Entry& entry = table[static_cast<std::size_t>(reason)];
  if (entry.why.empty())
    return {std::string(stats::reason_table()[static_cast<std::size_t>(reason)].help), {}};
  return {fill_in(entry.why, named), fill_in(entry.to_do, named)};
}

bool has_words(stats::Reason reason) noexcept {
  return !table[static_cast<std::size_t>(reason)].why.empty();
}

}  // namespace rpcgate::control
