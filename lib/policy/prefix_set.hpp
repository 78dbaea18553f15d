// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A set of addresses given as prefixes, asked on the data path: sorted, disjoint ranges and a
// binary search. Built on the control core.
#pragma once

#include <span>
#include <vector>

#include "wire/address.hpp"

namespace rpcgate::policy {

class PrefixSet {
 public:
  PrefixSet() = default;
  explicit PrefixSet(std::span<const wire::Prefix> prefixes);

  bool contains(const wire::IpAddress& address) const noexcept;
  bool overlaps(const PrefixSet& other) const noexcept;
  bool covers(const PrefixSet& other) const noexcept;  // every address of `other` is in this one
  bool empty() const noexcept { return ranges_.empty(); }
  // How many addresses there are, and how many lie before this one. Beyond 2^32 they are not
  // counted exactly.
  std::uint64_t size() const noexcept;
  std::uint64_t rank(const wire::IpAddress& address) const noexcept;
  struct Range {
    wire::IpAddress low;
    wire::IpAddress high;      // inclusive
    std::uint64_t before = 0;  // addresses in the ranges before it
  };
  // Sorted, disjoint.
  std::span<const Range> ranges() const noexcept { return ranges_; }
  // As they were given.
  std::span<const wire::Prefix> prefixes() const noexcept { return prefixes_; }

 private:
  const Range* range_at_or_before(const wire::IpAddress& address) const noexcept;
  std::vector<Range> ranges_;
  std::vector<wire::Prefix> prefixes_;
};

}  // namespace rpcgate::policy
