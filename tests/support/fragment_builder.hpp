// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Frames cut into IP fragments as a test wants them, and put together again as a plain receiver
// does. Nothing of the product's code is used here, so that both cannot be wrong together.
#pragma once

#include <string>
#include <vector>

#include "packet_builder.hpp"

namespace rpcgate::tests {

inline constexpr std::size_t ethernet = 14;

struct Cut {  // of the bytes behind the IP header
  std::size_t offset, length;
  bool more;
};

void put16(FrameBytes& frame, std::size_t at, unsigned value);
unsigned get16(const FrameBytes& frame, std::size_t at);
void set_v4_checksum(FrameBytes& frame);
bool is_v6(const FrameBytes& frame);
std::size_t body_of(const FrameBytes& whole);  // bytes behind the IP header

FrameBytes fragment_of(const FrameBytes& whole, const Cut& cut, unsigned id);
// Of these lengths, and one more with the rest.
std::vector<FrameBytes> fragments_of(const FrameBytes& whole,
                                     const std::vector<std::size_t>& lengths, unsigned id = 7);

bool is_fragment(const FrameBytes& frame);
unsigned identification_of(const FrameBytes& frame);
// The packets that these frames are, which may come in any order. Aborts the test when fragments
// overlap, contradict each other or miss some.
std::vector<FrameBytes> put_together(const std::vector<FrameBytes>& frames);

}  // namespace rpcgate::tests
