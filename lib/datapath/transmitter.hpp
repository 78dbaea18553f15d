// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The transmit buffers of one worker, one a port: filled by route, flushed by tx at the end of each
// turn and when one is full. Allocated once, by Worker::init().
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "interplane/ports.hpp"

struct rte_mbuf;

namespace rpcgate::datapath {

struct Adjacency;
struct Context;

struct Transmitter {
  static constexpr std::size_t slots = 64;
  struct Buffer {
    std::array<rte_mbuf*, slots> mbufs;
    std::size_t size = 0;
  };
  std::vector<Buffer> ports;  // by PortIndex  // lint: at start
};

// Puts a complete frame into the port's buffer; flushes the buffer when it is full. The frame is
// the transmitter's from here on.
void transmit(Context& context, rte_mbuf* mbuf, interplane::PortIndex port) noexcept;
// The same for one direct segment that nobody else holds, to a port that is not silent; written to
// this next hop.
void transmit_to(Context& context, rte_mbuf* mbuf, const Adjacency& next_hop) noexcept;
// Sends what the buffer holds; what the queue or ring does not take is dropped (tx_full).
void flush(Context& context, interplane::PortIndex port) noexcept;

}  // namespace rpcgate::datapath
