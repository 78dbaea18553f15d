// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "arena/mapping.hpp"

#include <vector>

#include <gtest/gtest.h>
#include <sys/mman.h>

namespace rpcgate::arena {
namespace {

std::size_t resident_pages(const Mapping& mapping) {
  std::vector<unsigned char> pages(mapping.size() / 4096);
  EXPECT_EQ(mincore(mapping.data(), mapping.size(), pages.data()), 0);
  std::size_t resident = 0;
  for (const unsigned char page : pages) resident += page & 1;
  return resident;
}

TEST(Mapping, CostsNothingUntilItIsTouched) {
  const Mapping mapping(std::size_t{8} << 20);
  ASSERT_TRUE(mapping.mapped());
  EXPECT_EQ(resident_pages(mapping), 0u);
}

TEST(Mapping, IsTouchedAtOnceWhereMemoryIsReserved) {
  Mapping::use_reserved_pages(true);
  for (const std::size_t size : {std::size_t{20'000}, (std::size_t{6} << 20) + 4096}) {
    const Mapping mapping(size);
    EXPECT_TRUE(mapping.mapped());
    EXPECT_EQ(resident_pages(mapping), mapping.size() / 4096) << size;
  }
  Mapping::use_reserved_pages(false);
}

}  // namespace
}  // namespace rpcgate::arena
