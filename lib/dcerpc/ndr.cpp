// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dcerpc/ndr.hpp"

#include <algorithm>
#include <array>

namespace rpcgate::dcerpc {
namespace {

// MS-RPCE 2.2.2.13.1
constexpr std::array<std::uint8_t, 8> signature{0x8a, 0xe3, 0x13, 0x71, 0x02, 0xf4, 0x36, 0x71};
constexpr std::uint16_t command_mask = 0x3fff;
constexpr std::uint16_t command_end = 0x4000;

// The length that each command must have (MS-RPCE 2.2.2.13.2 to 4); 0: not known.
constexpr std::uint16_t length_of(std::uint16_t command) noexcept {
  switch (command & command_mask) {
    case 1:  // bitmask_1
      return 4;
    case 2:  // pcontext
      return 40;
    case 3:  // header2
      return 16;
    default:
      return 0;
  }
}

}  // namespace

bool is_verification_trailer(Bytes rest, wire::ByteOrder order) noexcept {
  wire::Reader in{rest, order};
  const Bytes begin = in.take(signature.size());
  if (!std::equal(
          begin.begin(), begin.end(), signature.begin(), signature.end(),
          [](std::byte a, std::uint8_t b) { return std::to_integer<std::uint8_t>(a) == b; }))
    return false;
  while (in.left() != 0) {
    const std::uint16_t command = in.u16();
    const std::uint16_t length = in.u16();
    in.skip(length);
    if (!in.ok() || length == 0 || length != length_of(command)) return false;
    if ((command & command_end) != 0) return in.left() == 0;
  }
  return false;
}

}  // namespace rpcgate::dcerpc
