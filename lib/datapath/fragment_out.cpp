// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A packet that came in fragments and does not fit the egress port leaves in fragments again (RFC
// 791 3.2, RFC 8200 4.5), copied: such packets are rare.
#include <algorithm>
#include <array>

#include <rte_mbuf.h>

#include "datapath/build.hpp"
#include "datapath/fragments.hpp"
#include "datapath/headers.hpp"
#include "wire/checksum.hpp"

namespace rpcgate::datapath {
namespace {

// The bytes of one piece, and the header that goes before them.
struct Cut {
  std::size_t offset = 0;  // behind the IP header
  std::size_t length = 0;
  bool last = false;
  std::uint32_t identification = 0;
};

void write_v4(std::byte* h, const Cut& cut) noexcept {
  store16(h + ip4::length, static_cast<std::uint16_t>(ip4::size + cut.length));
  store16(h + ip4::identification, static_cast<std::uint16_t>(cut.identification));
  store16(h + ip4::fragment,
          static_cast<std::uint16_t>(cut.offset / 8 | (cut.last ? 0u : ip4::more_fragments)));
  store_raw16(h + ip4::checksum, 0);
  wire::ChecksumSum sum;
  sum.add({h, ip4::size});
  store_raw16(h + ip4::checksum, sum.checksum());
}

void write_v6(std::byte* h, const Cut& cut) noexcept {
  std::byte* fragment = h + ip6::size;
  store8(fragment, load8(h + ip6::next_header));
  store8(fragment + 1, 0);
  store16(fragment + 2, static_cast<std::uint16_t>(cut.offset | (cut.last ? 0u : 1u)));
  store32(fragment + 4, cut.identification);
  store8(h + ip6::next_header, ip6::fragment_header);
  store16(h + ip6::length, static_cast<std::uint16_t>(ip6::fragment_size + cut.length));
}

rte_mbuf* piece_of(Context& context, const rte_mbuf* mbuf, const Cut& cut) noexcept {
  const PacketMeta& m = meta_of(mbuf);
  const bool v6 = m.has(PacketMeta::ipv6);
  const std::size_t headers = m.l4_offset;  // Ethernet and IP
  const std::size_t more = v6 ? ip6::fragment_size : 0;
  rte_mbuf* piece = rte_pktmbuf_alloc(context.pool);
  if (piece == nullptr) return nullptr;
  const auto size = static_cast<std::uint16_t>(headers + more + cut.length);
  auto* frame = reinterpret_cast<std::byte*>(rte_pktmbuf_append(piece, size));
  if (frame == nullptr) {
    rte_pktmbuf_free(piece);
    return nullptr;
  }
  std::memcpy(frame, rte_pktmbuf_mtod(mbuf, const std::byte*), headers);
  std::byte* to = frame + headers + more;
  const void* bytes = rte_pktmbuf_read(mbuf, static_cast<std::uint32_t>(headers + cut.offset),
                                       static_cast<std::uint32_t>(cut.length), to);
  if (bytes != to) std::memcpy(to, bytes, cut.length);
  if (v6)
    write_v6(frame + m.l3_offset, cut);
  else
    write_v4(frame + m.l3_offset, cut);
  piece->port = mbuf->port;
  meta_of(piece) = m;
  meta_of(piece).set(PacketMeta::made_here);  // its hop has been counted
  return piece;
}

// The IP packet that fits one buffer behind an Ethernet header.
std::uint32_t room_of(const Context& context) noexcept {
  return static_cast<std::uint32_t>(rte_pktmbuf_data_room_size(context.pool) -
                                    RTE_PKTMBUF_HEADROOM - eth::size);
}

}  // namespace

bool may_be_fragmented(const rte_mbuf* mbuf) noexcept {
  const PacketMeta& m = meta_of(mbuf);
  if (!m.has(PacketMeta::fragmented)) return false;
  const std::byte* h = rte_pktmbuf_mtod(mbuf, const std::byte*) + m.l3_offset;
  return m.has(PacketMeta::ipv6) || (load16(h + ip4::fragment) & ip4::dont_fragment) == 0;
}

std::uint32_t largest_in_one(const Context& context, const rte_mbuf* mbuf,
                             const interplane::PortView& port) noexcept {
  // RFC 8200 5: every link takes 1280 octets.
  constexpr std::uint32_t least_mtu_of_ipv6 = 1280;
  std::uint32_t most = port.mtu;
  if (context.lenient || !may_be_fragmented(mbuf)) return most;
  if (meta_of(mbuf).has(PacketMeta::ipv6)) most = std::min(most, least_mtu_of_ipv6);
  return port.multi_segments ? most : std::min(most, room_of(context));
}

bool fragment_out(Context& context, rte_mbuf* mbuf, std::uint32_t mtu, OutPieces& pieces) noexcept {
  const PacketMeta& m = meta_of(mbuf);
  const std::size_t header =
      m.l4_offset - std::size_t{m.l3_offset} + (m.has(PacketMeta::ipv6) ? ip6::fragment_size : 0);
  const std::size_t total = mbuf->pkt_len - m.l4_offset;
  Cut cut;
  cut.identification = context.fragments->new_identification(m.source, m.destination, m.protocol);
  mtu = std::min(mtu, room_of(context));
  const std::size_t most = mtu > header + 8 ? (mtu - header) / 8 * 8 : 0;
  pieces.clear();
  for (std::size_t at = 0; most != 0 && at < total; at += cut.length) {
    cut.offset = at;
    cut.length = std::min(most, total - at);
    cut.last = at + cut.length == total;
    rte_mbuf* piece = pieces.full() ? nullptr : piece_of(context, mbuf, cut);
    if (piece == nullptr) {
      for (rte_mbuf* made : pieces) rte_pktmbuf_free(made);
      pieces.clear();
      break;
    }
    pieces.push_back(piece);
  }
  if (pieces.empty()) {
    context.drop(mbuf, stats::Drop::no_mbuf);
    return false;
  }
  // One packet leaves the books, these enter them.
  rte_pktmbuf_free(mbuf);
  context.ledger.made += pieces.size() - 1;
  context.count(stats::Counter::datagrams_fragmented);
  return true;
}

}  // namespace rpcgate::datapath
