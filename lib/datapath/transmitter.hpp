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
// Sends what the buffer holds; what the queue or ring does not take is dropped (tx_full).
void flush(Context& context, interplane::PortIndex port) noexcept;

}  // namespace rpcgate::datapath
