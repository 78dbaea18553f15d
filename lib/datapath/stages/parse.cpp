// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// in:    frames as received; mbuf->port is DPDK's port
// out:   packets with complete PacketMeta, padding trimmed, headers in the first segment; fragments
//        without what is of the transport header
// drops: bad_l2, bad_ip, bad_l4, unsupported_protocol, ip_options, spoofed_source, not_ours,
//        kernel_has_it, punt_full; punted frames are kept by the kernel's mirror
// state: none
// keeps: what is here is read once; later stages trust offsets and lengths of the meta
#include "datapath/build.hpp"
#include "datapath/headers.hpp"
#include "datapath/parse_l4.hpp"
#include "datapath/stages/stages.hpp"
#include "wire/checksum.hpp"

namespace rpcgate::datapath {
namespace {

using interplane::KernelSide;
using interplane::PortView;
using stats::Drop;

// Headers must lie in the first segment; 14 + 40 + 60, and 8 + 40 + 8 of what an ICMP error quotes.
constexpr std::uint32_t header_reach = 128;

struct Packet {
  Context& context;
  rte_mbuf* mbuf;
  PacketMeta& meta;
  std::byte* frame;      // first segment
  std::uint32_t length;  // of the whole packet, chain included, without padding

  const std::byte* at(std::size_t offset) const noexcept { return frame + offset; }
  std::uint32_t here() const noexcept { return mbuf->data_len; }
};

// The port of this frame's NIC that takes this source in: two ports may share one NIC.
bool enters(Packet& p) noexcept {
  const int index = p.context.policy->ingress_port_of(p.meta.source);
  if (index < 0 || static_cast<std::size_t>(index) >= p.context.ports.size()) return false;
  if (p.context.ports[static_cast<std::size_t>(index)].eth_port != p.mbuf->port) return false;
  p.meta.ingress = static_cast<interplane::PortIndex>(index);
  return true;
}

// Sources no packet can have (RFC 1122 3.2.1.3, RFC 4291 2.5.2, 2.7).
bool is_impossible_source(const wire::IpAddress& a) noexcept {
  if (!a.is_v4()) return a.is_unspecified() || a.octets()[0] == 0xff;
  const std::uint8_t first = a.v4_octets()[0];
  return first == 0 || first == 127 || first >= 224;
}

Drop read_ipv4(Packet& p) noexcept {
  const std::byte* h = p.at(eth::size);
  if (p.here() < eth::size + ip4::size) return Drop::bad_ip;
  const std::uint8_t version_and_size = load8(h);
  if (version_and_size >> 4 != 4 || (version_and_size & 15) < 5) return Drop::bad_ip;
  if ((version_and_size & 15) != 5) return Drop::ip_options;
  std::uint32_t total = load16(h + ip4::length);
  // Captures taken above segmentation offload hold segments whose length did not fit.
  if (total == 0 && p.context.lenient) total = p.length - static_cast<std::uint32_t>(eth::size);
  if (total < ip4::size || total + eth::size > p.length) return Drop::bad_ip;
  if (!p.context.lenient &&
      (p.mbuf->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) != RTE_MBUF_F_RX_IP_CKSUM_GOOD) {
    wire::ChecksumSum sum;
    sum.add({h, ip4::size});
    if (sum.checksum() != 0) return Drop::bad_ip;
  }
  if ((load16(h + ip4::fragment) & ip4::more_or_offset) != 0) p.meta.set(PacketMeta::fragmented);
  p.meta.source = wire::IpAddress::from_v4_octets(h + ip4::source);
  p.meta.destination = wire::IpAddress::from_v4_octets(h + ip4::destination);
  p.meta.protocol = load8(h + ip4::protocol);
  p.meta.l4_offset = eth::size + ip4::size;
  p.length = total + static_cast<std::uint32_t>(eth::size);
  return parsed_well;
}

// Of IPv6: what may stand between its header and the transport's.
bool is_extension(std::uint8_t protocol) noexcept {
  switch (protocol) {
    case 0:
    case 43:
    case ip6::fragment_header:
    case 51:
    case 60:
    case 135:
      return true;
    default:
      return false;
  }
}

Drop read_ipv6(Packet& p) noexcept {
  const std::byte* h = p.at(eth::size);
  if (p.here() < eth::size + ip6::size || load8(h) >> 4 != 6) return Drop::bad_ip;
  const std::uint32_t payload = load16(h + ip6::length);
  if (payload + eth::size + ip6::size > p.length) return Drop::bad_ip;
  p.meta.set(PacketMeta::ipv6);
  p.meta.source = wire::IpAddress::from_v6_octets(h + ip6::source);
  p.meta.destination = wire::IpAddress::from_v6_octets(h + ip6::destination);
  // A mapped address on the wire would pass for IPv4 in rules and keys (RFC 4942 2.2).
  if (p.meta.source.is_v4() || p.meta.destination.is_v4()) return Drop::spoofed_source;
  p.meta.protocol = load8(h + ip6::next_header);
  p.meta.l4_offset = eth::size + ip6::size;
  if (p.meta.protocol == ip6::fragment_header) {
    if (payload < ip6::fragment_size || p.here() < p.meta.l4_offset + ip6::fragment_size)
      return Drop::bad_ip;
    p.meta.protocol = load8(p.at(p.meta.l4_offset));
    p.meta.l4_offset += ip6::fragment_size;
    p.meta.set(PacketMeta::fragmented);
  }
  p.length = payload + static_cast<std::uint32_t>(eth::size + ip6::size);
  return is_extension(p.meta.protocol) ? Drop::ip_options : parsed_well;
}

// The first port of the frame's NIC: link address and steering are the NIC's.
const PortView* nic_of(const Context& context, const rte_mbuf* mbuf, std::size_t& index) noexcept {
  for (index = 0; index < context.ports.size(); ++index)
    if (context.ports[index].eth_port == mbuf->port) return &context.ports[index];
  return nullptr;
}

// Frames that are not rpcgate's. True: the frame has been dealt with.
bool belongs_to_others(Context& context, rte_mbuf* mbuf, const PortView& nic,
                       std::size_t index) noexcept {
  if (nic.kernel == KernelSide::steered || context.steering == nullptr ||
      index >= context.steering->ports.size())
    return false;
  const Bytes frame{rte_pktmbuf_mtod(mbuf, const std::byte*), mbuf->data_len};
  switch (context.steering->ports[index].decide(frame)) {
    case route::Steer::datapath:
      return false;
    case route::Steer::drop:
      context.drop(mbuf, Drop::not_ours);
      return true;
    case route::Steer::kernel:
      break;
  }
  if (nic.kernel == KernelSide::shared) {
    context.drop(mbuf, Drop::kernel_has_it);
    return true;
  }
  mbuf->port = static_cast<std::uint16_t>(index);
  if (context.shared->punted.push(&mbuf, 1) != 1) {
    context.drop(mbuf, Drop::punt_full);
    return true;
  }
  context.count(stats::Counter::punted);
  context.kept();
  return true;
}

bool is_for(const PortView& nic, const std::byte* frame) noexcept {
  return nic.any_mac || std::memcmp(frame + eth::destination, nic.mac.octets.data(), 6) == 0;
}

// In fragments: an ICMP error's owner is that of the packet it quotes, which no fragment tells.
bool is_carried(std::uint8_t protocol) noexcept {
  return protocol == static_cast<std::uint8_t>(wire::Protocol::tcp) ||
         protocol == static_cast<std::uint8_t>(wire::Protocol::udp);
}

Drop parse_one(Context& context, rte_mbuf* mbuf, const PortView& nic) noexcept {
  PacketMeta& meta = meta_of(mbuf);
  meta = PacketMeta{};
  Packet p{context, mbuf, meta, rte_pktmbuf_mtod(mbuf, std::byte*), mbuf->pkt_len};
  // Offsets and lengths of the meta are 16 bits wide.
  if (p.here() < eth::size || p.length > 0xffff) return Drop::bad_l2;
  if (!is_for(nic, p.frame)) return Drop::not_ours;
  meta.l3_offset = eth::size;
  const std::uint16_t type = load16(p.at(eth::type));
  Drop verdict = Drop::bad_l2;
  if (type == eth::type_ipv4) verdict = read_ipv4(p);
  if (type == eth::type_ipv6) verdict = read_ipv6(p);
  if (verdict != parsed_well) return verdict;
  if (is_impossible_source(meta.source) || !enters(p)) return Drop::spoofed_source;
  if (mbuf->pkt_len > p.length &&
      rte_pktmbuf_trim(mbuf, static_cast<std::uint16_t>(mbuf->pkt_len - p.length)) != 0)
    return Drop::bad_l2;
  if (!meta.has(PacketMeta::fragmented)) return parse_l4(mbuf);
  return is_carried(meta.protocol) ? parsed_well : Drop::unsupported_protocol;
}

}  // namespace

void parse(Context& context, Burst& in, Burst& parsed) noexcept {
  for (rte_mbuf* mbuf : in) {
    std::size_t index = 0;
    const PortView* nic = nic_of(context, mbuf, index);
    if (nic == nullptr) {
      context.drop(mbuf, Drop::internal);
      continue;
    }
    if (mbuf->nb_segs > 1 && mbuf->data_len < header_reach) {
      mbuf = linearised(context, mbuf);
      if (mbuf == nullptr) continue;
    }
    if (belongs_to_others(context, mbuf, *nic, index)) continue;
    const Drop verdict = parse_one(context, mbuf, *nic);
    if (verdict != parsed_well || !parsed.push(mbuf)) context.drop(mbuf, verdict);
  }
  in.clear();
}

}  // namespace rpcgate::datapath
