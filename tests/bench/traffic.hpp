// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Plain TCP connections from many clients to the published service, as frames: each client has 63
// connections, as in the NAT44 tests of CSIT.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/prefetch.hpp"
#include "bench/memory_box.hpp"
#include "wire/address.hpp"

namespace rpcgate::bench {

enum class From : std::uint8_t { client, server };
enum class Family : std::uint8_t { v4, v6 };  // by NAT, or routed

struct Segment {
  std::uint32_t flow = 0;
  From from = From::client;
  std::uint8_t flags = 0x10;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  Family family = Family::v4;
};

inline constexpr std::uint32_t client_start = 1000, server_start = 5000;  // of sequence numbers
wire::Endpoint client_of(std::uint32_t flow, Family family = Family::v4) noexcept;
struct Numbers {
  std::uint8_t flags = 0x10;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
};
// A TCP segment between any two ends, in a frame as a NIC gives it; how long that is.
std::uint16_t write_segment(std::byte* at, const wire::Endpoint& source,
                            const wire::Endpoint& destination, const Numbers& numbers,
                            Bytes payload) noexcept;
// The same, in a frame of `size` bytes without FCS, zeros behind the TCP header.
void write_segment(std::byte* at, std::size_t size, const wire::Endpoint& source,
                   const wire::Endpoint& destination, const Numbers& numbers) noexcept;
// An Ethernet frame of `size` bytes, without FCS; what follows the TCP header is payload.
void write_frame(std::byte* at, std::size_t size, const Segment& segment) noexcept;

// Frames one after the other in memory, given out in turn.
class Frames {
 public:
  Frames(std::size_t count, std::size_t size) : size_(size), bytes_(count * size), at_(count) {
    for (std::size_t i = 0; i < count; ++i) at_[i] = &bytes_[i * size];
  }
  std::byte* operator[](std::size_t i) noexcept { return &bytes_[i * size_]; }
  std::size_t count() const noexcept { return at_.size(); }
  std::size_t size() const noexcept { return size_; }
  // The next `n`, a divisor of count(). Those behind them are asked for: a NIC writes frames into
  // the caches, so fetching them from memory is not to count.
  std::span<const std::byte* const> next(std::size_t n) noexcept {
    const std::span<const std::byte* const> some{at_.data() + next_, n};
    next_ = next_ + n == at_.size() ? 0 : next_ + n;
    for (std::size_t i = 0; i < n; ++i) prefetch(at_[next_ + i]);
    return some;
  }

 private:
  std::size_t size_;
  std::vector<std::byte> bytes_;
  std::vector<const std::byte*> at_;
  std::size_t next_ = 0;
};

// Data segments in both directions of connections drawn uniformly among `flows`.
struct Mixed {
  Frames client, server;
  Mixed(std::uint32_t flows, std::size_t size, Family family = Family::v4);
  Frames& at(std::size_t port) noexcept { return port == outer ? client : server; }
};

// Opens connections [first, first + count) through the box by their handshakes. How many packets
// did not come out: 0.
std::uint64_t open_connections(MemoryBox& box, std::uint32_t first, std::uint32_t count,
                               Family family = Family::v4);

}  // namespace rpcgate::bench
