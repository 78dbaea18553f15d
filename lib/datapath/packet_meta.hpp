// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What `parse` found out about a packet, in the mbuf's private area, so that nobody parses twice.
// Later stages add their findings (flow, egress). Valid as long as the mbuf; `nat` updates
// addresses and ports together with the packet.
#pragma once

#include <cstdint>
#include <span>
#include <type_traits>

#include <rte_mbuf.h>

#include "base/bytes.hpp"
#include "flow/key.hpp"
#include "interplane/ports.hpp"
#include "wire/address.hpp"

namespace rpcgate::datapath {

inline constexpr std::uint32_t no_flow = 0xffffffff;

using flow::Direction;
using flow::opposite;

struct PacketMeta {
  enum Flag : std::uint8_t {
    ipv6 = 1,            // else IPv4
    made_here = 2,       // the gateway made it: its hop limit is not counted down
    icmp_error = 4,      // quotes another packet, which begins at payload_offset
    l4_verified = 8,     // the NIC says that the transport checksum is right
    inspected = 16,      // of an inspected flow (set by track)
    lenient_start = 32,  // replay: picked up in the middle
    opens = 64,          // classify: opens a flow, `flow` is an index of Context::openings
    fragmented = 128     // came in fragments; it is one as long as payload_offset is 0
  };

  // As they stand in the packet now; of a packet that goes the short way, not known.
  wire::IpAddress source;
  wire::IpAddress destination;
  wire::L4Port source_port = 0;  // of an ICMP error: those of the quoted packet
  wire::L4Port destination_port = 0;
  std::uint32_t flow = no_flow;  // index of the record in the worker's flow table
  std::uint16_t l3_offset = 0;   // from the start of the frame
  std::uint16_t l4_offset = 0;
  std::uint16_t payload_offset = 0;
  std::uint16_t payload_length = 0;
  std::uint8_t protocol = 0;   // wire::Protocol
  std::uint8_t tcp_flags = 0;  // as in the header: FIN 1, SYN 2, RST 4, PSH 8, ACK 16
  interplane::PortIndex ingress = interplane::no_port;
  interplane::PortIndex egress = interplane::no_port;  // set by route
  Direction direction : 2 = Direction::from_client;    // set by classify
  bool outbound : 2 = false;   // its client is on the inner side (set by classify, track)
  bool short_way : 2 = false;  // set by fast: its hop is counted, its flow knows the next one
  bool behind : 2 = false;     // set by fast: a packet of its flow before it waits for stream
  std::uint8_t flags = 0;
  std::uint16_t window = 0;  // TCP, as in the header
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;

  bool has(Flag flag) const noexcept { return (flags & flag) != 0; }
  void set(Flag flag) noexcept { flags = static_cast<std::uint8_t>(flags | flag); }
  void unset(Flag flag) noexcept { flags = static_cast<std::uint8_t>(flags & ~flag); }
  // Which side of the gateway the packet is for.
  bool is_for_inner() const noexcept { return (direction == Direction::from_client) != outbound; }
  bool is_tcp() const noexcept {
    return protocol == static_cast<std::uint8_t>(wire::Protocol::tcp);
  }
};
static_assert(sizeof(PacketMeta) == 64);
static_assert(std::is_trivially_copyable_v<PacketMeta>);

// Every packet pool has this private area (dpdk/mempool.hpp).
inline constexpr std::uint16_t packet_private_size = sizeof(PacketMeta);

inline PacketMeta& meta_of(rte_mbuf* mbuf) noexcept {
  return *static_cast<PacketMeta*>(rte_mbuf_to_priv(mbuf));
}
inline const PacketMeta& meta_of(const rte_mbuf* mbuf) noexcept {
  return *static_cast<const PacketMeta*>(rte_mbuf_to_priv(const_cast<rte_mbuf*>(mbuf)));
}

// The packet's bytes. Headers always lie in the first segment (parse sees to it); payload may go on
// in further segments of the chain: payload_head() is what lies in the first.
inline MutableBytes frame_of(rte_mbuf* mbuf) noexcept {
  return {rte_pktmbuf_mtod(mbuf, std::byte*), mbuf->data_len};
}
inline MutableBytes payload_head(rte_mbuf* mbuf) noexcept {
  const PacketMeta& meta = meta_of(mbuf);
  const std::size_t here = static_cast<std::size_t>(mbuf->data_len) - meta.payload_offset;
  return frame_of(mbuf).subspan(meta.payload_offset,
                                here < meta.payload_length ? here : meta.payload_length);
}

}  // namespace rpcgate::datapath
