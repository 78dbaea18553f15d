// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "config/numbers.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace rpcgate::config {
namespace {

// A number followed by one of some units; overflow is no number.
template <std::size_t N>
std::optional<std::uint64_t> parse_scaled(
    std::string_view text, const std::array<std::pair<std::string_view, std::uint64_t>, N>& units) {
  for (const auto& [unit, factor] : units) {
    if (text.size() <= unit.size() || !text.ends_with(unit)) continue;
    const auto number = parse_number(text.substr(0, text.size() - unit.size()));
    if (!number) continue;
    if (*number > std::numeric_limits<std::uint64_t>::max() / factor) return std::nullopt;
    return *number * factor;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

std::optional<Duration> parse_duration(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> units{
      {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}}};
  const auto count = parse_scaled(text, units);
  if (!count || *count > 9'000'000'000u) return std::nullopt;  // what nanoseconds can hold
  return seconds{static_cast<std::int64_t>(*count)};
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::uint64_t>, 3> units{
      {{"KiB", 1u << 10}, {"MiB", 1u << 20}, {"GiB", 1u << 30}}};
  return parse_scaled(text, units);
}

std::optional<PortRange> parse_range(std::string_view text) {
  const auto dash = text.find('-');
  const auto low = parse_number(text.substr(0, dash));
  const auto high = dash == std::string_view::npos ? low : parse_number(text.substr(dash + 1));
  if (!low || !high || *low > *high || *high > 65535) return std::nullopt;
  return PortRange{static_cast<wire::L4Port>(*low), static_cast<wire::L4Port>(*high)};
}

namespace {

struct Version {
  std::uint16_t major = 0;
  std::optional<std::uint16_t> minor;
};

std::optional<std::uint16_t> parse_half(std::string_view text) {
  const auto number = parse_number(text);
  if (!number || *number > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

std::optional<Version> parse_version(std::string_view text) {
  const auto point = text.find('.');
  const auto major = parse_half(text.substr(0, point));
  if (!major) return std::nullopt;
  Version version{*major, std::nullopt};
  if (point == std::string_view::npos) return version;
  version.minor = parse_half(text.substr(point + 1));
  if (!version.minor) return std::nullopt;
  return version;
}

}  // namespace

std::optional<VersionRange> parse_versions(std::string_view text) {
  const auto dash = text.find('-');
  const auto low = parse_version(text.substr(0, dash));
  const auto high = dash == std::string_view::npos ? low : parse_version(text.substr(dash + 1));
  if (!low || !high) return std::nullopt;
  const VersionRange range{low->major, low->minor.value_or(0), high->major,
                           high->minor.value_or(65535)};
  const bool upwards = range.low_major < range.high_major ||
                       (range.low_major == range.high_major && range.low_minor <= range.high_minor);
  if (!upwards || range.high_major - range.low_major >= static_cast<int>(most_majors))
    return std::nullopt;
  return range;
}

std::optional<TimeOfDay> parse_time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hours = parse_number(text.substr(0, 2));
  const auto minutes = parse_number(text.substr(3));
  if (!hours || !minutes || *minutes > 59 || *hours * 60 + *minutes > 1440) return std::nullopt;
  return TimeOfDay{static_cast<std::uint16_t>(*hours * 60 + *minutes)};
}

std::string duration_text(Duration duration) {
  auto left = std::chrono::duration_cast<seconds>(duration).count();
  if (left == 0) return "0s";
  std::string text;
  for (const auto& [unit, factor] : std::array<std::pair<char, std::int64_t>, 4>{
           {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}}}) {
    if (left / factor == 0) continue;
    text += (text.empty() ? "" : " ") + std::to_string(left / factor) + unit;
    left %= factor;
  }
  return text;
}

std::string size_text(std::uint64_t bytes) {
  for (const auto& [unit, shift] :
       std::array<std::pair<const char*, unsigned>, 3>{{{" GiB", 30}, {" MiB", 20}, {" KiB", 10}}})
    if (bytes != 0 && bytes % (1ull << shift) == 0) return std::to_string(bytes >> shift) + unit;
  return std::to_string(bytes);
}

}  // namespace rpcgate::config
