// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "route/lpm.hpp"

#include <algorithm>

namespace rpcgate::route {

Lpm::Lpm(std::vector<std::pair<wire::Prefix, std::uint32_t>> prefixes) {
  Node empty;
  empty.fill(leaf | none);
  nodes_.assign(2, empty);  // root_v4 and root_v6
  // Shortest first: a longer prefix then simply overwrites what it covers.
  std::stable_sort(prefixes.begin(), prefixes.end(),
                   [](const auto& a, const auto& b) { return a.first.bits() < b.first.bits(); });
  for (const auto& [prefix, value] : prefixes) insert(prefix, value);
}

void Lpm::insert(const wire::Prefix& prefix, std::uint32_t value) {
  const auto& octets = prefix.address().octets();
  const bool v4 = prefix.address().is_v4() && prefix.bits() >= 96;
  std::uint32_t node = v4 ? root_v4 : root_v6;
  unsigned octet = v4 ? 12 : 0;
  // Down to the node whose 8 bits hold the prefix's end. /0 and multiples of 8 end in the node
  // above their next octet: 10.0.0.0/8 is one entry of the root.
  while (prefix.bits() > 8 * (octet + 1)) {
    const std::uint32_t entry = nodes_[node][octets[octet]];
    if ((entry & leaf) == 0) {
      node = entry;
    } else {
      Node child;
      child.fill(entry);  // what held for the whole range holds for its parts
      const auto index = static_cast<std::uint32_t>(nodes_.size());
      nodes_.push_back(child);
      nodes_[node][octets[octet]] = index;
      node = index;
    }
    ++octet;
  }
  const unsigned used = prefix.bits() - 8 * octet;  // 0..8
  const unsigned count = 1U << (8 - used);
  const unsigned first = octets[octet] & ~(count - 1) & 255;
  // Prefixes of this length and shorter ones came before, so no entry here has a child yet.
  std::fill_n(nodes_[node].begin() + first, count, leaf | value);
}

}  // namespace rpcgate::route
