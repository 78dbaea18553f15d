// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "policy/address_index.hpp"

#include <algorithm>
#include <unordered_map>
#include <vector>

namespace rpcgate::policy {
namespace {

using List = std::vector<std::uint32_t>;  // sorted

struct ListHash {
  std::size_t operator()(const List& list) const noexcept {
    std::size_t hash = list.size();
    for (const std::uint32_t number : list) hash = (hash ^ number) * 0x100000001b3;  // FNV-1a
    return hash;
  }
};

void add(List& list, std::uint32_t number) {
  const auto at = std::lower_bound(list.begin(), list.end(), number);
  if (at == list.end() || *at != number) list.insert(at, number);
}

void remove(List& list, std::uint32_t number) {
  const auto at = std::lower_bound(list.begin(), list.end(), number);
  if (at != list.end() && *at == number) list.erase(at);
}

}  // namespace

// Where a set begins, or ends: at the address after its last.
struct AddressIndex::Border {
  Place place = 0;
  bool ends = false;
  std::uint32_t number = 0;
};

AddressIndex::AddressIndex(std::span<const Entry> entries, std::size_t most) {
  std::vector<Border> borders;
  for (const Entry& entry : entries) {
    for (const PrefixSet::Range& range : entry.addresses->ranges()) {
      borders.push_back({place_of(range.low), false, entry.number});
      const Place after = place_of(range.high) + 1;
      if (after != 0) borders.push_back({after, true, entry.number});
    }
  }
  // A set may end where its next range begins: what ends comes first.
  std::sort(borders.begin(), borders.end(), [](const Border& a, const Border& b) {
    return a.place != b.place ? a.place < b.place : a.ends && !b.ends;
  });
  // One list for all is as long as the sets are many, and is always had.
  for (std::size_t stride = 1; !build(borders, stride, std::max(most, entries.size()));
       stride *= 2) {
  }
}

AddressIndex::Place AddressIndex::place_of(const wire::IpAddress& address) noexcept {
  const auto halves = address.halves();
  const auto host = [](std::uint64_t half) {
    return wire::Be<std::uint64_t>::from_raw(half).host();
  };
  return Place{host(halves[0])} << 64 | host(halves[1]);
}

// Cuts at every `stride`th place; between two cuts the list has all sets that have anything there.
// Says false when the lists get too long.
bool AddressIndex::build(std::span<const Border> borders, std::size_t stride, std::size_t most) {
  ranges_.assign(1, {});
  numbers_.clear();
  List open;                                                // begun and not ended
  std::unordered_map<List, std::uint32_t, ListHash> known;  // where each list begins
  for (std::size_t i = 0; i < borders.size();) {
    const Place low = borders[i].place;
    List list;
    for (std::size_t places = 0; i < borders.size() && places < stride; ++places) {
      const Place place = borders[i].place;
      for (; i < borders.size() && borders[i].place == place; ++i) {
        if (borders[i].ends) {
          remove(open, borders[i].number);
        } else {
          add(open, borders[i].number);
          add(list, borders[i].number);
        }
      }
      if (places == 0) list = open;
    }
    const auto [at, added] = known.try_emplace(list, static_cast<std::uint32_t>(numbers_.size()));
    if (added) {
      if (numbers_.size() + list.size() > most) return false;
      numbers_.insert(numbers_.end(), list.begin(), list.end());
    }
    ranges_.push_back({low, at->second, at->second + static_cast<std::uint32_t>(list.size())});
  }
  return true;
}

std::span<const std::uint32_t> AddressIndex::of(const wire::IpAddress& address) const noexcept {
  const Place wanted = place_of(address);
  const Range* range = ranges_.data();
  for (std::size_t left = ranges_.size(); left > 1;) {
    const std::size_t half = left / 2;
    range = range[half].low <= wanted ? range + half : range;
    left -= half;
  }
  return {numbers_.data() + range->begin, range->end - range->begin};
}

}  // namespace rpcgate::policy
