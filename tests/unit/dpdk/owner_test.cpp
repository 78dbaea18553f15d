// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "dpdk/owner.hpp"

#include <array>
#include <random>

#include <gtest/gtest.h>

#include <rte_thash.h>

namespace rpcgate::dpdk {
namespace {

// What a NIC computes: the Toeplitz hash of the address' octets with the key 6d5a repeated.
std::uint32_t toeplitz(const wire::IpAddress& address, unsigned words_in_front = 0) {
  std::array<std::uint8_t, 52> key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = i % 2 == 0 ? 0x6d : 0x5a;
  std::array<std::uint32_t, 52> converted{};
  rte_convert_rss_key(reinterpret_cast<const std::uint32_t*>(key.data()), converted.data(), 52);
  std::array<std::uint32_t, 8> tuple{};
  const unsigned words = address.is_v4() ? 1 : 4;
  for (unsigned w = 0; w < words; ++w) {
    const std::uint8_t* o = address.octets().data() + (address.is_v4() ? 12 : 4 * w);
    tuple[words_in_front + w] = (std::uint32_t{o[0]} << 24) | (std::uint32_t{o[1]} << 16) |
                                (std::uint32_t{o[2]} << 8) | o[3];
  }
  return rte_softrss_be(tuple.data(), words_in_front + words,
                        reinterpret_cast<const std::uint8_t*>(converted.data()));
}

wire::IpAddress random_v6(std::mt19937& random) {
  std::array<std::uint8_t, 16> octets;
  for (auto& o : octets) o = static_cast<std::uint8_t>(random());
  return wire::IpAddress::from_v6_octets(octets.data());
}

TEST(Owner, IsTheLowBitsOfTheToeplitzHash) {
  std::mt19937 random(1);
  for (unsigned i = 0; i < 2000; ++i) {
    const auto v4 = wire::IpAddress::from_v4(static_cast<std::uint32_t>(random()));
    ASSERT_EQ(owner_bucket(v4), toeplitz(v4) & 127) << v4.to_string();
    const auto v6 = random_v6(random);
    ASSERT_EQ(owner_bucket(v6), toeplitz(v6) & 127) << v6.to_string();
  }
}

// So the hash over a source and over a destination is the same, wherever the NIC puts it.
TEST(Owner, IsTheSameHashWhereverTheAddressStands) {
  std::mt19937 random(2);
  for (unsigned i = 0; i < 200; ++i) {
    const auto v4 = wire::IpAddress::from_v4(static_cast<std::uint32_t>(random()));
    ASSERT_EQ(toeplitz(v4, 1), toeplitz(v4));
    const auto v6 = random_v6(random);
    ASSERT_EQ(toeplitz(v6, 4), toeplitz(v6));
  }
}

TEST(Owner, SpreadsNeighbouringAddressesOverAllWorkers) {
  for (unsigned workers : {1u, 2u, 3u, 8u, 16u}) {
    std::vector<unsigned> count(workers);
    for (std::uint32_t host = 1; host <= 254; ++host)
      ++count[owner(wire::IpAddress::from_v4(0xc6336400 + host), workers)];
    for (unsigned w = 0; w < workers; ++w) EXPECT_GT(count[w], 0u) << workers << " workers";
  }
}

static_assert(owner(wire::IpAddress::from_v4(0x0a000001), 1) == 0, "known at compile time");

}  // namespace
}  // namespace rpcgate::dpdk
