// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What the steering programs in the kernel and the code that fills their maps share: keys, the
// slots of the statistics. C and C++, no other header.
#pragma once

struct rpcgate_address {  // 16 octets, IPv4 mapped (RFC 4291 2.5.5.2)
  unsigned char octets[16];
};

struct rpcgate_service {
  struct rpcgate_address address;
  unsigned char protocol;  // of the IP header
  unsigned char zero;
  unsigned char port[2];  // network order; 0: every port, or a protocol that has none
};

struct rpcgate_prefix {  // as BPF_MAP_TYPE_LPM_TRIE wants it
  unsigned int bits;
  struct rpcgate_address address;
};

// Every packet that enters is counted in exactly one slot.
enum rpcgate_slot {
  RPCGATE_SLOT_OURS,            // to the data path: a published or translated address
  RPCGATE_SLOT_TRANSIT,         // to the data path: from or to a server
  RPCGATE_SLOT_KERNEL_NON_IP,   // to the kernel: ARP, LLDP, ...
  RPCGATE_SLOT_KERNEL_ND,       // to the kernel: IPv6 neighbour discovery
  RPCGATE_SLOT_KERNEL_ECHO,     // to the kernel: echo request to an address of ours
  RPCGATE_SLOT_KERNEL_LOCAL,    // to the kernel: a listed service of the box itself
  RPCGATE_SLOT_DROP_MALFORMED,  // cut short, or no header we can read
  RPCGATE_SLOT_DROP_PROTOCOL,   // to an address of ours, by a protocol that is not carried
  RPCGATE_SLOT_DROP_NOT_OURS,   // neither ours, nor listed, nor transit
  RPCGATE_SLOT_DROP_NO_SOCKET,  // for the data path, which does not listen now
  RPCGATE_SLOTS
};

#define RPCGATE_PROGRAM_NAME "rpcgate_steer"
