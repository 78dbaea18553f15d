// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// nat::apply() and the counting of a hop (RFC 1812 5.3.1) in one, for what the fast path forwards:
// an IPv4 packet without options, whole, of a flow of TCP or UDP, translated or not. Worker core.
#pragma once

#include <cstring>

#include "flow/record.hpp"

namespace rpcgate::nat {

namespace detail {
// RFC 1624, equation 3, for what the words that changed differ by.
inline void adjust(std::byte* field, std::uint32_t delta) noexcept {
  std::uint16_t sum;
  std::memcpy(&sum, field, 2);
  std::uint32_t s = static_cast<std::uint16_t>(~sum) + delta;
  s = (s & 0xffff) + (s >> 16);
  s = (s & 0xffff) + (s >> 16);
  sum = static_cast<std::uint16_t>(~s);
  std::memcpy(field, &sum, 2);
}
}  // namespace detail

// `ip`: the IP header; its TTL is more than one.
inline void rewrite_and_count_hop(const flow::FlowRecord& record, flow::Direction d,
                                  std::byte* ip) noexcept {
  constexpr std::size_t ttl = 8, header_sum = 10, source = 12, ports = 20;
  constexpr std::uint8_t tcp = 6;
  // One less in the first octet of a word: in one's complement, and in the order of memory, -1.
  constexpr std::uint32_t one_hop = 0xfffe;
  const flow::PackedEnds& answers = record.ends(flow::opposite(d));
  const std::uint64_t addresses = answers.addresses();
  const std::uint32_t both_ports = answers.ports();
  const std::uint64_t turned = addresses << 32 | addresses >> 32;
  const std::uint32_t turned_ports = both_ports << 16 | both_ports >> 16;
  ip[ttl] = static_cast<std::byte>(std::to_integer<unsigned>(ip[ttl]) - 1);
  detail::adjust(ip + header_sum, record.rewrite.l3(d) + one_hop);
  std::memcpy(ip + source, &turned, 8);
  std::memcpy(ip + ports, &turned_ports, 4);
  if (!record.has(flow::FlowFlag::translated)) return;
  if (record.protocol == tcp) {
    detail::adjust(ip + 20 + 16, record.rewrite.l4(d));
    return;
  }
  std::uint16_t sum;
  std::memcpy(&sum, ip + 20 + 6, 2);
  if (sum == 0) return;  // none was made (RFC 768)
  detail::adjust(ip + 20 + 6, record.rewrite.l4(d));
  std::memcpy(&sum, ip + 20 + 6, 2);
  if (sum == 0) sum = 0xffff;
  std::memcpy(ip + 20 + 6, &sum, 2);
}

}  // namespace rpcgate::nat
