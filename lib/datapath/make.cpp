// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include <algorithm>

#include <rte_mbuf.h>

#include "datapath/build.hpp"
#include "datapath/flow_ends.hpp"
#include "datapath/headers.hpp"
#include "wire/checksum.hpp"
#include "wire/writer.hpp"

namespace rpcgate::datapath {
namespace {

constexpr std::uint8_t hop_limit = 64;

struct NewPacket {
  wire::Endpoint source;
  wire::Endpoint destination;
  wire::Protocol protocol = wire::Protocol::tcp;
  Direction direction = Direction::from_client;
  bool outbound = false;
  std::size_t l4_size = 0;  // transport header and payload
};

void write_ipv4(wire::Writer& w, const NewPacket& p) noexcept {
  w.u16(0x4500);
  w.u16(static_cast<std::uint16_t>(ip4::size + p.l4_size));
  w.u16(0);
  w.u16(ip4::dont_fragment);  // RFC 6864: an atomic datagram needs no identification
  w.u8(hop_limit);
  w.u8(static_cast<std::uint8_t>(p.protocol));
  w.u16(0);
  w.bytes(as_bytes(p.source.address.v4_octets(), 4));
  w.bytes(as_bytes(p.destination.address.v4_octets(), 4));
}

void write_ipv6(wire::Writer& w, const NewPacket& p) noexcept {
  w.u32(0x60000000);
  w.u16(static_cast<std::uint16_t>(p.l4_size));
  w.u8(static_cast<std::uint8_t>(p.protocol));
  w.u8(hop_limit);
  w.bytes(as_bytes(p.source.address.octets().data(), 16));
  w.bytes(as_bytes(p.destination.address.octets().data(), 16));
}

// An empty packet of the right size, IP header written, meta filled but for transport details.
rte_mbuf* start_packet(Context& context, const NewPacket& p) noexcept {
  const bool v6 = !p.source.address.is_v4();
  const std::size_t size = eth::size + (v6 ? ip6::size : ip4::size) + p.l4_size;
  rte_mbuf* mbuf = rte_pktmbuf_alloc(context.pool);
  if (mbuf == nullptr || size > rte_pktmbuf_tailroom(mbuf)) {
    if (mbuf != nullptr) rte_pktmbuf_free(mbuf);
    context.counters->drops.add(stats::Drop::no_mbuf);
    return nullptr;
  }
  ++context.ledger.made;
  auto* frame =
      reinterpret_cast<std::byte*>(rte_pktmbuf_append(mbuf, static_cast<std::uint16_t>(size)));
  std::fill_n(frame, eth::size, std::byte{0});
  wire::Writer w{MutableBytes{frame, size}.subspan(eth::size), wire::ByteOrder::big};
  if (v6)
    write_ipv6(w, p);
  else
    write_ipv4(w, p);
  if (!v6) {
    wire::ChecksumSum sum;
    sum.add({frame + eth::size, ip4::size});
    store_raw16(frame + eth::size + ip4::checksum, sum.checksum());
  }
  PacketMeta& m = meta_of(mbuf);
  m = PacketMeta{};
  m.source = p.source.address;
  m.destination = p.destination.address;
  m.source_port = p.source.port;
  m.destination_port = p.destination.port;
  m.l3_offset = eth::size;
  m.l4_offset = static_cast<std::uint16_t>(size - p.l4_size);
  m.protocol = static_cast<std::uint8_t>(p.protocol);
  m.direction = p.direction;
  m.outbound = p.outbound;
  m.set(PacketMeta::made_here);
  if (v6) m.set(PacketMeta::ipv6);
  return mbuf;
}

rte_mbuf* make_segment(Context& context, NewPacket p, const TcpFields& f, Bytes payload) noexcept {
  RPCGATE_DCHECK(f.options.size() % 4 == 0 && f.options.size() <= 40);
  const std::size_t header = tcph::size + f.options.size();
  p.l4_size = header + payload.size();
  rte_mbuf* mbuf = start_packet(context, p);
  if (mbuf == nullptr) return nullptr;
  PacketMeta& m = meta_of(mbuf);
  wire::Writer w{frame_of(mbuf).subspan(m.l4_offset), wire::ByteOrder::big};
  w.u16(p.source.port);
  w.u16(p.destination.port);
  w.u32(f.sequence);
  w.u32(f.acknowledgement);
  w.u8(static_cast<std::uint8_t>(header / 4 << 4));
  w.u8(f.flags);
  w.u16(f.window);
  w.u32(0);
  w.bytes(f.options);
  w.bytes(payload);
  m.payload_offset = static_cast<std::uint16_t>(m.l4_offset + header);
  m.payload_length = static_cast<std::uint16_t>(payload.size());
  m.tcp_flags = f.flags;
  m.window = f.window;
  m.sequence = f.sequence;
  m.acknowledgement = f.acknowledgement;
  update_l4_checksum(mbuf);
  return mbuf;
}

// How much of the offending packet an error quotes: RFC 1812 4.3.2.3 and RFC 4443 2.4 (c).
std::size_t quoted_size(const rte_mbuf* mbuf, bool v6) noexcept {
  const PacketMeta& m = meta_of(mbuf);
  const std::size_t packet = static_cast<std::size_t>(mbuf->data_len) - m.l3_offset;
  const std::size_t room = v6 ? 1280 - ip6::size - icmph::size : 576 - ip4::size - icmph::size;
  return std::min(packet, room);
}

// Writes the addresses and ports that the packet had on its sender's wire into the quote.
void restore_quote(std::byte* quote, const PacketMeta& m, const wire::Endpoint& source,
                   const wire::Endpoint& destination) noexcept {
  const bool v6 = m.has(PacketMeta::ipv6);
  const std::size_t l4 = static_cast<std::size_t>(m.l4_offset) - m.l3_offset;
  if (v6) {
    std::memcpy(quote + ip6::source, source.address.octets().data(), 16);
    std::memcpy(quote + ip6::destination, destination.address.octets().data(), 16);
  } else {
    std::memcpy(quote + ip4::source, source.address.v4_octets(), 4);
    std::memcpy(quote + ip4::destination, destination.address.v4_octets(), 4);
    store_raw16(quote + ip4::checksum, 0);
    wire::ChecksumSum sum;
    sum.add({quote, ip4::size});
    store_raw16(quote + ip4::checksum, sum.checksum());
  }
  store16(quote + l4, source.port);
  store16(quote + l4 + 2, destination.port);
}

}  // namespace

rte_mbuf* make_tcp(Context& context, const flow::Flow& flow, Direction from,
                   const TcpFields& fields, Bytes payload) noexcept {
  NewPacket p;
  p.source = egress_source(flow, from);
  p.destination = egress_destination(flow, from);
  p.direction = from;
  p.outbound = flow.has(flow::FlowFlag::outbound);
  rte_mbuf* mbuf = make_segment(context, p, fields, payload);
  if (mbuf != nullptr) meta_of(mbuf).flow = flow.index();
  return mbuf;
}

void answer_with_reset(Context& context, const rte_mbuf* mbuf) noexcept {
  const PacketMeta& m = meta_of(mbuf);
  if (!m.is_tcp() || (m.tcp_flags & tcph::rst) != 0) return;
  TcpFields f;
  // RFC 9293 3.5.2, group 1: the sequence number is what the segment acknowledges; without an
  // acknowledgement it is zero, and what the segment occupies is acknowledged.
  if ((m.tcp_flags & tcph::ack) != 0) {
    f.sequence = m.acknowledgement;
    f.flags = tcph::rst;
  } else {
    f.acknowledgement = m.sequence + m.payload_length + ((m.tcp_flags & tcph::syn) != 0 ? 1u : 0u) +
                        ((m.tcp_flags & tcph::fin) != 0 ? 1u : 0u);
    f.flags = tcph::rst | tcph::ack;
  }
  NewPacket p;
  p.source = {m.destination, m.destination_port};
  p.destination = {m.source, m.source_port};
  p.direction = opposite(m.direction);
  p.outbound = m.outbound;
  rte_mbuf* reset = make_segment(context, p, f, {});
  if (reset == nullptr) return;
  context.count(stats::Counter::resets_sent);
  context.pass_on(reset);
}

rte_mbuf* make_too_big(Context& context, const rte_mbuf* mbuf, std::uint16_t mtu) noexcept {
  const PacketMeta& m = meta_of(mbuf);
  if (m.flow == no_flow || m.has(PacketMeta::icmp_error) || m.has(PacketMeta::made_here))
    return nullptr;
  const flow::Flow flow = (*context.flows)[m.flow];
  const bool v6 = m.has(PacketMeta::ipv6);
  const wire::Endpoint sender = ingress_source(flow, m.direction);
  const wire::Endpoint target = ingress_destination(flow, m.direction);
  const std::size_t quoted = quoted_size(mbuf, v6);
  NewPacket p;
  p.source = target;  // as a router close to the destination would, under an address of its own
  p.destination = sender;
  p.protocol = v6 ? wire::Protocol::icmpv6 : wire::Protocol::icmp;
  p.direction = opposite(m.direction);
  p.outbound = m.outbound;
  p.l4_size = icmph::size + quoted;
  rte_mbuf* answer = start_packet(context, p);
  if (answer == nullptr) return nullptr;
  PacketMeta& am = meta_of(answer);
  std::byte* h = rte_pktmbuf_mtod(answer, std::byte*) + am.l4_offset;
  store8(h + icmph::type, v6 ? icmph::v6_too_big : icmph::v4_unreachable);
  store8(h + icmph::code, v6 ? 0 : icmph::v4_fragmentation_needed);
  store16(h + icmph::checksum, 0);
  store32(h + icmph::mtu, mtu);
  std::memcpy(h + icmph::size, rte_pktmbuf_mtod(mbuf, const std::byte*) + m.l3_offset, quoted);
  restore_quote(h + icmph::size, m, sender, target);
  wire::ChecksumSum sum;
  sum.add({h, p.l4_size});
  if (v6)
    wire::add_pseudo_header(sum, p.source.address, p.destination.address, p.protocol,
                            static_cast<std::uint32_t>(p.l4_size));
  store_raw16(h + icmph::checksum, sum.checksum());
  am.payload_offset = static_cast<std::uint16_t>(am.l4_offset + icmph::size);
  am.payload_length = static_cast<std::uint16_t>(quoted);
  am.set(PacketMeta::icmp_error);
  return answer;
}

}  // namespace rpcgate::datapath
