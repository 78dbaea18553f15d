// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Which worker a remote party belongs to. The same function as a NIC's Toeplitz hash with the key
// 6d5a repeated, over one address: that key has a period of 16 bits, so the hash of an address at
// any even offset is the hash of the exclusive or of its 16-bit words. Both planes, any core.
#pragma once

#include <array>
#include <cstdint>

#include "wire/address.hpp"

namespace rpcgate::dpdk {

namespace detail {
// The low 7 bits of the Toeplitz hash of one octet at an even (0) or odd (1) offset.
constexpr std::array<std::array<std::uint8_t, 256>, 2> make_owner_tables() noexcept {
  constexpr std::uint64_t key = 0x6d5a6d5a6d5a6d5a;
  std::array<std::array<std::uint8_t, 256>, 2> tables{};
  for (unsigned side = 0; side < 2; ++side)
    for (unsigned octet = 0; octet < 256; ++octet) {
      std::uint32_t hash = 0;
      for (unsigned bit = 0; bit < 8; ++bit)
        if ((octet >> (7 - bit)) & 1)
          hash ^= static_cast<std::uint32_t>((key << (8 * side + bit)) >> 32);
      tables[side][octet] = static_cast<std::uint8_t>(hash & 127);
    }
  return tables;
}
inline constexpr auto owner_tables = make_owner_tables();
}  // namespace detail

// The low 7 bits of the hash: the index into a NIC's redirection table of 128 entries.
constexpr unsigned owner_bucket(const wire::IpAddress& remote) noexcept {
  const auto& octets = remote.octets();
  std::uint8_t even = 0;
  std::uint8_t odd = 0;
  for (unsigned i = remote.is_v4() ? 12 : 0; i < 16; i += 2) {
    even = static_cast<std::uint8_t>(even ^ octets[i]);
    odd = static_cast<std::uint8_t>(odd ^ octets[i + 1]);
  }
  return detail::owner_tables[0][even] ^ detail::owner_tables[1][odd];
}

// The worker (0 .. workers-1) that owns everything of this outer address.
constexpr unsigned owner(const wire::IpAddress& remote, unsigned workers) noexcept {
  return owner_bucket(remote) % workers;
}

}  // namespace rpcgate::dpdk
