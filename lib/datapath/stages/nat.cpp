// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// in:    tracked packets, as they arrived
// out:   the same with addresses, ports and checksums of the egress side; inspected ones apart,
//        the others on their way to route
// drops: icmp_unrelated
// state: the flow's rewrite is read; its stream hears what a path can carry
// keeps: packet and meta say the same
#include "datapath/build.hpp"
#include "datapath/headers.hpp"
#include "datapath/icmp_quote.hpp"
#include "datapath/stages/stages.hpp"
#include "nat/rewrite.hpp"

namespace rpcgate::datapath {
namespace {

void translate(const flow::Flow& flow, rte_mbuf* mbuf) noexcept {
  PacketMeta& m = meta_of(mbuf);
  std::byte* frame = rte_pktmbuf_mtod(mbuf, std::byte*);
  nat::apply(flow, m.direction, frame + m.l3_offset, frame + m.l4_offset);
  name_ends(flow, m);
}

// False: it does not fit the flow after all.
bool translate_error(const flow::Flow& flow, rte_mbuf* mbuf) noexcept {
  PacketMeta& m = meta_of(mbuf);
  const MutableBytes packet = frame_of(mbuf).subspan(m.l3_offset);
  if (!nat::translate_error(flow, opposite(m.direction), packet)) return false;
  if (m.has(PacketMeta::ipv6)) {
    m.source = wire::IpAddress::from_v6_octets(packet.data() + ip6::source);
    m.destination = wire::IpAddress::from_v6_octets(packet.data() + ip6::destination);
  } else {
    m.source = wire::IpAddress::from_v4_octets(packet.data() + ip4::source);
    m.destination = wire::IpAddress::from_v4_octets(packet.data() + ip4::destination);
  }
  return true;
}

// RFC 1191 4, RFC 8201 4: what the next hop carries, as a router says of a packet of this flow.
// What the gateway sends itself has to obey, too.
void note_path_mtu(Context& context, const flow::Flow& flow, rte_mbuf* mbuf) noexcept {
  const PacketMeta& m = meta_of(mbuf);
  const std::byte* h = rte_pktmbuf_mtod(mbuf, const std::byte*) + m.l4_offset;
  const bool v6 = m.has(PacketMeta::ipv6);
  const bool too_big = v6 ? load8(h + icmph::type) == icmph::v6_too_big
                          : load8(h + icmph::type) == icmph::v4_unreachable &&
                                load8(h + icmph::code) == icmph::v4_fragmentation_needed;
  if (!too_big || !flow.is_tcp()) return;
  const std::uint32_t mtu = v6 ? load32(h + icmph::mtu) : load32(h + icmph::mtu) & 0xffff;
  const std::byte* quoted = rte_pktmbuf_mtod(mbuf, const std::byte*) + quote_of(mbuf).l4_offset;
  stream_too_big(context, flow, opposite(m.direction), load32(quoted + tcph::sequence), mtu, true);
}

}  // namespace

void nat(Context& context, Burst& in, Burst& inspected) noexcept {
  for (rte_mbuf* mbuf : in) {
    const PacketMeta& m = meta_of(mbuf);
    const flow::Flow flow = (*context.flows)[m.flow];
    if (m.has(PacketMeta::icmp_error)) {
      if (translate_error(flow, mbuf)) {
        if (flow.has(flow::FlowFlag::inspected)) note_path_mtu(context, flow, mbuf);
        context.pass_on(mbuf);
      } else {
        context.drop(mbuf, stats::Drop::icmp_unrelated);
      }
      continue;
    }
    if (flow.has(flow::FlowFlag::translated)) translate(flow, mbuf);
    if (!m.has(PacketMeta::inspected))
      context.pass_on(mbuf);
    else if (!inspected.push(mbuf))
      context.drop(mbuf, stats::Drop::internal);
  }
  in.clear();
}

}  // namespace rpcgate::datapath
