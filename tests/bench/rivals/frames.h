// SPDX-License-Identifier: (BSD-3-Clause OR GPL-2.0-only)
// Copyright (c) 2026, the rpcgate authors

// What inject.cpp tells frames.bpf.c.
#pragma once

#define RPCGATE_HEADERS 42 /* Ethernet, IPv4, UDP */
#define RPCGATE_SOURCE_PORT_AT 34
#define RPCGATE_FIRST_SOURCE_PORT 10000

struct rpcgate_frames {
  unsigned int flows;         // a power of two
  unsigned char headers[44];  // RPCGATE_HEADERS of them
};
