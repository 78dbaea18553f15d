// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// in:    every packet that leaves, addresses and ports of the egress side; the gateway's own too
// out:   the transmit buffers, Ethernet header written
// drops: no_route, same_zone, ttl_exceeded, too_big, no_neighbour, no_mbuf
// state: the packets that wait for a neighbour (they are kept there)
// keeps: what came from one side leaves on the other only
#include "datapath/adjacency.hpp"
#include "datapath/build.hpp"
#include "datapath/headers.hpp"
#include "datapath/link.hpp"
#include "datapath/stages/stages.hpp"
#include "datapath/transmitter.hpp"
#include "datapath/waiting.hpp"
#include "wire/checksum.hpp"

namespace rpcgate::datapath {
namespace {

using interplane::PortIndex;
using stats::Drop;

struct Egress {
  PortIndex port = interplane::no_port;
  wire::IpAddress next_hop;
};

// Without routes (memory ports, replay) the port is the one whose networks hold the destination.
Egress egress_of(const Context& context, const wire::IpAddress& destination) noexcept {
  if (context.routes == nullptr) {
    const int port = context.policy->ingress_port_of(destination);
    if (port < 0) return {};
    return {static_cast<PortIndex>(port), destination};
  }
  const route::Hop* hop = context.routes->lookup(destination);
  if (hop == nullptr || hop->port >= context.ports.size()) return {};
  return {static_cast<PortIndex>(hop->port), hop->next(destination)};
}

// Two ports may share one NIC (one arm): then the route names the first of them, whichever side the
// destination is on, and the networks tell.
interplane::Zone zone_towards(const Context& context, interplane::PortIndex egress,
                              const wire::IpAddress& destination) noexcept {
  const interplane::PortView& named = context.ports[egress];
  for (const interplane::PortView& port : context.ports) {
    if (port.eth_port != named.eth_port || port.zone == named.zone) continue;
    const int index = context.policy->ingress_port_of(destination);
    if (index < 0 || static_cast<std::size_t>(index) >= context.ports.size()) break;
    const interplane::PortView& behind = context.ports[static_cast<std::size_t>(index)];
    return behind.eth_port == named.eth_port ? behind.zone : named.zone;
  }
  return named.zone;
}

bool zone_fits(const Context& context, const PacketMeta& meta,
               interplane::PortIndex egress) noexcept {
  const interplane::Zone zone = zone_towards(context, egress, meta.destination);
  return (zone == interplane::Zone::inner) == meta.is_for_inner();
}

// False: it ran out. RFC 1812 5.3.1, with the checksum updated as in RFC 1624.
bool count_hop(rte_mbuf* mbuf, const PacketMeta& meta) noexcept {
  std::byte* h = rte_pktmbuf_mtod(mbuf, std::byte*) + meta.l3_offset;
  if (meta.has(PacketMeta::ipv6)) {
    const std::uint8_t limit = load8(h + ip6::hop_limit);
    if (limit <= 1) return false;
    store8(h + ip6::hop_limit, static_cast<std::uint8_t>(limit - 1));
    return true;
  }
  const std::uint8_t ttl = load8(h + ip4::ttl);
  if (ttl <= 1) return false;
  wire::ChecksumDelta delta;
  const std::uint16_t before = load_raw16(h + ip4::ttl);
  store8(h + ip4::ttl, static_cast<std::uint8_t>(ttl - 1));
  delta.replace(before, load_raw16(h + ip4::ttl));
  store_raw16(h + ip4::checksum, delta.applied_to(load_raw16(h + ip4::checksum)));
  return true;
}

void route_one(Context& context, rte_mbuf* mbuf) noexcept;

// Larger than the port takes: in fragments, where it came so; else its sender is told.
void route_too_big(Context& context, rte_mbuf* mbuf, std::uint16_t mtu,
                   std::uint32_t largest) noexcept {
  PacketMeta& meta = meta_of(mbuf);
  if (may_be_fragmented(mbuf)) {
    if (!count_hop(mbuf, meta)) return context.drop(mbuf, Drop::ttl_exceeded);
    OutPieces pieces;
    if (!fragment_out(context, mbuf, largest, pieces)) return;
    for (rte_mbuf* piece : pieces) route_one(context, piece);
    return;
  }
  if (meta.has(PacketMeta::made_here) && meta.flow != no_flow)  // sent again, and smaller
    stream_too_big(context, (*context.flows)[meta.flow], meta.direction, meta.sequence, mtu, false);
  if (rte_mbuf* answer = make_too_big(context, mbuf, mtu); answer != nullptr)
    route_one(context, answer);
  context.drop(mbuf, Drop::too_big);
}

// The next hop that `fast` has seen; false: it has changed meanwhile.
bool route_short(Context& context, rte_mbuf* mbuf, PacketMeta& meta) noexcept {
  const flow::Flow flow = (*context.flows)[meta.flow];
  const Adjacency& next_hop = context.adjacencies->get(
      flow->adjacency[static_cast<std::size_t>(meta.direction)], context.neighbours);
  if (!next_hop.usable) {
    name_ends(flow, meta);
    return false;
  }
  meta.egress = next_hop.port;
  transmit_to(context, mbuf, next_hop);
  return true;
}

void route_one(Context& context, rte_mbuf* mbuf) noexcept {
  PacketMeta& meta = meta_of(mbuf);
  if (meta.short_way && route_short(context, mbuf, meta)) return;
  const Egress egress = egress_of(context, meta.destination);
  if (egress.port == interplane::no_port) return context.drop(mbuf, Drop::no_route);
  const interplane::PortView& port = context.ports[egress.port];
  if (!zone_fits(context, meta, egress.port)) return context.drop(mbuf, Drop::same_zone);
  const std::uint32_t largest = largest_in_one(context, mbuf, port);
  if (mbuf->pkt_len - meta.l3_offset > largest && !context.lenient)
    return route_too_big(context, mbuf, port.mtu, largest);
  if (!meta.has(PacketMeta::made_here) && !meta.short_way && !count_hop(mbuf, meta))
    return context.drop(mbuf, Drop::ttl_exceeded);
  meta.egress = egress.port;
  note_fast_path(context, meta, egress.port, egress.next_hop);
  if (port.static_egress) return send_to(context, mbuf, egress.port, port.static_next_hop);
  const route::Neighbour neighbour = context.neighbours == nullptr
                                         ? route::Neighbour{}
                                         : context.neighbours->lookup(egress.port, egress.next_hop);
  if (neighbour.has_mac()) {
    // A stale entry is used, and the kernel asked to confirm it (RFC 4861 7.3.3, DELAY).
    if (neighbour.state == route::NeighbourState::stale)
      ask_neighbour(context, egress.port, egress.next_hop);
    return send_to(context, mbuf, egress.port, neighbour.mac);
  }
  if (neighbour.state == route::NeighbourState::failed) {
    ask_neighbour(context, egress.port, egress.next_hop);
    return context.drop(mbuf, Drop::no_neighbour);
  }
  wait_for_neighbour(context, mbuf, egress.port, egress.next_hop);
}

}  // namespace

void send_to(Context& context, rte_mbuf* mbuf, interplane::PortIndex port,
             const wire::MacAddress& next_hop) noexcept {
  const PacketMeta& meta = meta_of(mbuf);
  std::byte* frame = rte_pktmbuf_mtod(mbuf, std::byte*);
  std::memcpy(frame + eth::destination, next_hop.octets.data(), 6);
  std::memcpy(frame + eth::source, context.ports[port].mac.octets.data(), 6);
  store16(frame + eth::type, meta.has(PacketMeta::ipv6) ? eth::type_ipv6 : eth::type_ipv4);
  transmit(context, mbuf, port);
}

void route(Context& context, Burst& in) noexcept {
  for (rte_mbuf* mbuf : in) route_one(context, mbuf);
  in.clear();
}

}  // namespace rpcgate::datapath
