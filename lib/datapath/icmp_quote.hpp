// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The packet that an ICMP error quotes, read from where parse found it. Ports are in PacketMeta.
#pragma once

#include "datapath/headers.hpp"
#include "datapath/packet_meta.hpp"

namespace rpcgate::datapath {

struct Quote {
  wire::IpAddress source;
  wire::IpAddress destination;
  std::uint8_t protocol = 0;
  std::size_t l3_offset = 0;  // from the start of the frame
  std::size_t l4_offset = 0;
};

inline Quote quote_of(rte_mbuf* mbuf) noexcept {
  const PacketMeta& meta = meta_of(mbuf);
  const std::byte* h = rte_pktmbuf_mtod(mbuf, const std::byte*) + meta.payload_offset;
  Quote q;
  q.l3_offset = meta.payload_offset;
  if (meta.has(PacketMeta::ipv6)) {
    q.source = wire::IpAddress::from_v6_octets(h + ip6::source);
    q.destination = wire::IpAddress::from_v6_octets(h + ip6::destination);
    q.protocol = load8(h + ip6::next_header);
    q.l4_offset = q.l3_offset + ip6::size;
  } else {
    q.source = wire::IpAddress::from_v4_octets(h + ip4::source);
    q.destination = wire::IpAddress::from_v4_octets(h + ip4::destination);
    q.protocol = load8(h + ip4::protocol);
    q.l4_offset = q.l3_offset + ip4::size;
  }
  return q;
}

}  // namespace rpcgate::datapath
