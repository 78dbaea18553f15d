// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The small messages between the planes. All are trivially copyable and go by bounded SPSC rings,
// one of each kind and worker; a full ring is counted or told to the asker, never waited for.
#pragma once

#include <cstdint>

#include "base/spsc_queue.hpp"
#include "interplane/ports.hpp"
#include "stats/counters.hpp"
#include "wire/address.hpp"

namespace rpcgate::interplane {

// Control core -> worker. Sent to every worker; those that own nothing of it answer with zeros.
struct Command {
  enum class Kind : std::uint8_t {
    close_client,   // all flows and pinholes of `client`
    close_pinhole,  // the pinhole `id` and the flows through it
    close_flow,     // the flow `id`
    close_rule,     // all flows and pinholes of the rule `id`
    count,          // change nothing, answer with what is alive
    stop            // close everything (no packet is sent), answer, leave the loop
  };
  Kind kind = Kind::count;
  std::uint32_t ticket = 0;  // comes back in the reply
  stats::Reason reason = stats::Reason::closed_by_operator;
  wire::IpAddress client;
  std::uint64_t id = 0;
};

// Worker -> control core, one for each command.
struct Reply {
  std::uint32_t ticket = 0;
  std::uint32_t flows = 0;     // closed, or alive for `count`
  std::uint32_t pinholes = 0;  // closed, or alive for `count`
};

// Worker -> control core: a packet waits for this next hop's link address (or its entry is stale
// and should be confirmed). The control core asks the kernel and publishes the answer.
struct NeighbourRequest {
  PortIndex port = no_port;
  wire::IpAddress next_hop;
};

using CommandQueue = SpscQueue<Command>;
using ReplyQueue = SpscQueue<Reply>;
using NeighbourQueue = SpscQueue<NeighbourRequest>;

}  // namespace rpcgate::interplane
