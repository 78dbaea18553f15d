// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// in:    parsed packets of any client
// out:   those whose outer address this worker owns
// drops: handover_full
// state: the hand-over rings of which this worker is the producer; handed packets are kept by them
// keeps: after this stage everything of one outer address is touched by one worker alone
#include "datapath/icmp_quote.hpp"
#include "datapath/stages/stages.hpp"
#include "dpdk/owner.hpp"

namespace rpcgate::datapath {
namespace {

// The address on the outer side. No NAT of ours changes it, so both directions agree on it. An ICMP
// error belongs to the owner of the packet that it quotes: one that we sent out of this port.
wire::IpAddress outer_address(const Context& context, rte_mbuf* mbuf) noexcept {
  const PacketMeta& meta = meta_of(mbuf);
  const bool from_outer = context.ports[meta.ingress].zone == interplane::Zone::outer;
  if (meta.has(PacketMeta::icmp_error)) {
    const Quote quote = quote_of(mbuf);
    return from_outer ? quote.destination : quote.source;
  }
  return from_outer ? meta.source : meta.destination;
}

}  // namespace

void steer(Context& context, Burst& in, Burst& owned) noexcept {
  for (rte_mbuf* mbuf : in) {
    const unsigned owner =
        context.workers == 1 ? 0 : dpdk::owner(outer_address(context, mbuf), context.workers);
    if (owner == context.worker) {
      if (!owned.push(mbuf)) context.drop(mbuf, stats::Drop::internal);
      continue;
    }
    if (context.fabric->handover_ring(context.worker, owner).push(&mbuf, 1) != 1) {
      context.drop(mbuf, stats::Drop::handover_full);
      continue;
    }
    context.count(stats::Counter::handed_over_in);
    context.kept();
  }
  in.clear();
}

}  // namespace rpcgate::datapath
