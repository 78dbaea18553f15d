// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "config/read.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "config/numbers.hpp"
#include "config/options.hpp"

namespace rpcgate::config {
namespace {

std::string quoted(std::string_view text) {
  return "'" + std::string{text} + "'";
}

std::string list(std::span<const std::string_view> words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += quoted(words[i]);
  }
  return text;
}

}  // namespace

void Reader::say(Severity severity, const Position& at, std::string text) {
  diagnostics_.push_back(
      {severity, at, at.file < files_.size() ? files_[at.file] : std::string{}, std::move(text)});
}

bool Reader::expect(const Node& node, Node::Kind kind) {
  if (node.kind == kind) return true;
  error(node.at, "expected " + std::string{kind_name(kind)} + ", this is " +
                     std::string{kind_name(node.kind)});
  return false;
}

void Reader::unknown_key(const Entry& entry, std::span<const std::string_view> known) {
  error(entry.key_at, "unknown key " + quoted(entry.key) + did_you_mean(entry.key, known));
}

int Reader::read_word(const Node& node, std::span<const std::string_view> words) {
  if (!expect(node, Node::Kind::string)) return -1;
  const auto found = std::find(words.begin(), words.end(), node.string);
  if (found != words.end()) return static_cast<int>(found - words.begin());
  const std::string guess = did_you_mean(node.string, words);
  error(node.at, quoted(node.string) + " is not " + list(words) + guess);
  return -1;
}

bool Reader::read_integer(const Node& node, std::int64_t& into, const Bounds& bounds) {
  if (!expect(node, Node::Kind::integer)) return false;
  if (!bounds.none() && (node.integer < bounds.low || node.integer > bounds.high)) {
    error(node.at, std::to_string(node.integer) + " is out of bounds, " +
                       std::to_string(bounds.low) + " to " + std::to_string(bounds.high));
    return false;
  }
  into = node.integer;
  return true;
}

bool Reader::read(const Node& node, std::string& into, const Bounds&) {
  if (!expect(node, Node::Kind::string)) return false;
  into = node.string;
  return true;
}

bool Reader::read(const Node& node, bool& into, const Bounds&) {
  if (!expect(node, Node::Kind::boolean)) return false;
  into = node.boolean;
  return true;
}

bool Reader::read(const Node& node, std::uint8_t& into, const Bounds&) {
  if (node.kind == Node::Kind::string) {
    static constexpr std::array<std::string_view, 4> words{"tcp", "udp", "icmp", "icmpv6"};
    static constexpr std::array<std::uint8_t, 4> numbers{6, 17, 1, 58};
    const int word = read_word(node, words);
    if (word >= 0) into = numbers[static_cast<std::size_t>(word)];
    return word >= 0;
  }
  std::int64_t number = 0;
  if (!read_integer(node, number, {0, 255})) return false;
  into = static_cast<std::uint8_t>(number);
  return true;
}

bool Reader::read(const Node& node, std::uint16_t& into, const Bounds& bounds) {
  std::int64_t number = 0;
  if (!read_integer(node, number, bounds.none() ? Bounds{0, 65535} : bounds)) return false;
  into = static_cast<std::uint16_t>(number);
  return true;
}

bool Reader::read(const Node& node, std::uint32_t& into, const Bounds& bounds) {
  std::uint64_t number = 0;
  const Bounds all{0, std::numeric_limits<std::uint32_t>::max()};
  if (!read(node, number, bounds.none() ? all : bounds)) return false;
  into = static_cast<std::uint32_t>(number);
  return true;
}

bool Reader::read(const Node& node, std::uint64_t& into, const Bounds& bounds) {
  Node plain = node;
  if (node.kind == Node::Kind::string) {
    const auto size = parse_size(node.string);
    if (!size || *size > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      error(node.at, quoted(node.string) + " is not a number, or a size such as '64KiB'");
      return false;
    }
    plain.kind = Node::Kind::integer;
    plain.integer = static_cast<std::int64_t>(*size);
  }
  std::int64_t number = 0;
  const Bounds all{0, std::numeric_limits<std::int64_t>::max()};
  if (!read_integer(plain, number, bounds.none() ? all : bounds)) return false;
  into = static_cast<std::uint64_t>(number);
  return true;
}

bool Reader::read(const Node& node, Duration& into, const Bounds& bounds) {
  std::optional<Duration> duration;
  if (node.kind == Node::Kind::string) duration = parse_duration(node.string);
  if (node.kind == Node::Kind::integer && node.integer >= 0 && node.integer < 9'000'000'000)
    duration = seconds{node.integer};
  if (!duration) {
    error(node.at, "expected a duration such as '90s', '5m', '1h' or a number of seconds");
    return false;
  }
  const Duration low = seconds{bounds.low};
  const Duration high = seconds{bounds.high};
  if (!bounds.none() && (*duration < low || *duration > high)) {
    error(node.at, duration_text(*duration) + " is out of bounds, " + duration_text(low) + " to " +
                       duration_text(high));
    return false;
  }
  into = *duration;
  return true;
}

bool Reader::read(const Node& node, wire::IpAddress& into, const Bounds&) {
  if (!expect(node, Node::Kind::string)) return false;
  const auto address = wire::IpAddress::parse(node.string);
  if (!address) {
    error(node.at, address.error().what);
    return false;
  }
  into = *address;
  return true;
}

bool Reader::read(const Node& node, wire::Prefix& into, const Bounds&) {
  if (!expect(node, Node::Kind::string)) return false;
  const auto prefix = wire::Prefix::parse(node.string);
  if (!prefix) {
    error(node.at, prefix.error().what);
    return false;
  }
  into = *prefix;
  return true;
}

bool Reader::read(const Node& node, InterfaceAddress& into, const Bounds&) {
  if (!expect(node, Node::Kind::string)) return false;
  const std::string_view text = node.string;
  const auto slash = text.find('/');
  const auto address = wire::IpAddress::parse(text.substr(0, slash));
  if (!address) {
    error(node.at, address.error().what);
    return false;
  }
  const unsigned longest = address->is_v4() ? 32 : 128;
  const auto bits = slash == std::string_view::npos ? std::optional<std::uint64_t>{longest}
                                                    : parse_number(text.substr(slash + 1));
  if (!bits || *bits > longest) {
    error(node.at, quoted(text) + " has no valid prefix length");
    return false;
  }
  into = {*address, static_cast<std::uint8_t>(*bits + (128 - longest))};
  return true;
}

bool Reader::read(const Node& node, MacAddress& into, const Bounds&) {
  if (!expect(node, Node::Kind::string)) return false;
  MacAddress mac{};
  const std::string& text = node.string;
  bool good = text.size() == 17;
  for (std::size_t i = 0; good && i < 17; ++i) {
    if (i % 3 == 2) {
      good = text[i] == ':';
      continue;
    }
    static constexpr std::string_view digits = "0123456789abcdef";
    const auto digit =
        digits.find(text[i] >= 'A' && text[i] <= 'F' ? static_cast<char>(text[i] + 32) : text[i]);
    good = digit != std::string_view::npos;
    if (good) mac[i / 3] = static_cast<std::uint8_t>(mac[i / 3] * 16u + digit);
  }
  if (!good) error(node.at, quoted(text) + " is not a link address such as '02:00:00:00:00:01'");
  if (good) into = mac;
  return good;
}

bool Reader::read(const Node& node, PortRange& into, const Bounds&) {
  std::optional<PortRange> range;
  if (node.kind == Node::Kind::string) range = parse_range(node.string);
  if (node.kind == Node::Kind::integer && node.integer >= 1 && node.integer <= 65535)
    range =
        PortRange{static_cast<wire::L4Port>(node.integer), static_cast<wire::L4Port>(node.integer)};
  if (!range || range->low == 0) {
    error(node.at, "expected a port or a range such as '49152-65535'");
    return false;
  }
  into = *range;
  return true;
}

bool Reader::read(const Node& node, std::vector<std::string>& into, const Bounds&) {
  if (!expect(node, Node::Kind::array)) return false;
  for (const Node& item : node.items) {
    std::string text;
    if (!read(item, text, Bounds{})) return false;
    into.push_back(std::move(text));
  }
  return true;
}

bool Reader::read(const Node& node, std::vector<std::uint16_t>& into, const Bounds&) {
  if (!expect(node, Node::Kind::array)) return false;
  bool good = true;
  std::set<std::uint16_t> listed;
  for (const Node& item : node.items) {
    std::optional<PortRange> range;  // the same shape as a range of ports
    if (item.kind == Node::Kind::string) range = parse_range(item.string);
    if (item.kind == Node::Kind::integer && item.integer >= 0 && item.integer <= 65535)
      range = PortRange{static_cast<std::uint16_t>(item.integer),
                        static_cast<std::uint16_t>(item.integer)};
    if (!range) {
      error(item.at, "expected an opnum, 0 to 65535, or a range such as '4-7'");
      good = false;
      continue;
    }
    for (std::uint32_t opnum = range->low; opnum <= range->high; ++opnum)
      listed.insert(listed.end(), static_cast<std::uint16_t>(opnum));
  }
  into.insert(into.end(), listed.begin(), listed.end());
  return good;
}

bool Reader::read(const Node& node, Limits& into, const Bounds&) {
  if (!expect(node, Node::Kind::table)) return false;
  std::vector<std::string_view> keys;
  for_each_option(limit_options, [&](const auto& option) {
    if (rule_may_set(option.scope)) keys.push_back(option.key);
  });
  for (const Entry& entry : node.entries) {
    bool known = false;
    for_each_option(limit_options, [&](const auto& option) {
      if (option.key != entry.key) return;
      known = true;
      if (rule_may_set(option.scope))
        read(entry.value, into.*option.field, option.bounds);
      else
        error(entry.key_at,
              "limit " + quoted(entry.key) + " is not one of a rule; it belongs into [limits]");
    });
    if (!known) unknown_key(entry, keys);
  }
  return true;
}

}  // namespace rpcgate::config
