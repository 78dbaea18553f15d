// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// in:    packets of this worker's clients
// out:   packets of known flows (meta: flow, direction), and those that may open one (`opens`)
// drops: no_rule, no_pinhole, same_zone, icmp_unrelated; of notifications: bad_l4_checksum,
//        notification_unexpected, notification_flood
// state: pinholes that new rules no longer allow are closed; Context::openings
// keeps: nothing that neither a flow, a rule nor a pinhole allows goes beyond this stage
#include <algorithm>

#include "datapath/admission.hpp"
#include "datapath/icmp_quote.hpp"
#include "datapath/stages/stages.hpp"

namespace rpcgate::datapath {
namespace {

constexpr std::size_t group = 32;

// An error finds the flow of the packet it quotes, as that looked when it left: answers to it, and
// so the error too, come with the reversed key.
flow::FlowKey key_of(rte_mbuf* mbuf) noexcept {
  const PacketMeta& m = meta_of(mbuf);
  if (!m.has(PacketMeta::icmp_error))
    return {m.source, m.destination, m.source_port, m.destination_port, m.protocol, {}};
  const Quote quote = quote_of(mbuf);
  return flow::reversed(
      {quote.source, quote.destination, m.source_port, m.destination_port, quote.protocol, {}});
}

void classify_group(Context& context, std::span<rte_mbuf* const> mbufs, Burst& known) noexcept {
  std::array<flow::FlowKey, group> keys;
  std::array<flow::Found, group> found;
  for (std::size_t i = 0; i < mbufs.size(); ++i) keys[i] = key_of(mbufs[i]);
  context.flows->lookup_bulk({keys.data(), mbufs.size()}, {found.data(), mbufs.size()});
  for (std::size_t i = 0; i < mbufs.size(); ++i) {
    PacketMeta& m = meta_of(mbufs[i]);
    if (found[i]) {
      m.flow = found[i].index;
      m.direction = found[i].direction;
    } else if (!admit_new(context, mbufs[i])) {
      continue;
    }
    if (!known.push(mbufs[i])) context.drop(mbufs[i], stats::Drop::internal);
  }
}

}  // namespace

void classify(Context& context, Burst& in, Burst& known) noexcept {
  for (std::size_t at = 0; at < in.size(); at += group)
    classify_group(context, in.view().subspan(at, std::min(group, in.size() - at)), known);
  in.clear();
}

}  // namespace rpcgate::datapath
