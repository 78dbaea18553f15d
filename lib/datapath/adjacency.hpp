// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Where the fast path sends to: next hops of one worker, with all that a frame to them needs, so
// that a flow keeps a number of 16 bits. A number holds for one epoch (the tables of one
// interplane::Published::changes()); link addresses are looked up anew when neighbours change.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "flow/record.hpp"
#include "interplane/ports.hpp"
#include "route/neighbour_table.hpp"
#include "wire/mac_address.hpp"

namespace rpcgate::datapath {

struct alignas(64) Adjacency {
  std::array<std::byte, 12> addresses{};  // of the link: destination, source, as in a frame
  std::uint16_t mtu = 0;                  // largest IP packet
  interplane::PortIndex port = interplane::no_port;
  bool usable = false;        // its link address is known and needs no confirmation
  std::uint32_t version = 0;  // of the neighbour table when it was looked up
  wire::IpAddress next_hop;
};

class Adjacencies {
 public:
  static constexpr std::uint16_t most = 4096;

  // The number of this next hop; flow::no_adjacency when all are taken.
  std::uint16_t number_of(const interplane::PortView& port, interplane::PortIndex index,
                          const wire::IpAddress& next_hop) noexcept;
  // As it is now. `neighbours` may be null where all ports have a static next hop.
  const Adjacency& get(std::uint16_t number, const route::NeighbourTable* neighbours) noexcept {
    Adjacency& a = all_[number];
    if (neighbours != nullptr && a.version != neighbours->version()) [[unlikely]]
      refresh(a, *neighbours);
    return a;
  }
  // A new epoch: no number is in use.
  void forget_all() noexcept;

 private:
  static constexpr std::uint32_t slots = 2 * most;  // a power of two
  static void refresh(Adjacency& a, const route::NeighbourTable& neighbours) noexcept;

  std::array<Adjacency, most> all_;
  std::array<std::uint16_t, slots> by_hop_{};  // number + 1; 0: empty
  std::uint16_t used_ = 0;
};

}  // namespace rpcgate::datapath
