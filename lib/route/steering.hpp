// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What is the kernel's and what is rpcgate's among received frames: the decision of the XDP and TC
// programs (steer_decision.h holds it for all three), for ports that have neither, and for frames
// that an af_packet port sees although the kernel has them too. Built on the control core,
// immutable, read by workers through the snapshot.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "route/lpm.hpp"
#include "wire/address.hpp"

namespace rpcgate::route {

// A service of the box itself. Multicast groups too: 224.0.0.5, protocol 89 for OSPF.
struct LocalService {
  wire::IpAddress address;
  std::uint8_t protocol = 0;  // of the IP header
  wire::L4Port port = 0;      // 0: every port, or a protocol that has none
  friend bool operator==(const LocalService&, const LocalService&) = default;
  friend auto operator<=>(const LocalService&, const LocalService&) = default;
};

// Of one port.
struct SteeringConfig {
  std::vector<wire::IpAddress> ours;               // published and translated addresses
  std::vector<LocalService> local_services;        // pass to the kernel
  std::vector<wire::IpAddress> local_addresses;    // the box's own: ICMP to them is the kernel's
  std::vector<wire::Prefix> transit_sources;       // inner port: the servers
  std::vector<wire::Prefix> transit_destinations;  // outer port: servers published routed
};

enum class Steer : std::uint8_t { datapath, kernel, drop };

class Steering {
 public:
  Steering() = default;  // everything but ARP and ND is dropped
  explicit Steering(const SteeringConfig& config);

  // `frame` begins with the Ethernet header; what a stage needs of it is in the first segment.
  Steer decide(Bytes frame) const noexcept;
  bool kernel_owns(Bytes frame) const noexcept { return decide(frame) == Steer::kernel; }

  bool is_ours(const wire::IpAddress& address) const noexcept;
  bool is_local(const LocalService& service) const noexcept;
  bool is_transit_source(const wire::IpAddress& address) const noexcept {
    return transit_sources_.lookup(address) != Lpm::none;
  }
  bool is_transit_destination(const wire::IpAddress& address) const noexcept {
    return transit_destinations_.lookup(address) != Lpm::none;
  }

 private:
  std::vector<wire::IpAddress> ours_;  // sorted
  std::vector<LocalService> local_;    // sorted, ICMP of local addresses among them
  Lpm transit_sources_;
  Lpm transit_destinations_;
};

// The services with ICMP of all their addresses added: what the BPF maps and Steering hold.
std::vector<LocalService> all_local_services(const SteeringConfig& config);

}  // namespace rpcgate::route
