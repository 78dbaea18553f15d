// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Whose is a received frame? One text for the XDP program, its tc twin (both C, in the kernel) and
// Steering (C++): whoever includes it defines the four rpcgate_is_*() look-ups. Byte loads only,
// and every load behind a comparison with `end` that the kernel's verifier understands.
#pragma once

#include "route/steer_shared.h"

#define RPCGATE_INLINE static inline __attribute__((always_inline))

RPCGATE_INLINE int rpcgate_is_ours(const void* tables, const struct rpcgate_address* address);
RPCGATE_INLINE int rpcgate_is_local(const void* tables, const struct rpcgate_service* service);
RPCGATE_INLINE int rpcgate_is_transit_source(const void* tables,
                                             const struct rpcgate_address* address);
RPCGATE_INLINE int rpcgate_is_transit_destination(const void* tables,
                                                  const struct rpcgate_address* address);

struct rpcgate_packet {
  struct rpcgate_address source;
  struct rpcgate_service destination;  // its port is filled when known
  int fragment;
  int later;  // a fragment without the transport header
  const unsigned char* l4;
};

enum { RPCGATE_ICMP = 1, RPCGATE_TCP = 6, RPCGATE_UDP = 17, RPCGATE_ICMPV6 = 58 };

// RFC 792: destination unreachable, time exceeded, parameter problem. RFC 4443: types 1 to 4.
RPCGATE_INLINE int rpcgate_is_icmp_error(unsigned protocol, unsigned type) {
  if (protocol == RPCGATE_ICMP) return type == 3 || type == 11 || type == 12;
  return type >= 1 && type <= 4;
}

RPCGATE_INLINE enum rpcgate_slot rpcgate_decide_ip(const void* tables,
                                                   struct rpcgate_packet* packet,
                                                   const unsigned char* end) {
  const unsigned protocol = packet->destination.protocol;
  const int has_ports = (protocol == RPCGATE_TCP || protocol == RPCGATE_UDP) && !packet->fragment;
  const int is_icmp = (protocol == RPCGATE_ICMP || protocol == RPCGATE_ICMPV6) && !packet->fragment;
  const unsigned char* l4 = packet->l4;
  unsigned icmp_type = 0;
  if (is_icmp) {
    if (l4 + 4 > end) return RPCGATE_SLOT_DROP_MALFORMED;
    icmp_type = l4[0];
    // RFC 4861: router and neighbour solicitation, advertisement, redirect.
    if (protocol == RPCGATE_ICMPV6 && icmp_type >= 133 && icmp_type <= 137)
      return RPCGATE_SLOT_KERNEL_ND;
  }
  if (rpcgate_is_ours(tables, &packet->destination.address)) {
    if (packet->fragment || has_ports) return RPCGATE_SLOT_OURS;
    if (!is_icmp) return RPCGATE_SLOT_DROP_PROTOCOL;
    if (rpcgate_is_icmp_error(protocol, icmp_type)) return RPCGATE_SLOT_OURS;
    if (icmp_type == (protocol == RPCGATE_ICMP ? 8u : 128u)) return RPCGATE_SLOT_KERNEL_ECHO;
    return RPCGATE_SLOT_DROP_PROTOCOL;
  }
  // An ICMP redirect (type 5) would turn the kernel's routes, which we mirror: nobody's. Not in
  // fragments either, without the first of which the kernel puts nothing together; nor does
  // neighbour discovery come in fragments (RFC 6980).
  if ((protocol == RPCGATE_ICMP || protocol == RPCGATE_ICMPV6) && !packet->later) {
    if (l4 + 4 > end) return RPCGATE_SLOT_DROP_MALFORMED;
    if (protocol == RPCGATE_ICMP && l4[0] == 5) return RPCGATE_SLOT_DROP_PROTOCOL;
    if (protocol == RPCGATE_ICMPV6 && l4[0] >= 133 && l4[0] <= 137)
      return RPCGATE_SLOT_DROP_PROTOCOL;
  }
  if (has_ports) {
    if (l4 + 4 > end) return RPCGATE_SLOT_DROP_MALFORMED;
    packet->destination.port[0] = l4[2];
    packet->destination.port[1] = l4[3];
    if (rpcgate_is_local(tables, &packet->destination)) return RPCGATE_SLOT_KERNEL_LOCAL;
    packet->destination.port[0] = 0;
    packet->destination.port[1] = 0;
  }
  if (rpcgate_is_local(tables, &packet->destination)) return RPCGATE_SLOT_KERNEL_LOCAL;
  if (rpcgate_is_transit_source(tables, &packet->source)) return RPCGATE_SLOT_TRANSIT;
  if (rpcgate_is_transit_destination(tables, &packet->destination.address))
    return RPCGATE_SLOT_TRANSIT;
  return RPCGATE_SLOT_DROP_NOT_OURS;
}

RPCGATE_INLINE void rpcgate_map_v4(struct rpcgate_address* address, const unsigned char* octets) {
  address->octets[10] = 0xff;
  address->octets[11] = 0xff;
  __builtin_memcpy(address->octets + 12, octets, 4);
}

RPCGATE_INLINE enum rpcgate_slot rpcgate_decide_v4(const void* tables, const unsigned char* ip,
                                                   const unsigned char* end) {
  struct rpcgate_packet packet;
  unsigned length;
  if (ip + 20 > end || (ip[0] >> 4) != 4) return RPCGATE_SLOT_DROP_MALFORMED;
  length = (ip[0] & 15u) * 4u;
  if (length < 20) return RPCGATE_SLOT_DROP_MALFORMED;
  __builtin_memset(&packet, 0, sizeof packet);
  rpcgate_map_v4(&packet.source, ip + 12);
  rpcgate_map_v4(&packet.destination.address, ip + 16);
  packet.destination.protocol = ip[9];
  packet.fragment = (ip[6] & 0x3f) != 0 || ip[7] != 0;  // more fragments, or an offset
  packet.later = (ip[6] & 0x1f) != 0 || ip[7] != 0;
  packet.l4 = ip + length;
  return rpcgate_decide_ip(tables, &packet, end);
}

RPCGATE_INLINE enum rpcgate_slot rpcgate_decide_v6(const void* tables, const unsigned char* ip,
                                                   const unsigned char* end) {
  struct rpcgate_packet packet;
  if (ip + 40 > end || (ip[0] >> 4) != 6) return RPCGATE_SLOT_DROP_MALFORMED;
  __builtin_memset(&packet, 0, sizeof packet);
  __builtin_memcpy(packet.source.octets, ip + 8, 16);
  __builtin_memcpy(packet.destination.address.octets, ip + 24, 16);
  packet.destination.protocol = ip[6];
  packet.l4 = ip + 40;
  if (ip[6] == 44) {  // a fragment header (RFC 8200 4.5); no other extension header is carried
    if (ip + 48 > end) return RPCGATE_SLOT_DROP_MALFORMED;
    packet.destination.protocol = ip[40];
    packet.fragment = 1;
    packet.later = ip[42] != 0 || (ip[43] & 0xf8) != 0;
    packet.l4 = ip + 48;
  }
  return rpcgate_decide_ip(tables, &packet, end);
}

RPCGATE_INLINE enum rpcgate_slot rpcgate_decide(const void* tables, const unsigned char* frame,
                                                const unsigned char* end) {
  const unsigned char* ip = frame + 14;
  unsigned type;
  if (ip > end) return RPCGATE_SLOT_DROP_MALFORMED;
  type = frame[12] * 256u + frame[13];
  if (type == 0x8100 || type == 0x88a8) {  // one tag: the same rules hold inside a VLAN
    if (ip + 4 > end) return RPCGATE_SLOT_DROP_MALFORMED;
    type = ip[2] * 256u + ip[3];
    ip += 4;
    if (type == 0x8100 || type == 0x88a8) return RPCGATE_SLOT_DROP_MALFORMED;
  }
  if (type == 0x0800) return rpcgate_decide_v4(tables, ip, end);
  if (type == 0x86dd) return rpcgate_decide_v6(tables, ip, end);
  return RPCGATE_SLOT_KERNEL_NON_IP;
}
