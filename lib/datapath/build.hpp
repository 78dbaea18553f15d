// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Packets the gateway makes or edits: resets, acknowledgements, repeated bytes, ICMP errors. All go
// through `route` like any other; none is made for a flow that is not known. Worker core.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/static_vector.hpp"
#include "datapath/context.hpp"
#include "stats/counters.hpp"

namespace rpcgate::datapath {

struct TcpFields {
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  std::uint16_t window = 0;
  std::uint8_t flags = 0;  // as in the header
  Bytes options{};         // a multiple of four, at most 40
};

// A TCP packet that `from` would have sent, as it looks on the other side's wire (from_client: it
// goes to the server, with inner addresses). The Ethernet header is left to route. Null when there
// is no buffer: the caller counts no_mbuf where it matters (already counted here).
rte_mbuf* make_tcp(Context& context, const flow::Flow& flow, Direction from,
                   const TcpFields& fields, Bytes payload) noexcept;

// Keeps `length` bytes of the payload from `offset` on, moves the sequence number accordingly, and
// puts lengths and checksums right. SYN goes when offset > 0, FIN when the end is cut. With an
// offset beyond the payload nothing of it is left.
void trim_payload(rte_mbuf* mbuf, std::uint16_t offset, std::uint16_t length) noexcept;

// Writes over the payload, same length, and puts the checksum right.
void replace_payload(rte_mbuf* mbuf, std::uint16_t offset, Bytes with) noexcept;

// PacketMeta's addresses and ports, of a packet of the flow that is translated.
void name_ends(const flow::Flow& flow, PacketMeta& meta) noexcept;

// Computes the transport checksum anew, over a chain too (after any edit of header or payload).
void update_l4_checksum(rte_mbuf* mbuf) noexcept;
bool l4_checksum_is_right(const rte_mbuf* mbuf) noexcept;

// One contiguous header view of the packet's TCP header, options included.
inline MutableBytes tcp_header_of(rte_mbuf* mbuf) noexcept {
  const PacketMeta& meta = meta_of(mbuf);
  return {rte_pktmbuf_mtod(mbuf, std::byte*) + meta.l4_offset,
          static_cast<std::size_t>(meta.payload_offset) - meta.l4_offset};
}

// The IP packet as one direct segment (a new mbuf; the old one is freed), for ports that send no
// chains. Null, the old one freed and counted, when there is no buffer.
rte_mbuf* linearised(Context& context, rte_mbuf* mbuf) noexcept;

// A packet that came in fragments may leave in fragments, unless its sender forbids it.
bool may_be_fragmented(const rte_mbuf* mbuf) noexcept;
// The IP packet that may leave in one piece: what the port takes; of those that may leave in
// fragments no more than fits one buffer where the port sends no chains, and of IPv6 no more than
// every link takes: its sender made the fragments for a link behind us, where nobody could.
std::uint32_t largest_in_one(const Context& context, const rte_mbuf* mbuf,
                             const interplane::PortView& port) noexcept;
// In pieces of at most `mtu`. Afterwards the packet is gone; false: dropped, there was no buffer.
using OutPieces = StaticVector<rte_mbuf*, 128>;  // 64 KiB at the smallest MTU of a port
bool fragment_out(Context& context, rte_mbuf* mbuf, std::uint32_t mtu, OutPieces& pieces) noexcept;

// Ends a flow from here: resets to both sides (none when `silent`), one connection-reset event, and
// the record stays for a while in state cut, so that later packets of it are answered or dropped.
// Nothing of the stream's state is freed here; that is done when the record goes (stream_close).
void cut(Context& context, const flow::Flow& flow, stats::Reason reason, bool silent) noexcept;

// A reset in answer to a segment that is not let through (RFC 9293 3.5.2), sent back to where it
// came from; `mbuf` keeps being the caller's. Nothing for a reset.
void answer_with_reset(Context& context, const rte_mbuf* mbuf) noexcept;

// ICMP to the packet's source, as it was before NAT, that the packet is larger than `mtu` (RFC
// 1191, RFC 4443 3.2). Null where there is none to be sent. The caller routes it; `mbuf` stays its
// own.
rte_mbuf* make_too_big(Context& context, const rte_mbuf* mbuf, std::uint16_t mtu) noexcept;

}  // namespace rpcgate::datapath
