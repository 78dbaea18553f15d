// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Which of many sets may have an address, asked on the data path: the addresses cut into ranges
// that lie in the same sets, a list for each, and a binary search. Built on the control core.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "policy/prefix_set.hpp"

namespace rpcgate::policy {

class AddressIndex {
 public:
  struct Entry {
    std::uint32_t number = 0;  // what the set is known by, here and in what comes out
    const PrefixSet* addresses = nullptr;
  };
  // Numbers that all lists together may have (4 MiB). Sets that overlap a lot would need the square
  // of how many there are; then neighbouring ranges share a list.
  static constexpr std::size_t most_listed = std::size_t{1} << 20;

  AddressIndex() = default;
  // The sets are read here only.
  explicit AddressIndex(std::span<const Entry> entries, std::size_t most = most_listed);

  // The numbers of all sets that have the address, ascending; where ranges share a list others,
  // too: ask the set itself.
  std::span<const std::uint32_t> of(const wire::IpAddress& address) const noexcept;

  std::size_t listed() const noexcept { return numbers_.size(); }

 private:
  __extension__ using Place = unsigned __int128;  // an address as a number
  struct Range {
    Place low = 0;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };
  struct Border;
  static Place place_of(const wire::IpAddress& address) noexcept;
  bool build(std::span<const Border> borders, std::size_t stride, std::size_t most);

  // Sorted; the first begins at 0, each ends where the next begins.
  std::vector<Range> ranges_{Range{}};
  std::vector<std::uint32_t> numbers_;  // the lists
};

}  // namespace rpcgate::policy
