// SPDX-License-Identifier: (BSD-3-Clause OR GPL-2.0-only)
// Copyright (c) 2026, the rpcgate authors

// Makes each injected frame the next one of `flows` UDP flows and passes it on to the kernel. The
// pages of live frames are used again as the kernel left them, so the headers are written anew.
//
// bpf_helpers.h wants the types of linux/bpf.h before it.
// clang-format off
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
// clang-format on

#include "frames.h"

const volatile struct rpcgate_frames frames;
__u32 number;

SEC("xdp")
int next_frame(struct xdp_md* context) {
  __u16* to = (__u16*)(long)context->data;
  const volatile __u16* from = (const volatile __u16*)frames.headers;
  if ((void*)(to + RPCGATE_HEADERS / 2) > (void*)(long)context->data_end) return XDP_DROP;
#pragma unroll
  for (int i = 0; i < RPCGATE_HEADERS / 2; i++) to[i] = from[i];
  to[RPCGATE_SOURCE_PORT_AT / 2] =
      bpf_htons(RPCGATE_FIRST_SOURCE_PORT + (number++ & (frames.flows - 1)));
  return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
