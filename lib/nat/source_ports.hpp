// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Which ports a client goes out by where several share one address. Each client has a block of its
// own, computed from its place among the rule's clients and never allocated (RFC 7422), so that
// whose port it was can be told years later without a log. Where there are more clients than
// blocks, several share one. A port may be in use for one far end and free for another.
#pragma once

#include <algorithm>
#include <cstdint>

#include "wire/address.hpp"

namespace rpcgate::nat {

inline constexpr std::uint32_t lowest_source_port = 1024;
inline constexpr std::uint32_t source_ports = 65536 - lowest_source_port;
inline constexpr std::uint32_t smallest_block = 64;
inline constexpr std::uint32_t most_attempts = 64;  // in one block

struct PortBlock {
  std::uint32_t low = lowest_source_port;
  std::uint32_t size = source_ports;
};

// `rank`: of the client among `clients`, from 0.
constexpr PortBlock block_of(std::uint64_t rank, std::uint64_t clients) noexcept {
  constexpr std::uint64_t most_blocks = source_ports / smallest_block;
  const std::uint64_t blocks = std::clamp<std::uint64_t>(clients, 1, most_blocks);
  const auto size = static_cast<std::uint32_t>(source_ports / blocks);
  return {lowest_source_port + static_cast<std::uint32_t>(rank % blocks) * size, size};
}

// Where to look for a free port: the client's own where the block holds it, then the others, in an
// order that two clients in one block do not share.
constexpr wire::L4Port port_in(const PortBlock& block, wire::L4Port own,
                               std::uint32_t attempt) noexcept {
  const bool holds = own >= block.low && own < block.low + block.size;
  const std::uint32_t first = holds ? own - block.low : own % block.size;
  return static_cast<wire::L4Port>(block.low + (first + attempt) % block.size);
}

}  // namespace rpcgate::nat
