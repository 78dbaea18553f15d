// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "policy/prefix_set.hpp"

#include <algorithm>

namespace rpcgate::policy {
namespace {

wire::IpAddress last_of(const wire::Prefix& prefix) {
  auto octets = prefix.address().octets();
  for (unsigned bit = prefix.bits(); bit < 128; ++bit)
    octets[bit / 8] = static_cast<std::uint8_t>(octets[bit / 8] | (0x80u >> (bit % 8)));
  return wire::IpAddress::from_v6_octets(octets.data());
}

// How far apart two addresses are, as far as 32 bits say; what is farther counts as 2^32 - 1.
std::uint64_t distance(const wire::IpAddress& low, const wire::IpAddress& high) noexcept {
  for (std::size_t i = 0; i < 12; ++i)
    if (low.octets()[i] != high.octets()[i]) return 0xffffffff;
  std::uint64_t value = 0;
  for (std::size_t i = 12; i < 16; ++i) value = value * 256 + high.octets()[i] - low.octets()[i];
  return value;
}

}  // namespace

PrefixSet::PrefixSet(std::span<const wire::Prefix> prefixes)
    : prefixes_(prefixes.begin(), prefixes.end()) {
  for (const wire::Prefix& prefix : prefixes_)
    ranges_.push_back({prefix.address(), last_of(prefix)});
  // Two prefixes are nested or disjoint: after sorting, one that begins inside the last lies in it.
  std::sort(ranges_.begin(), ranges_.end(), [](const Range& a, const Range& b) {
    return a.low != b.low ? a.low < b.low : b.high < a.high;
  });
  std::vector<Range> outermost;
  for (const Range& range : ranges_)
    if (outermost.empty() || outermost.back().high < range.low) outermost.push_back(range);
  ranges_ = std::move(outermost);
  std::uint64_t before = 0;
  for (Range& range : ranges_) {
    range.before = before;
    before += distance(range.low, range.high) + 1;
  }
}

const PrefixSet::Range* PrefixSet::range_at_or_before(
    const wire::IpAddress& address) const noexcept {
  const auto after =
      std::upper_bound(ranges_.begin(), ranges_.end(), address,
                       [](const wire::IpAddress& a, const Range& range) { return a < range.low; });
  return after == ranges_.begin() ? nullptr : &*(after - 1);
}

std::uint64_t PrefixSet::size() const noexcept {
  if (ranges_.empty()) return 0;
  const Range& last = ranges_.back();
  return last.before + distance(last.low, last.high) + 1;
}

std::uint64_t PrefixSet::rank(const wire::IpAddress& address) const noexcept {
  const Range* range = range_at_or_before(address);
  return range == nullptr ? 0 : range->before + distance(range->low, address);
}

bool PrefixSet::contains(const wire::IpAddress& address) const noexcept {
  const Range* range = range_at_or_before(address);
  return range != nullptr && address <= range->high;
}

bool PrefixSet::overlaps(const PrefixSet& other) const noexcept {
  const auto meets = [](const PrefixSet& a, const PrefixSet& b) {
    return std::any_of(b.ranges_.begin(), b.ranges_.end(),
                       [&](const Range& range) { return a.contains(range.low); });
  };
  return meets(*this, other) || meets(other, *this);
}

bool PrefixSet::covers(const PrefixSet& other) const noexcept {
  return std::all_of(other.ranges_.begin(), other.ranges_.end(), [&](const Range& wanted) {
    // Adjacent ranges of ours may cover it together.
    const Range* range = range_at_or_before(wanted.low);
    const Range* const end = ranges_.data() + ranges_.size();
    if (range == nullptr || range->high < wanted.low) return false;
    while (range->high < wanted.high) {
      auto next = range->high.octets();
      for (std::size_t i = 16; i-- > 0;)
        if (++next[i] != 0) break;
      const auto follows = wire::IpAddress::from_v6_octets(next.data());
      if (++range == end || range->low != follows) return false;
    }
    return true;
  });
}

}  // namespace rpcgate::policy
