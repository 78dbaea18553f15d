// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Longest prefix match over family-neutral addresses: a trie of 8-bit strides with the answers
// pushed to its leaves, so a look-up is at most 4 loads for IPv4 and 16 for IPv6. Built on the
// control core, immutable afterwards, read by workers.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "wire/address.hpp"

namespace rpcgate::route {

class Lpm {
 public:
  static constexpr std::uint32_t none = 0x7fffffff;

  Lpm() : Lpm(std::vector<std::pair<wire::Prefix, std::uint32_t>>{}) {}
  // Values are below `none`, or `none` for "nothing here" (a blackhole inside a shorter prefix).
  // Of equal prefixes the last wins. IPv4 prefixes (bits 96 and more of a mapped address) and IPv6
  // prefixes never match each other's addresses.
  explicit Lpm(std::vector<std::pair<wire::Prefix, std::uint32_t>> prefixes);

  std::uint32_t lookup(const wire::IpAddress& address) const noexcept {
    const auto& octets = address.octets();
    const bool v4 = address.is_v4();
    unsigned i = v4 ? 12 : 0;
    std::uint32_t entry = v4 ? root_v4 : root_v6;
    while ((entry & leaf) == 0) entry = nodes_[entry][octets[i++]];
    return entry & ~leaf;
  }

 private:
  using Node = std::array<std::uint32_t, 256>;  // a node's index, or leaf | value
  static constexpr std::uint32_t leaf = 0x80000000;
  static constexpr std::uint32_t root_v4 = 0;
  static constexpr std::uint32_t root_v6 = 1;
  void insert(const wire::Prefix& prefix, std::uint32_t value);
  std::vector<Node> nodes_;
};

}  // namespace rpcgate::route
