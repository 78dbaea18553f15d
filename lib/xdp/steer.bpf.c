// SPDX-License-Identifier: (BSD-3-Clause OR GPL-2.0-only)
// Copyright (c) 2026, the rpcgate authors

// The steering program, built twice. With RPCGATE_TC unset: XDP on an AF_XDP port; what is the data
// path's goes to its socket, and is dropped while there is none. With RPCGATE_TC: clsact ingress;
// what is the data path's is dropped for the kernel (the AF_PACKET tap has seen it before), which
// also closes the moments when an AF_XDP port has no XDP program.
//
// bpf_helpers.h wants the types of linux/bpf.h before it.
// clang-format off
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
// clang-format on

#include "route/steer_decision.h"

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 4096);
  __type(key, struct rpcgate_address);
  __type(value, __u8);
} ours SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 4096);
  __type(key, struct rpcgate_service);
  __type(value, __u8);
} local_services SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, 4096);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct rpcgate_prefix);
  __type(value, __u8);
} transit_src SEC(".maps"), transit_dst SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, RPCGATE_SLOTS);
  __type(key, __u32);
  __type(value, __u64);
} steer_stats SEC(".maps");

static inline int rpcgate_is_ours(const void* tables, const struct rpcgate_address* address) {
  (void)tables;
  return bpf_map_lookup_elem(&ours, address) != 0;
}

static inline int rpcgate_is_local(const void* tables, const struct rpcgate_service* service) {
  (void)tables;
  return bpf_map_lookup_elem(&local_services, service) != 0;
}

static __always_inline int in_trie(void* trie, const struct rpcgate_address* address) {
  struct rpcgate_prefix key = {.bits = 128, .address = *address};
  return bpf_map_lookup_elem(trie, &key) != 0;
}

static inline int rpcgate_is_transit_source(const void* tables,
                                            const struct rpcgate_address* address) {
  (void)tables;
  return in_trie(&transit_src, address);
}

static inline int rpcgate_is_transit_destination(const void* tables,
                                                 const struct rpcgate_address* address) {
  (void)tables;
  return in_trie(&transit_dst, address);
}

static __always_inline void count(__u32 slot) {
  __u64* counter = bpf_map_lookup_elem(&steer_stats, &slot);
  if (counter) *counter += 1;  // per CPU, and this CPU runs nothing else of us now
}

#ifdef RPCGATE_TC

SEC("tc")
int rpcgate_steer(struct __sk_buff* skb) {
  // Headers may lie outside the linear part; 14 + 4 + 60 + 4 bytes are all that is read.
  if (skb->data_end - skb->data < 82) bpf_skb_pull_data(skb, skb->len < 82 ? skb->len : 82);
  enum rpcgate_slot slot = rpcgate_decide(0, (const unsigned char*)(long)skb->data,
                                          (const unsigned char*)(long)skb->data_end);
  count(slot);
  switch (slot) {
    case RPCGATE_SLOT_KERNEL_NON_IP:
    case RPCGATE_SLOT_KERNEL_ND:
    case RPCGATE_SLOT_KERNEL_ECHO:
    case RPCGATE_SLOT_KERNEL_LOCAL:
      return TC_ACT_UNSPEC;  // on to other filters, and to the kernel
    default:
      return TC_ACT_SHOT;
  }
}

#else

struct {
  __uint(type, BPF_MAP_TYPE_XSKMAP);
  __uint(max_entries, 128);
  __type(key, __u32);
  __type(value, __u32);
} xsks_map SEC(".maps");

SEC("xdp")
int rpcgate_steer(struct xdp_md* ctx) {
  enum rpcgate_slot slot = rpcgate_decide(0, (const unsigned char*)(long)ctx->data,
                                          (const unsigned char*)(long)ctx->data_end);
  int action = XDP_DROP;
  switch (slot) {
    case RPCGATE_SLOT_OURS:
    case RPCGATE_SLOT_TRANSIT:
      action = (int)bpf_redirect_map(&xsks_map, ctx->rx_queue_index, XDP_DROP);
      if (action != XDP_REDIRECT) slot = RPCGATE_SLOT_DROP_NO_SOCKET;
      break;
    case RPCGATE_SLOT_KERNEL_NON_IP:
    case RPCGATE_SLOT_KERNEL_ND:
    case RPCGATE_SLOT_KERNEL_ECHO:
    case RPCGATE_SLOT_KERNEL_LOCAL:
      action = XDP_PASS;
      break;
    default:
      break;
  }
  count(slot);
  return action;
}

#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";
