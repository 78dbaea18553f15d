// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Packets that wait until the link address of their next hop is known, and what the control core
// was asked about. Few: a held mbuf is one that the receive ring lacks. Owned by one worker.
#pragma once

#include <array>
#include <cstddef>

#include "base/clock.hpp"
#include "base/static_vector.hpp"
#include "interplane/ports.hpp"
#include "wire/address.hpp"

struct rte_mbuf;

namespace rpcgate::datapath {

struct Context;

struct Waiting {
  static constexpr std::size_t packets_per_hop = 8;
  static constexpr std::size_t hops = 64;
  struct Hop {
    wire::IpAddress address;
    interplane::PortIndex port = interplane::no_port;
    Instant asked{};  // last, so that the control core is not asked for every packet
    Instant since{};  // of the oldest packet here
    StaticVector<rte_mbuf*, packets_per_hop> packets;
  };
  std::array<Hop, hops> table{};
  std::size_t packets = 0;  // in all of them
};

// Asks the control core about a next hop, at most once a second each.
void ask_neighbour(Context& context, interplane::PortIndex port,
                   const wire::IpAddress& next_hop) noexcept;
// Keeps a packet that is ready but for its Ethernet header; drops it (no_neighbour) when too many
// wait. Asks as well.
void wait_for_neighbour(Context& context, rte_mbuf* mbuf, interplane::PortIndex port,
                        const wire::IpAddress& next_hop) noexcept;
// Once a turn: sends what can be sent now, drops what waited too long.
void retry_waiting(Context& context) noexcept;
// Frees everything (at the end of the worker).
void drop_waiting(Context& context) noexcept;

}  // namespace rpcgate::datapath
