// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// in:    frames as received, or handed over by other workers
// out:   what belongs to an established flow and has nothing uncommon about it: straight to
//        the transmit buffers, or, where its stream must be looked at closer, translated to
//        `inspected`; everything else to `rest`, untouched, for the other stages
// drops: none: what is to be dropped, or answered, is for the others to say
// state: flow records (counts, TCP state); of inspected flows what common_stream.hpp keeps; the
//        transmit buffers
// keeps: a packet leaves exactly as the other stages would have let it, and not ahead of a packet
//        of its flow that is on their way
//
// Nothing is judged here but what stream_common() knows to be common. A flow's record says by
// `epoch` that under the tables in force a packet of that direction has gone the whole way
// (note_fast_path), and by `adjacency` where to.
#include <algorithm>
#include <array>

#include "datapath/adjacency.hpp"
#include "datapath/common_frame.hpp"
#include "datapath/common_stream.hpp"
#include "datapath/stages/stages.hpp"
#include "datapath/transmitter.hpp"
#include "flow/tcp_common.hpp"
#include "nat/fixed_rewrite.hpp"

namespace rpcgate::datapath {
namespace {

using flow::Direction;
using flow::Flow;
using flow::FlowFlag;
using flow::FlowRecord;

constexpr std::size_t group = 64;
constexpr std::size_t l3 = CommonFrame::l3;
constexpr auto tcp = static_cast<std::uint8_t>(wire::Protocol::tcp);
constexpr std::uint16_t uncommon = static_cast<std::uint16_t>(FlowFlag::cut) |
                                   static_cast<std::uint16_t>(FlowFlag::lenient) |
                                   static_cast<std::uint16_t>(FlowFlag::half_open);

std::uint32_t load_half(const std::byte* at) noexcept {
  std::uint32_t half;
  std::memcpy(&half, at, 4);
  return half;
}

// What a TCP header says, in host order.
struct TcpHead {
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  std::uint32_t size = 0;  // with its options
  std::uint16_t window = 0;
  std::uint8_t flags = 0;
};

// False: it does not fit the packet.
[[gnu::always_inline]] inline bool read_tcp(const CommonFrame& c, TcpHead& head) noexcept {
  const std::byte* h = c.transport();
  head.size = (load8(h + tcph::data_offset) >> 4) * 4u;
  if (head.size < tcph::size || head.size > c.transport_size()) return false;
  head.sequence = load32(h + tcph::sequence);
  head.acknowledgement = load32(h + tcph::acknowledgement);
  head.window = load16(h + tcph::window);
  head.flags = load8(h + tcph::flags);
  return true;
}

// RFC 9293 3.10.7.4 for a segment without surprises; false: for track to say.
[[gnu::always_inline]] inline bool follow_tcp(FlowRecord& r, Direction d, const CommonFrame& c,
                                              const TcpHead& head) noexcept {
  constexpr std::uint8_t control = tcph::syn | tcph::fin | tcph::rst | tcph::ack;
  if ((head.flags & control) != tcph::ack) return false;
  const flow::CommonSegment s{head.sequence, head.acknowledgement, c.transport_size() - head.size,
                              head.window};
  if (!flow::follow_common(r.tcp, d, s)) return false;
  // RFC 7323 appendix A: the layout of timestamps that all use.
  constexpr std::uint32_t nop_nop_timestamps = wire::Be32::from_host(0x0101080a).raw();
  const std::byte* options = c.transport() + tcph::size;
  if (head.size == tcph::size + 12 && load_half(options) == nop_nop_timestamps)
    flow::note_timestamp(r.timestamps[static_cast<std::size_t>(d)], load32(options + 4));
  return true;
}

bool is_same_mac(const std::byte* at, const wire::MacAddress& mac) noexcept {
  const auto* octets = reinterpret_cast<const std::byte*>(mac.octets.data());
  return ((load_half(at) ^ load_half(octets)) |
          static_cast<std::uint32_t>(load_raw16(at + 4) ^ load_raw16(octets + 4))) == 0;
}

bool fits_flow(const Context& context, const FlowRecord& r, Direction d,
               const CommonFrame& c) noexcept {
  const auto i = static_cast<std::size_t>(d);
  if (r.epoch != context.epoch || r.adjacency[i] == flow::no_adjacency) return false;
  if ((r.flags & uncommon) != 0 || r.slow_turn == context.turn) return false;
  const interplane::PortView& in = context.ports[r.ingress[i]];
  if (c.mbuf->port != in.eth_port) return false;
  if (!in.any_mac && !is_same_mac(c.frame, in.mac)) return false;
  return c.is_ours_alone() && load8(c.frame + l3 + (c.v6 ? ip6::hop_limit : ip4::ttl)) > 1;
}

void remove_padding(const CommonFrame& c) noexcept {
  if (c.mbuf->data_len != c.total + l3) [[unlikely]]
    c.mbuf->data_len = static_cast<std::uint16_t>(c.total + l3);
  c.mbuf->pkt_len = c.mbuf->data_len;
}

void read_addresses(const CommonFrame& c, wire::IpAddress& source,
                    wire::IpAddress& destination) noexcept {
  const std::byte* ip = c.frame + l3;
  source = c.v6 ? wire::IpAddress::from_v6_octets(ip + ip6::source)
                : wire::IpAddress::from_v4_octets(ip + ip4::source);
  destination = c.v6 ? wire::IpAddress::from_v6_octets(ip + ip6::destination)
                     : wire::IpAddress::from_v4_octets(ip + ip4::destination);
}

// Addresses, ports and hop. IPv6 is routed alone, and its header has no checksum.
void rewrite(const CommonFrame& c, const FlowRecord& r, Direction d) noexcept {
  if (!c.v6) return nat::rewrite_and_count_hop(r, d, c.frame + l3);
  std::byte* limit = c.frame + l3 + ip6::hop_limit;
  store8(limit, static_cast<std::uint8_t>(load8(limit) - 1));
}

bool has_good_l4(const rte_mbuf* mbuf) noexcept {
  return (mbuf->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_GOOD;
}

// What the other stages would have said of a TCP segment when it is translated; but for its
// addresses and ports, which whoever needs them asks the flow for (name_ends()).
void describe(const CommonFrame& c, const flow::Found& found, const FlowRecord& r,
              TcpHead head) noexcept {
  PacketMeta& m = meta_of(c.mbuf);
  m.flow = found.index;
  m.l3_offset = l3;
  m.l4_offset = c.l4;
  m.payload_offset = static_cast<std::uint16_t>(c.l4 + head.size);
  m.payload_length = static_cast<std::uint16_t>(c.total + l3 - m.payload_offset);
  m.protocol = tcp;
  m.tcp_flags = head.flags;
  m.ingress = r.ingress[static_cast<std::size_t>(found.direction)];
  m.egress = interplane::no_port;
  m.direction = found.direction;
  m.outbound = r.has(FlowFlag::outbound);
  m.short_way = true;
  m.flags = PacketMeta::inspected;
  if (c.v6) m.set(PacketMeta::ipv6);
  if (has_good_l4(c.mbuf)) m.set(PacketMeta::l4_verified);
  m.window = head.window;
  m.sequence = head.sequence;
  m.acknowledgement = head.acknowledgement;
}

// What is judged must be what was sent (stages/track.cpp). False: track will say so.
bool has_right_checksum(const CommonFrame& c) noexcept {
  if (has_good_l4(c.mbuf)) return true;
  wire::IpAddress source, destination;
  read_addresses(c, source, destination);
  wire::ChecksumSum sum;
  wire::add_pseudo_header(sum, source, destination, wire::Protocol::tcp, c.transport_size());
  sum.add({c.transport(), c.transport_size()});
  return sum.checksum() == 0;
}

// Translated, to where its stream lets it go: out, or to the stream stage. False: nothing was done.
// Apart, so that what most packets need stays in registers.
template <Direction d>
[[gnu::noinline]] bool forward_inspected(Context& context, const CommonFrame& c,
                                         const flow::Found& found, FlowRecord& r,
                                         const Adjacency& next_hop, Burst& inspected) noexcept {
  TcpHead head;
  if (inspected.room() == 0 || !has_right_checksum(c) || !read_tcp(c, head) ||
      !follow_tcp(r, d, c, head))
    return false;
  (*context.flows)[found.index].count(d, c.total, context.stamp);
  rewrite(c, r, d);
  remove_padding(c);
  std::byte* h = c.frame + c.l4;
  const MutableBytes payload{h + head.size, c.transport_size() - head.size};
  const rpcgate::tcp::Segment segment{rpcgate::tcp::Seq{head.sequence},
                                      rpcgate::tcp::Seq{head.acknowledgement},
                                      head.window,
                                      head.flags,
                                      {h, head.size},
                                      payload};
  const Leaves when = stream_common<side_of(d)>(context, r, segment, payload);
  if (when == Leaves::now) {
    transmit_to(context, c.mbuf, next_hop);
    return true;
  }
  describe(c, found, r, head);
  meta_of(c.mbuf).behind = when == Leaves::behind;
  return inspected.push(c.mbuf);
}

[[gnu::noinline]] flow::Found find_v6(const flow::Table& flows, const CommonFrame& c) noexcept {
  return flows.found(c.guess, c.key6(), c.hash);
}

// False: it is for the other stages, and what follows it of its flow this turn, too.
bool forward(Context& context, const CommonFrame& c, Burst& inspected) noexcept {
  const flow::Table& flows = *context.flows;
  const flow::Found found =
      c.v6 ? find_v6(flows, c) : flows.found(c.guess, c.ends, c.protocol, c.hash);
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
    if (r.tcp.phase() != flow::TcpPhase::established) return refuse();
    if (r.has(FlowFlag::inspected))
      return (found.direction == Direction::from_client
                  ? forward_inspected<Direction::from_client>(context, c, found, r, a, inspected)
                  : forward_inspected<Direction::from_server>(context, c, found, r, a,
                                                              inspected)) ||
             refuse();
    TcpHead head;
    if (!read_tcp(c, head) || !follow_tcp(r, found.direction, c, head)) return refuse();
  } else if (load16(c.transport() + udph::length) != c.transport_size()) {
    return refuse();
  }
  (*context.flows)[found.index].count(found.direction, c.total, context.stamp);
  rewrite(c, r, found.direction);
  remove_padding(c);
  transmit_to(context, c.mbuf, a);
  return true;
}

// Asks for what the frames lead to, step by step (flow::Table).
void prefetch_group(const Context& context, std::span<CommonFrame> frames) noexcept {
  const flow::Table& flows = *context.flows;
  for (const CommonFrame& c : frames)
    if (c.common) flows.prefetch(c.hash);
  for (CommonFrame& c : frames) c.guess = c.common ? flows.guess(c.hash) : arena::none;
  for (const CommonFrame& c : frames) {
    flows.prefetch_changing(c.guess);
    if (c.v6) flows.prefetch_addresses(c.guess);
  }
  if (!has_streams(context)) return;
  for (const CommonFrame& c : frames) {
    if (c.guess == arena::none) continue;
    const FlowRecord& r = flows.guessed(c.guess);
    if (r.stream != arena::none) prefetch_stream(context, r.stream);
  }
}

void fast_group(Context& context, std::span<rte_mbuf* const> mbufs, Burst& rest,
                Burst& inspected) noexcept {
  std::array<CommonFrame, group> all;
  const std::span frames = std::span{all}.first(mbufs.size());
  for (std::size_t i = 0; i < mbufs.size(); ++i) frames[i].read(*context.flows, mbufs[i]);
  prefetch_group(context, frames);
  std::uint64_t forwarded = 0;
  for (const CommonFrame& c : frames)
    if (c.common && forward(context, c, inspected))
      ++forwarded;
    else if (!rest.push(c.mbuf))
      context.drop(c.mbuf, stats::Drop::internal);
  context.count(stats::Counter::fast_packets, forwarded);
}

}  // namespace

void fast(Context& context, Burst& in, Burst& rest, Burst& inspected) noexcept {
  if (!context.fast_path) {
    for (rte_mbuf* mbuf : in) static_cast<void>(rest.push(mbuf));
    in.clear();
    return;
  }
  for (std::size_t at = 0; at < in.size(); at += group)
    fast_group(context, in.view().subspan(at, std::min(group, in.size() - at)), rest, inspected);
  in.clear();
}

void note_fast_path(Context& context, const PacketMeta& m, interplane::PortIndex egress,
                    const wire::IpAddress& next_hop) noexcept {
  constexpr unsigned ordinary = PacketMeta::l4_verified | PacketMeta::inspected | PacketMeta::ipv6;
  if (m.flow == no_flow || !context.fast_path || (m.flags & ~ordinary) != 0) return;
  FlowRecord& r = context.flows->record(m.flow);
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
