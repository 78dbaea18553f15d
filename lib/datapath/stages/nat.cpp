// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// in:    tracked packets, as they arrived
// out:   the same with addresses, ports and checksums of the egress side; inspected ones apart,
//        the others on their way to route
// drops: icmp_unrelated
// state: none; the flow's rewrite is read
// keeps: packet and meta say the same
#include "datapath/headers.hpp"
#include "datapath/stages/stages.hpp"
#include "nat/rewrite.hpp"

namespace rpcgate::datapath {
namespace {

void translate(const flow::FlowRecord& flow, rte_mbuf* mbuf) noexcept {
  PacketMeta& m = meta_of(mbuf);
  std::byte* frame = rte_pktmbuf_mtod(mbuf, std::byte*);
  nat::apply(flow, m.direction, frame + m.l3_offset, frame + m.l4_offset);
  const flow::FlowKey leaving = nat::leaving(flow, m.direction);
  m.source = leaving.source;
  m.destination = leaving.destination;
  m.source_port = leaving.source_port;
  m.destination_port = leaving.destination_port;
}

// False: it does not fit the flow after all.
bool translate_error(const flow::FlowRecord& flow, rte_mbuf* mbuf) noexcept {
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

}  // namespace

void nat(Context& context, Burst& in, Burst& inspected) noexcept {
  for (rte_mbuf* mbuf : in) {
    const PacketMeta& m = meta_of(mbuf);
    const flow::FlowRecord& flow = (*context.flows)[m.flow];
    if (m.has(PacketMeta::icmp_error)) {
      if (translate_error(flow, mbuf))
        context.pass_on(mbuf);
      else
        context.drop(mbuf, stats::Drop::icmp_unrelated);
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
