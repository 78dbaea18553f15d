// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// in:    packets of this worker's clients, whole ones and fragments
// out:   whole packets; one that came in fragments is a chain of them, PacketMeta complete
// drops: fragment_overlap, fragment_duplicate, fragment_tiny, fragment_malformed, fragment_limit,
//        fragment_timeout, bad_ip, bad_l4
// state: the fragments that wait (they are kept there)
// keeps: no byte of a datagram has two readings; buffers that wait are few, so reception goes on
#include "datapath/build.hpp"
#include "datapath/fragments.hpp"
#include "datapath/headers.hpp"
#include "datapath/parse_l4.hpp"
#include "datapath/stages/stages.hpp"
#include "wire/checksum.hpp"

namespace rpcgate::datapath {
namespace {

using stats::Drop;

bool is_fragment(const rte_mbuf* mbuf) noexcept {
  const PacketMeta& m = meta_of(mbuf);
  return m.has(PacketMeta::fragmented) && m.payload_offset == 0;
}

FragmentLimits limits_of(const Context& context) noexcept {
  const config::Limits& l = *context.limits;
  return {l.fragment_datagrams, l.fragment_datagrams_per_source, l.fragments_per_datagram,
          l.fragments_held,     l.fragments_held_per_source,     l.fragment_timeout};
}

FragmentKey key_of(const rte_mbuf* mbuf) noexcept {
  const PacketMeta& m = meta_of(mbuf);
  const std::byte* frame = rte_pktmbuf_mtod(mbuf, const std::byte*);
  FragmentKey key{m.source, m.destination, 0, m.protocol};
  key.identification = m.has(PacketMeta::ipv6)
                           ? load32(frame + m.l4_offset - ip6::fragment_size + 4)
                           : load16(frame + m.l3_offset + ip4::identification);
  return key;
}

FragmentPlace place_of(const rte_mbuf* mbuf) noexcept {
  const PacketMeta& m = meta_of(mbuf);
  const std::byte* frame = rte_pktmbuf_mtod(mbuf, const std::byte*);
  FragmentPlace place;
  place.length = mbuf->pkt_len - m.l4_offset;
  place.buffers = mbuf->nb_segs;
  if (m.has(PacketMeta::ipv6)) {
    const std::uint16_t field = load16(frame + m.l4_offset - ip6::fragment_size + 2);
    place.offset = field & 0xfff8u;
    place.last = (field & 1) == 0;
  } else {
    const std::uint16_t field = load16(frame + m.l3_offset + ip4::fragment);
    place.offset = (field & ip4::offset) * 8u;
    place.last = (field & ip4::more_fragments) == 0;
  }
  return place;
}

// The first fragment's IP header, as that of the whole packet.
void make_whole(rte_mbuf* mbuf) noexcept {
  PacketMeta& m = meta_of(mbuf);
  // What the NIC says of one fragment's checksum says nothing of the packet's.
  mbuf->ol_flags &= ~RTE_MBUF_F_RX_L4_CKSUM_MASK;
  std::byte* frame = rte_pktmbuf_mtod(mbuf, std::byte*);
  if (m.has(PacketMeta::ipv6)) {
    std::memmove(frame + ip6::fragment_size, frame, eth::size + ip6::size);
    frame += ip6::fragment_size;
    rte_pktmbuf_adj(mbuf, ip6::fragment_size);
    m.l4_offset = static_cast<std::uint16_t>(m.l4_offset - ip6::fragment_size);
    std::byte* h = frame + m.l3_offset;
    store8(h + ip6::next_header, m.protocol);
    store16(h + ip6::length, static_cast<std::uint16_t>(mbuf->pkt_len - m.l4_offset));
    return;
  }
  std::byte* h = frame + m.l3_offset;
  store16(h + ip4::length, static_cast<std::uint16_t>(mbuf->pkt_len - m.l3_offset));
  const std::uint16_t field = load16(h + ip4::fragment);
  store16(h + ip4::fragment, static_cast<std::uint16_t>(field & ip4::dont_fragment));
  store_raw16(h + ip4::checksum, 0);
  wire::ChecksumSum sum;
  sum.add({h, ip4::size});
  store_raw16(h + ip4::checksum, sum.checksum());
}

// One chain of all pieces; those behind the first lose their headers. They are one packet from now
// on: the others have left the books as kept.
rte_mbuf* chained(const Fragments::Pieces& pieces) noexcept {
  rte_mbuf* first = pieces[0];
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    rte_pktmbuf_adj(pieces[i], meta_of(pieces[i]).l4_offset);
    rte_pktmbuf_chain(first, pieces[i]);  // 48 pieces of few segments: it cannot fail
  }
  make_whole(first);
  return first;
}

void drop_kept(Context& context, const Fragments::Pieces& pieces, Drop why) noexcept {
  context.taken_back(pieces.size());
  for (rte_mbuf* mbuf : pieces) context.drop(mbuf, why);
}

// On, as any packet.
void give_on(Context& context, rte_mbuf* mbuf, Burst& whole) noexcept {
  const Drop verdict = parse_l4(mbuf);
  if (verdict != parsed_well || !whole.push(mbuf)) context.drop(mbuf, verdict);
}

void take(Context& context, rte_mbuf* mbuf, Burst& whole) noexcept {
  Fragments::Pieces pieces;
  Drop why = Drop::internal;
  PacketMeta& m = meta_of(mbuf);
  if (mbuf->pkt_len < m.l4_offset || mbuf->data_len < m.l4_offset)
    return context.drop(mbuf, Drop::bad_ip);
  const FragmentPlace place = place_of(mbuf);
  if (place.offset == 0 && place.last) {
    // The whole in one (RFC 6946): it has nothing to do with others of its name.
    m.unset(PacketMeta::fragmented);
    make_whole(mbuf);
    return give_on(context, mbuf, whole);
  }
  switch (context.fragments->take(key_of(mbuf), place, mbuf, limits_of(context), context.now,
                                  pieces, why)) {
    case Fragments::Fate::kept:
      context.kept();
      return;
    case Fragments::Fate::dropped:
      drop_kept(context, pieces, why);
      context.drop(mbuf, why);
      return;
    case Fragments::Fate::whole:
      break;
  }
  context.count(stats::Counter::datagrams_reassembled);
  give_on(context, chained(pieces), whole);
}

void expire(Context& context) noexcept {
  constexpr int budget = 32;  // datagrams a turn
  Fragments::Pieces pieces;
  const FragmentLimits limits = limits_of(context);
  for (int i = 0; i < budget && context.fragments->expire(limits, context.now, pieces); ++i)
    drop_kept(context, pieces, Drop::fragment_timeout);
}

}  // namespace

void reassemble(Context& context, Burst& in, Burst& whole) noexcept {
  if (context.fragments->datagrams() != 0) expire(context);
  for (rte_mbuf* mbuf : in) {
    if (is_fragment(mbuf))
      take(context, mbuf, whole);
    else if (!whole.push(mbuf))
      context.drop(mbuf, Drop::internal);
  }
  in.clear();
}

Instant reassemble_next_timer(const Context& context) noexcept {
  return context.limits == nullptr ? Instant::max()
                                   : context.fragments->next_deadline(limits_of(context));
}

void drop_fragments(Context& context) noexcept {
  Fragments::Pieces pieces;
  while (context.fragments->remove_one(pieces)) drop_kept(context, pieces, Drop::fragment_timeout);
}

}  // namespace rpcgate::datapath
