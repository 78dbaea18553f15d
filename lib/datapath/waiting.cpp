// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "datapath/waiting.hpp"

#include <rte_mbuf.h>

#include "datapath/context.hpp"
#include "datapath/link.hpp"

namespace rpcgate::datapath {
namespace {

constexpr Duration ask_again = seconds{1};

// The entry of this next hop: its own, else a free one, else the one asked longest ago of those
// that hold no packet. Null: all hold packets for others.
Waiting::Hop* hop_for(Waiting& waiting, interplane::PortIndex port,
                      const wire::IpAddress& address) noexcept {
  Waiting::Hop* best = nullptr;
  for (Waiting::Hop& hop : waiting.table) {
    if (hop.port == port && hop.address == address) return &hop;
    if (hop.packets.empty() && (best == nullptr || hop.asked < best->asked)) best = &hop;
  }
  if (best != nullptr) {
    best->port = port;
    best->address = address;
    best->asked = Instant{};
  }
  return best;
}

void ask(Context& context, Waiting::Hop& hop) noexcept {
  if (hop.asked != Instant{} && context.now - hop.asked < ask_again) return;
  // A full queue: asked again with the next packet.
  if (context.shared->neighbours.push({hop.port, hop.address})) hop.asked = context.now;
}

void drop_all(Context& context, Waiting::Hop& hop) noexcept {
  context.waiting->packets -= hop.packets.size();
  context.taken_back(hop.packets.size());
  for (rte_mbuf* mbuf : hop.packets) context.drop(mbuf, stats::Drop::no_neighbour);
  hop.packets.clear();
}

}  // namespace

void ask_neighbour(Context& context, interplane::PortIndex port,
                   const wire::IpAddress& next_hop) noexcept {
  if (Waiting::Hop* hop = hop_for(*context.waiting, port, next_hop); hop != nullptr)
    ask(context, *hop);
}

void wait_for_neighbour(Context& context, rte_mbuf* mbuf, interplane::PortIndex port,
                        const wire::IpAddress& next_hop) noexcept {
  Waiting& waiting = *context.waiting;
  Waiting::Hop* hop = hop_for(waiting, port, next_hop);
  // One that came in many fragments would keep as many buffers.
  const bool large = mbuf->nb_segs > Waiting::packets_per_hop;
  if (hop == nullptr || large || waiting.packets >= context.limits->neighbour_queue ||
      hop->packets.full()) {
    if (hop != nullptr) ask(context, *hop);
    context.drop(mbuf, stats::Drop::no_neighbour);
    return;
  }
  if (hop->packets.empty()) hop->since = context.now;
  hop->packets.push_back(mbuf);
  ++waiting.packets;
  context.kept();
  context.count(stats::Counter::neighbour_waits);
  ask(context, *hop);
}

void retry_waiting(Context& context) noexcept {
  if (context.waiting->packets == 0) return;
  for (Waiting::Hop& hop : context.waiting->table) {
    if (hop.packets.empty()) continue;
    const route::Neighbour neighbour = context.neighbours == nullptr
                                           ? route::Neighbour{}
                                           : context.neighbours->lookup(hop.port, hop.address);
    if (neighbour.has_mac()) {
      context.waiting->packets -= hop.packets.size();
      context.taken_back(hop.packets.size());
      for (rte_mbuf* mbuf : hop.packets) send_to(context, mbuf, hop.port, neighbour.mac);
      hop.packets.clear();
    } else if (neighbour.state == route::NeighbourState::failed ||
               context.now - hop.since > context.limits->neighbour_timeout) {
      drop_all(context, hop);
    } else {
      ask(context, hop);
    }
  }
}

void drop_waiting(Context& context) noexcept {
  for (Waiting::Hop& hop : context.waiting->table) drop_all(context, hop);
}

}  // namespace rpcgate::datapath
