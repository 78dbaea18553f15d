// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "datapath/parse_l4.hpp"

#include "datapath/headers.hpp"

namespace rpcgate::datapath {
namespace {

using stats::Drop;

struct Packet {
  rte_mbuf* mbuf;
  PacketMeta& meta;
  std::uint32_t length;  // chain included

  const std::byte* at(std::size_t offset) const noexcept {
    return rte_pktmbuf_mtod(mbuf, const std::byte*) + offset;
  }
  std::uint32_t here() const noexcept { return mbuf->data_len; }
};

Drop read_tcp(const Packet& p) noexcept {
  PacketMeta& m = p.meta;
  if (p.length < m.l4_offset + tcph::size) return Drop::bad_l4;
  const std::byte* h = p.at(m.l4_offset);
  const std::uint32_t size = (load8(h + tcph::data_offset) >> 4) * 4u;
  if (size < tcph::size || m.l4_offset + size > p.length || m.l4_offset + size > p.here())
    return Drop::bad_l4;
  m.source_port = load16(h);
  m.destination_port = load16(h + 2);
  m.sequence = load32(h + tcph::sequence);
  m.acknowledgement = load32(h + tcph::acknowledgement);
  m.tcp_flags = load8(h + tcph::flags) & 0x3f;
  m.window = load16(h + tcph::window);
  m.payload_offset = static_cast<std::uint16_t>(m.l4_offset + size);
  // No connection has such a segment: neither end may be asked what it makes of it.
  const std::uint8_t kind = m.tcp_flags & (tcph::syn | tcph::fin | tcph::rst);
  const bool contradicts = kind == (tcph::syn | tcph::fin) || kind == (tcph::syn | tcph::rst) ||
                           kind == (tcph::fin | tcph::rst) || kind == 7;
  const bool says_nothing = kind == 0 && (m.tcp_flags & tcph::ack) == 0;
  return contradicts || says_nothing ? Drop::bad_l4 : parsed_well;
}

Drop read_udp(const Packet& p) noexcept {
  PacketMeta& m = p.meta;
  if (p.length < m.l4_offset + udph::size) return Drop::bad_l4;
  const std::byte* h = p.at(m.l4_offset);
  if (load16(h + udph::length) != p.length - m.l4_offset) return Drop::bad_l4;
  m.source_port = load16(h);
  m.destination_port = load16(h + 2);
  m.payload_offset = static_cast<std::uint16_t>(m.l4_offset + udph::size);
  return parsed_well;
}

bool is_icmp_error(const PacketMeta& m, std::uint8_t type) noexcept {
  if (m.has(PacketMeta::ipv6)) return type >= 1 && type <= icmph::v6_last_error;
  return type == icmph::v4_unreachable || type == icmph::v4_time_exceeded ||
         type == icmph::v4_parameter;
}

// An error quotes the packet it is about (RFC 792, RFC 4443 2.4): at least its IP header and ports.
Drop read_icmp_error(const Packet& p) noexcept {
  PacketMeta& m = p.meta;
  if (p.length < m.l4_offset + icmph::size) return Drop::bad_l4;
  if (!is_icmp_error(m, load8(p.at(m.l4_offset)))) return Drop::unsupported_protocol;
  const bool v6 = m.has(PacketMeta::ipv6);
  const std::size_t quoted = m.l4_offset + icmph::size;
  const std::size_t quoted_l4 = quoted + (v6 ? ip6::size : ip4::size);
  if (p.length < quoted_l4 + 8 || p.here() < quoted_l4 + 8) return Drop::bad_l4;
  const std::byte* h = p.at(quoted);
  if (v6 ? load8(h) >> 4 != 6 : load8(h) != 0x45) return Drop::bad_l4;
  if (!v6 && (load16(h + ip4::fragment) & 0x1fff) != 0) return Drop::bad_l4;
  const std::uint8_t protocol = load8(h + (v6 ? ip6::next_header : ip4::protocol));
  if (protocol != static_cast<std::uint8_t>(wire::Protocol::tcp) &&
      protocol != static_cast<std::uint8_t>(wire::Protocol::udp))
    return Drop::unsupported_protocol;
  m.set(PacketMeta::icmp_error);
  m.source_port = load16(p.at(quoted_l4));
  m.destination_port = load16(p.at(quoted_l4 + 2));
  m.payload_offset = static_cast<std::uint16_t>(quoted);
  return parsed_well;
}

}  // namespace

Drop parse_l4(rte_mbuf* mbuf) noexcept {
  const Packet p{mbuf, meta_of(mbuf), mbuf->pkt_len};
  PacketMeta& m = p.meta;
  const bool v6 = m.has(PacketMeta::ipv6);
  Drop verdict = Drop::unsupported_protocol;
  if (m.protocol == static_cast<std::uint8_t>(wire::Protocol::tcp)) verdict = read_tcp(p);
  if (m.protocol == static_cast<std::uint8_t>(wire::Protocol::udp)) verdict = read_udp(p);
  if (m.protocol == static_cast<std::uint8_t>(v6 ? wire::Protocol::icmpv6 : wire::Protocol::icmp))
    verdict = read_icmp_error(p);
  if (verdict != parsed_well) return verdict;
  m.payload_length = static_cast<std::uint16_t>(p.length - m.payload_offset);
  if ((mbuf->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_GOOD)
    m.set(PacketMeta::l4_verified);
  return parsed_well;
}

}  // namespace rpcgate::datapath
