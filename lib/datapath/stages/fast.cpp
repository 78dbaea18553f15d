// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// in:    frames as received, or handed over by other workers
// out:   what belongs to an established plain IPv4 flow and has nothing uncommon about it: straight
//        to the transmit buffers; everything else to `rest`, untouched, for the other stages
// drops: none: what is to be dropped, or answered, is for the others to say
// state: flow records (counts, TCP state); the transmit buffers
// keeps: a packet leaves exactly as the other stages would have let it, and not ahead of a packet
//        of its flow that is on their way
//
// Nothing is judged here. A flow's record says by `epoch` that under the tables in force a packet
// of that direction has gone the whole way (note_fast_path), and by `adjacency` where to.
#include <algorithm>
#include <array>

#include "datapath/adjacency.hpp"
#include "datapath/headers.hpp"
#include "datapath/stages/stages.hpp"
#include "datapath/transmitter.hpp"
#include "flow/tcp_common.hpp"
#include "nat/fixed_rewrite.hpp"
#include "wire/checksum.hpp"

namespace rpcgate::datapath {
namespace {

using flow::Direction;
using flow::Flow;
using flow::FlowFlag;
using flow::FlowRecord;

constexpr std::size_t group = 32;
constexpr std::size_t l3 = eth::size, l4 = eth::size + ip4::size;
constexpr auto tcp = static_cast<std::uint8_t>(wire::Protocol::tcp);
constexpr auto udp = static_cast<std::uint8_t>(wire::Protocol::udp);
constexpr std::uint16_t uncommon =
    static_cast<std::uint16_t>(FlowFlag::cut) | static_cast<std::uint16_t>(FlowFlag::inspected) |
    static_cast<std::uint16_t>(FlowFlag::lenient) | static_cast<std::uint16_t>(FlowFlag::half_open);

// A frame whose headers are as most are: IPv4 without options, whole, TCP or UDP.
struct Common {
  rte_mbuf* mbuf;
  std::byte* frame;
  std::uint64_t hash;
  std::uint32_t guess;
  flow::PackedEnds ends;
  std::uint16_t total;  // octets of the IP packet
  std::uint8_t protocol;
  bool candidate;
};

std::uint32_t load_half(const std::byte* at) noexcept {
  std::uint32_t half;
  std::memcpy(&half, at, 4);
  return half;
}

// One direct segment that nobody else holds.
bool is_ours_alone(const rte_mbuf* mbuf) noexcept {
  return mbuf->nb_segs == 1 && mbuf->refcnt == 1 && RTE_MBUF_DIRECT(mbuf);
}

bool has_common_headers(const rte_mbuf* mbuf, const std::byte* frame,
                        std::uint16_t total) noexcept {
  const std::byte* h = frame + l3;
  constexpr std::uint16_t ipv4 = wire::Be16::from_host(eth::type_ipv4).raw();
  constexpr std::uint16_t parts = wire::Be16::from_host(ip4::more_or_offset).raw();
  if (load_raw16(frame + eth::type) != ipv4 || load8(h) != 0x45) return false;
  if ((load_raw16(h + ip4::fragment) & parts) != 0) return false;
  const std::size_t least = ip4::size + (load8(h + ip4::protocol) == tcp ? tcph::size : udph::size);
  if (total < least || total + l3 > mbuf->data_len) return false;
  if ((mbuf->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_GOOD) return true;
  wire::ChecksumSum sum;
  sum.add({h, ip4::size});
  return sum.checksum() == 0;
}

void read_common(const flow::Table& flows, rte_mbuf* mbuf, Common& c) noexcept {
  c.mbuf = mbuf;
  c.frame = rte_pktmbuf_mtod(mbuf, std::byte*);
  c.candidate = false;
  if (!is_ours_alone(mbuf) || mbuf->data_len < l4 + udph::size) return;
  c.total = load16(c.frame + l3 + ip4::length);
  c.protocol = load8(c.frame + l3 + ip4::protocol);
  if ((c.protocol != tcp && c.protocol != udp) || !has_common_headers(mbuf, c.frame, c.total))
    return;
  std::memcpy(&c.ends, c.frame + l3 + ip4::source, sizeof(c.ends));
  c.hash = flows.hash_of(c.ends, c.protocol);
  flows.prefetch(c.hash);
  c.candidate = true;
}

// RFC 9293 3.10.7.4 for a segment without surprises; false: for track to say.
bool follow_tcp(FlowRecord& r, Direction d, const Common& c) noexcept {
  const std::byte* h = c.frame + l4;
  const std::uint32_t size = (load8(h + tcph::data_offset) >> 4) * 4u;
  if (size < tcph::size || size + ip4::size > c.total) return false;
  constexpr std::uint8_t control = tcph::syn | tcph::fin | tcph::rst | tcph::ack;
  if ((load8(h + tcph::flags) & control) != tcph::ack) return false;
  flow::CommonSegment s;
  s.sequence = load32(h + tcph::sequence);
  s.acknowledgement = load32(h + tcph::acknowledgement);
  s.window = load16(h + tcph::window);
  s.payload = c.total - static_cast<std::uint32_t>(ip4::size) - size;
  if (!flow::follow_common(r.tcp, d, s)) return false;
  // RFC 7323 appendix A: the layout of timestamps that all use.
  constexpr std::uint32_t nop_nop_timestamps = wire::Be32::from_host(0x0101080a).raw();
  if (size == tcph::size + 12 && load_half(h + tcph::size) == nop_nop_timestamps)
    flow::note_timestamp(r.timestamps[static_cast<std::size_t>(d)], load32(h + tcph::size + 4));
  return true;
}

bool fits_flow(const Context& context, const FlowRecord& r, Direction d, const Common& c) noexcept {
  const auto i = static_cast<std::size_t>(d);
  if (r.epoch != context.epoch || r.adjacency[i] == flow::no_adjacency) return false;
  if ((r.flags & uncommon) != 0 || r.slow_turn == context.turn) return false;
  const interplane::PortView& in = context.ports[r.ingress[i]];
  if (c.mbuf->port != in.eth_port) return false;
  if (!in.any_mac && std::memcmp(c.frame, in.mac.octets.data(), 6) != 0) return false;
  return load8(c.frame + l3 + ip4::ttl) > 1;
}

void count(Context& context, std::uint32_t index, FlowRecord& r, Direction d,
           std::uint32_t octets) noexcept {
  const auto i = static_cast<std::size_t>(d);
  const std::uint32_t packets = r.packets[i] + 1;
  const std::uint32_t bytes = r.bytes[i] + octets;
  r.heard[i] = context.stamp;
  r.packets[i] = packets;
  r.bytes[i] = bytes;
  if (r.probes[i] != 0) [[unlikely]]
    r.probes[i] = 0;
  if (packets == 0 || bytes < octets) [[unlikely]]
    (*context.flows)[index].carry(d, packets == 0, bytes < octets);
}

void send(Context& context, const Adjacency& a, const Common& c) noexcept {
  std::memcpy(c.frame, a.addresses.data(), a.addresses.size());
  if (c.mbuf->data_len != c.total + l3) [[unlikely]]  // padding
    c.mbuf->data_len = static_cast<std::uint16_t>(c.total + l3);
  c.mbuf->pkt_len = c.mbuf->data_len;
  Transmitter::Buffer& buffer = context.transmitter->ports[a.port];
  if (buffer.size == Transmitter::slots) flush(context, a.port);
  buffer.mbufs[buffer.size++] = c.mbuf;
}

// False: it is for the other stages, and what follows it of its flow this turn, too.
bool forward(Context& context, const Common& c) noexcept {
  const flow::Found found = context.flows->found(c.guess, c.ends, c.protocol, c.hash);
  if (!found) return false;
  FlowRecord& r = context.flows->record(found.index);
  const auto refuse = [&r, &context]() noexcept {
    r.slow_turn = context.turn;
    return false;
  };
  if (!fits_flow(context, r, found.direction, c)) return refuse();
  const Adjacency& a = context.adjacencies->get(
      r.adjacency[static_cast<std::size_t>(found.direction)], context.neighbours);
  if (!a.usable || c.total > a.mtu) return refuse();
  if (c.protocol == tcp) {
    if (r.tcp.phase() != flow::TcpPhase::established || !follow_tcp(r, found.direction, c))
      return refuse();
  } else if (load16(c.frame + l4 + udph::length) != c.total - ip4::size) {
    return refuse();
  }
  count(context, found.index, r, found.direction, c.total);
  nat::rewrite_and_count_hop(r, found.direction, c.frame + l3);
  send(context, a, c);
  return true;
}

void fast_group(Context& context, std::span<rte_mbuf* const> mbufs, Burst& rest) noexcept {
  std::array<Common, group> all;
  for (std::size_t i = 0; i < mbufs.size(); ++i) read_common(*context.flows, mbufs[i], all[i]);
  for (std::size_t i = 0; i < mbufs.size(); ++i)
    if (all[i].candidate) all[i].guess = context.flows->guess(all[i].hash);
  std::uint64_t forwarded = 0;
  for (std::size_t i = 0; i < mbufs.size(); ++i)
    if (all[i].candidate && forward(context, all[i]))
      ++forwarded;
    else if (!rest.push(mbufs[i]))
      context.drop(mbufs[i], stats::Drop::internal);
  context.count(stats::Counter::fast_packets, forwarded);
}

}  // namespace

void fast(Context& context, Burst& in, Burst& rest) noexcept {
  if (!context.fast_path) {
    for (rte_mbuf* mbuf : in) static_cast<void>(rest.push(mbuf));
    in.clear();
    return;
  }
  for (std::size_t at = 0; at < in.size(); at += group)
    fast_group(context, in.view().subspan(at, std::min(group, in.size() - at)), rest);
  in.clear();
}

void note_fast_path(Context& context, const PacketMeta& m, interplane::PortIndex egress,
                    const wire::IpAddress& next_hop) noexcept {
  if (m.flow == no_flow || !context.fast_path || m.flags != (m.flags & PacketMeta::l4_verified))
    return;
  FlowRecord& r = context.flows->record(m.flow);
  constexpr std::uint16_t never =
      static_cast<std::uint16_t>(FlowFlag::inspected) | static_cast<std::uint16_t>(FlowFlag::ipv6);
  if ((r.flags & never) != 0) return;
  const auto i = static_cast<std::size_t>(m.direction);
  if (r.epoch != context.epoch) {
    r.epoch = context.epoch;
    r.adjacency = {flow::no_adjacency, flow::no_adjacency};
  }
  if (r.adjacency[i] != flow::no_adjacency) return;
  r.ingress[i] = m.ingress;
  r.adjacency[i] = context.adjacencies->number_of(context.ports[egress], egress, next_hop);
}

}  // namespace rpcgate::datapath
