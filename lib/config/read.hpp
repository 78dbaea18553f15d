// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Reading one value of each type from the tree, and a section by its table of options. Every
// mistake becomes a diagnostic at the place of the value; reading goes on. Internal to this module.
#pragma once

#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "config/config.hpp"
#include "config/diagnostic.hpp"
#include "config/option.hpp"
#include "config/suggest.hpp"
#include "config/tree.hpp"

namespace rpcgate::config {

class Reader {
 public:
  Reader(const std::vector<std::string>& files, std::vector<Diagnostic>& diagnostics)
      : files_(files), diagnostics_(diagnostics) {}

  void error(const Position& at, std::string text) { say(Severity::error, at, std::move(text)); }
  void warning(const Position& at, std::string text) {
    say(Severity::warning, at, std::move(text));
  }

  // False after telling what is wrong; the target is unchanged then.
  bool read(const Node& node, std::string& into, const Bounds& bounds);
  bool read(const Node& node, bool& into, const Bounds& bounds);
  bool read(const Node& node, std::uint8_t& into, const Bounds& bounds);  // IP protocol
  bool read(const Node& node, std::uint16_t& into, const Bounds& bounds);
  bool read(const Node& node, std::uint32_t& into, const Bounds& bounds);
  bool read(const Node& node, std::uint64_t& into, const Bounds& bounds);
  bool read(const Node& node, Duration& into, const Bounds& bounds);
  bool read(const Node& node, wire::IpAddress& into, const Bounds& bounds);
  bool read(const Node& node, wire::Prefix& into, const Bounds& bounds);
  bool read(const Node& node, InterfaceAddress& into, const Bounds& bounds);
  bool read(const Node& node, MacAddress& into, const Bounds& bounds);
  bool read(const Node& node, PortRange& into, const Bounds& bounds);
  bool read(const Node& node, ClientRef& into, const Bounds& bounds);
  bool read(const Node& node, InterfaceRef& into, const Bounds& bounds);
  bool read(const Node& node, ServiceRef& into, const Bounds& bounds);
  bool read(const Node& node, std::vector<std::uint16_t>& into, const Bounds& bounds);  // opnums
  bool read(const Node& node, std::vector<std::string>& into, const Bounds& bounds);
  bool read(const Node& node, std::vector<InterfaceEntry>& into, const Bounds& bounds);
  bool read(const Node& node, std::vector<FloorEntry>& into, const Bounds& bounds);
  bool read(const Node& node, std::vector<ClassEntry>& into, const Bounds& bounds);
  bool read(const Node& node, ClassRef& into, const Bounds& bounds);
  bool read(const Node& node, VersionRange& into, const Bounds& bounds);
  bool read(const Node& node, TimeOfDay& into, const Bounds& bounds);
  bool read(const Node& node, SourceNat& into, const Bounds& bounds);
  bool read(const Node& node, Limits& into, const Bounds& bounds);  // a rule's own

  template <class Word>
  requires std::is_enum_v<Word>
  bool read(const Node& node, Word& into, const Bounds&) {
    std::vector<std::string_view> words;
    for (const Word word : all_words<Word>) words.push_back(name_of(word));
    const int chosen = read_word(node, words);
    if (chosen < 0) return false;
    into = all_words<Word>[static_cast<std::size_t>(chosen)];
    return true;
  }

  template <class T>
  bool read(const Node& node, Value<T>& into, const Bounds& bounds) {
    T value{};
    if (!read(node, value, bounds)) return false;
    into = Value<T>{std::move(value), node.at};
    return true;
  }

  template <class T>
  bool read(const Node& node, std::vector<Value<T>>& into, const Bounds&) {
    if (!expect(node, Node::Kind::array)) return false;
    bool good = true;
    for (const Node& item : node.items) {
      Value<T> value;
      if (read(item, value, {1, 65535}))
        into.push_back(std::move(value));
      else
        good = false;
    }
    // What could be read is kept, so that later checks see it; the error is told already.
    return good || !into.empty();
  }

  // Every entry of `table` by its option; unknown keys and missing ones are told.
  template <class Section, class... Options>
  void read_section(const Node& table, Section& into, const std::tuple<Options...>& options) {
    std::vector<std::string_view> keys;
    for_each_option(options, [&](const auto& option) { keys.push_back(option.key); });
    for (const Entry& entry : table.entries) {
      bool known = false;
      for_each_option(options, [&](const auto& option) {
        if (option.key != entry.key) return;
        known = true;
        read(entry.value, into.*option.field, option.bounds);
      });
      if (!known) unknown_key(entry, keys);
    }
    for_each_option(options, [&](const auto& option) {
      if (option.required && table.find(option.key) == nullptr)
        error(table.at, "'" + std::string{option.key} + "' is missing");
    });
  }

  void unknown_key(const Entry& entry, std::span<const std::string_view> known);
  bool expect(const Node& node, Node::Kind kind);

 private:
  void say(Severity severity, const Position& at, std::string text);
  int read_word(const Node& node, std::span<const std::string_view> words);
  bool read_integer(const Node& node, std::int64_t& into, const Bounds& bounds);

  const std::vector<std::string>& files_;
  std::vector<Diagnostic>& diagnostics_;
};

// The options of limits a rule may set for itself.
constexpr bool rule_may_set(Scope scope) noexcept {
  return scope == Scope::client || scope == Scope::rule || scope == Scope::pinhole;
}

}  // namespace rpcgate::config
