// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What both planes know of a port (a NIC, or one side of a NIC in a one-arm setting): made by the
// control core before workers start; workers read it, and nothing in it changes while they run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wire/mac_address.hpp"

namespace rpcgate::interplane {

enum class Zone : std::uint8_t { outer, inner };  // a rule's two sides

// Index of a port in the configuration: what policy::Snapshot::ingress_port_of() returns.
using PortIndex = std::uint8_t;
inline constexpr PortIndex no_port = 0xff;
inline constexpr std::uint16_t no_queue = 0xffff;

// How the kernel gets its frames of a port (Published::steering() says which they are).
enum class KernelSide : std::uint8_t {
  steered,  // a program below divides them: all that comes is ours (AF_XDP), or memory ports
  shared,   // the kernel has received its frames too (af_packet): ours to forget
  mirrored  // it has not: they go to the port's mirror by WorkerShared::punted
};

struct PortView {
  std::string name;  // "outer0"
  Zone zone = Zone::outer;
  std::uint16_t eth_port = 0;  // DPDK's number; two ports of one NIC share it (one arm)
  std::uint16_t rx_queues = 1;
  std::uint16_t tx_queues = 1;
  std::uint16_t mtu = 1500;           // of the IP packet
  wire::MacAddress mac;               // source of every frame we send here
  std::uint32_t interface_index = 0;  // the kernel's ifindex that routes name; 0: none
  bool multi_segments = false;        // the PMD sends chained mbufs
  bool rx_ip_checksum = false;        // the NIC's flag tells about the IPv4 header checksum
  bool rx_l4_checksum = false;        // ... and about TCP's and UDP's
  KernelSide kernel = KernelSide::steered;
  bool any_mac = false;  // take frames for any link address (memory ports, replay)
  bool silent = false;   // nothing is sent: a copy of the traffic is judged (monitor)
  // Memory and replay ports: everything goes to this address, without routes and neighbours.
  bool static_egress = false;
  wire::MacAddress static_next_hop;
};

// Who reads and writes which queue. Each queue has one owning worker; a worker without a tx queue
// gives its packets to the owner of queue (worker mod tx_queues) by a ring.
constexpr unsigned rx_queue_owner(std::uint16_t queue, unsigned workers) noexcept {
  return queue % workers;
}
constexpr std::uint16_t tx_queue_of(unsigned worker, const PortView& port) noexcept {
  return worker < port.tx_queues ? static_cast<std::uint16_t>(worker) : no_queue;
}
constexpr unsigned tx_helper_of(unsigned worker, const PortView& port) noexcept {
  return worker % port.tx_queues;
}

}  // namespace rpcgate::interplane
