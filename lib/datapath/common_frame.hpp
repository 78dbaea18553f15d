// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What `fast` reads of a frame whose headers are as most are: Ethernet, IP without options or
// extensions, no fragment, TCP or UDP. Read once in a group, so that memory comes meanwhile.
#pragma once

#include <rte_mbuf.h>

#include "datapath/headers.hpp"
#include "flow/table.hpp"
#include "wire/checksum.hpp"

namespace rpcgate::datapath {

struct CommonFrame {
  static constexpr std::size_t l3 = eth::size;

  rte_mbuf* mbuf;
  std::byte* frame;
  std::uint64_t hash;
  std::uint32_t guess;    // flow::Table::guess()
  flow::PackedEnds ends;  // of IPv6 the ports alone
  std::uint16_t total;    // octets of the IP packet
  std::uint8_t l4;        // offset of the transport header
  std::uint8_t protocol;
  bool v6;
  bool common;  // all of the above has been read

  // `flows`: whose hash it is. Headers lie in the first segment.
  void read(const flow::Table& flows, rte_mbuf* from) noexcept {
    mbuf = from;
    frame = rte_pktmbuf_mtod(mbuf, std::byte*);
    common = v6 = false;
    if (mbuf->data_len < l3 + ip4::size + udph::size) return;
    constexpr std::uint16_t ipv4 = wire::Be16::from_host(eth::type_ipv4).raw();
    constexpr std::uint16_t ipv6 = wire::Be16::from_host(eth::type_ipv6).raw();
    const std::uint16_t type = load_raw16(frame + eth::type);
    if (type == ipv4) [[likely]]
      common = read_ipv4(flows);
    else if (type == ipv6)
      common = read_ipv6(flows);
  }

  // One direct segment that nobody else holds.
  bool is_ours_alone() const noexcept {
    return mbuf->nb_segs == 1 && mbuf->refcnt == 1 && RTE_MBUF_DIRECT(mbuf);
  }
  const std::byte* transport() const noexcept { return frame + l4; }
  std::uint32_t transport_size() const noexcept {
    return total + static_cast<std::uint32_t>(l3) - l4;
  }
  flow::FlowKey key6() const noexcept {
    return {wire::IpAddress::from_v6_octets(frame + l3 + ip6::source),
            wire::IpAddress::from_v6_octets(frame + l3 + ip6::destination),
            wire::Be16::from_raw(ends.source_port).host(),
            wire::Be16::from_raw(ends.destination_port).host(),
            protocol,
            {}};
  }

 private:
  static constexpr auto tcp = static_cast<std::uint8_t>(wire::Protocol::tcp);
  static constexpr auto udp = static_cast<std::uint8_t>(wire::Protocol::udp);

  bool fits(std::size_t header) const noexcept {
    const std::size_t least = header + (protocol == tcp ? tcph::size : udph::size);
    return (protocol == tcp || protocol == udp) && total >= least && total + l3 <= mbuf->pkt_len &&
           l3 + least <= mbuf->data_len;
  }
  bool read_ipv4(const flow::Table& flows) noexcept {
    const std::byte* h = frame + l3;
    constexpr std::uint16_t parts = wire::Be16::from_host(ip4::more_or_offset).raw();
    if (load8(h) != 0x45 || (load_raw16(h + ip4::fragment) & parts) != 0) return false;
    total = load16(h + ip4::length);
    protocol = load8(h + ip4::protocol);
    l4 = l3 + ip4::size;
    if (!fits(ip4::size)) return false;
    if ((mbuf->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) != RTE_MBUF_F_RX_IP_CKSUM_GOOD) {
      wire::ChecksumSum sum;
      sum.add({h, ip4::size});
      if (sum.checksum() != 0) return false;
    }
    std::memcpy(&ends, h + ip4::source, sizeof(ends));
    hash = flows.hash_of(ends, protocol);
    return true;
  }
  [[gnu::noinline]] bool read_ipv6(const flow::Table& flows) noexcept {
    if (mbuf->data_len < l3 + ip6::size + udph::size) return false;
    const std::byte* h = frame + l3;
    const std::uint32_t size = load16(h + ip6::length) + std::uint32_t{ip6::size};
    if (load8(h) >> 4 != 6 || size > 0xffff) return false;
    total = static_cast<std::uint16_t>(size);
    protocol = load8(h + ip6::next_header);
    l4 = l3 + ip6::size;
    v6 = true;
    if (!fits(ip6::size)) return false;
    ends = {};
    std::memcpy(&ends.source_port, h + ip6::size, 4);
    const flow::FlowKey key = key6();
    // A mapped address would pass for one of IPv4 (RFC 4942 2.2): parse drops it.
    if (key.source.is_v4() || key.destination.is_v4()) return false;
    hash = flows.hash_of(key);
    return true;
  }
};

}  // namespace rpcgate::datapath
