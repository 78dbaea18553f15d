// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
// Frames and whose they are: one list for Steering and for the programs in the kernel, which must
// agree on every one.
#pragma once

#include <vector>

#include "frame_builder.hpp"
#include "route/steer_shared.h"
#include "route/steering.hpp"

namespace rpcgate::route::test {

struct SteeringCase {
  const char* what;
  FrameSpec frame;
  rpcgate_slot slot;
};

// An outer port: 198.51.100.1 and 2001:db8::1 are published, .2 is the box's own with SSH, .3 with
// nothing listed; 10.10.0.0/24 are servers (their answers enter an inner port), 192.0.2.0/28 and
// 2001:db8:5::/64 servers published routed.
inline SteeringConfig case_config() {
  const auto ip = [](const char* text) { return wire::IpAddress::parse(text).value(); };
  const auto net = [](const char* text) { return wire::Prefix::parse(text).value(); };
  SteeringConfig config;
  config.ours = {ip("198.51.100.1"), ip("2001:db8::1")};
  config.local_services = {{ip("198.51.100.2"), 6, 22},
                           {ip("198.51.100.2"), 17, 0},
                           {ip("224.0.0.5"), 89, 0},
                           {ip("2001:db8::2"), 6, 22}};
  config.local_addresses = {ip("198.51.100.3"), ip("2001:db8::3")};
  config.transit_sources = {net("10.10.0.0/24")};
  config.transit_destinations = {net("192.0.2.0/28"), net("2001:db8:5::/64")};
  return config;
}

inline std::vector<SteeringCase> steering_cases() {  // lint: long, a table
  const std::string v6 = "2001:db8:f::7";
  return {
      {"TCP to a published address", {}, RPCGATE_SLOT_OURS},
      {"any port of it", {.port = 22}, RPCGATE_SLOT_OURS},
      {"UDP to it", {.protocol = 17, .port = 53}, RPCGATE_SLOT_OURS},
      {"behind IP options", {.port = 135, .options = 10}, RPCGATE_SLOT_OURS},
      {"inside a VLAN", {.tagged = true}, RPCGATE_SLOT_OURS},
      {"a first fragment", {.fragment = 0x2000}, RPCGATE_SLOT_OURS},
      {"a later fragment of any protocol", {.protocol = 1, .fragment = 5}, RPCGATE_SLOT_OURS},
      {"ICMP unreachable to it", {.protocol = 1, .port = icmp(3)}, RPCGATE_SLOT_OURS},
      {"ICMP time exceeded to it", {.protocol = 1, .port = icmp(11)}, RPCGATE_SLOT_OURS},
      {"echo to it", {.protocol = 1, .port = icmp(8)}, RPCGATE_SLOT_KERNEL_ECHO},
      {"an ICMP redirect to it", {.protocol = 1, .port = icmp(5)}, RPCGATE_SLOT_DROP_PROTOCOL},
      {"GRE to it", {.protocol = 47}, RPCGATE_SLOT_DROP_PROTOCOL},
      {"SSH of the box", {.destination = "198.51.100.2", .port = 22}, RPCGATE_SLOT_KERNEL_LOCAL},
      {"another port of the box",
       {.destination = "198.51.100.2", .port = 23},
       RPCGATE_SLOT_DROP_NOT_OURS},
      {"a protocol listed with every port",
       {.destination = "198.51.100.2", .protocol = 17, .port = 4711},
       RPCGATE_SLOT_KERNEL_LOCAL},
      {"a later fragment to a listed port cannot be told",
       {.destination = "198.51.100.2", .port = 22, .fragment = 5},
       RPCGATE_SLOT_DROP_NOT_OURS},
      {"a first fragment to a listed port: the rest could not be told from other ports'",
       {.destination = "198.51.100.2", .port = 22, .fragment = 0x2000},
       RPCGATE_SLOT_DROP_NOT_OURS},
      {"fragments of a protocol listed with every port",
       {.destination = "198.51.100.2", .protocol = 17, .fragment = 5},
       RPCGATE_SLOT_KERNEL_LOCAL},
      {"echo to an address with a service",
       {.destination = "198.51.100.2", .protocol = 1, .port = icmp(8)},
       RPCGATE_SLOT_KERNEL_LOCAL},
      {"echo to an address of the box without a service",
       {.destination = "198.51.100.3", .protocol = 1, .port = icmp(8)},
       RPCGATE_SLOT_KERNEL_LOCAL},
      {"an ICMP redirect to the box",
       {.destination = "198.51.100.3", .protocol = 1, .port = icmp(5)},
       RPCGATE_SLOT_DROP_PROTOCOL},
      {"an ICMP redirect to the box in fragments",
       {.destination = "198.51.100.3", .protocol = 1, .port = icmp(5), .fragment = 0x2000},
       RPCGATE_SLOT_DROP_PROTOCOL},
      {"an echo to the box in fragments",
       {.destination = "198.51.100.3", .protocol = 1, .port = icmp(8), .fragment = 0x2000},
       RPCGATE_SLOT_KERNEL_LOCAL},
      {"a later fragment of it, whose bytes are no type",
       {.destination = "198.51.100.3", .protocol = 1, .port = icmp(5), .fragment = 0x2005},
       RPCGATE_SLOT_KERNEL_LOCAL},
      {"TCP to it", {.destination = "198.51.100.3", .port = 22}, RPCGATE_SLOT_DROP_NOT_OURS},
      {"OSPF to its group",
       {.destination = "224.0.0.5", .protocol = 89},
       RPCGATE_SLOT_KERNEL_LOCAL},
      {"a broadcast",
       {.destination = "255.255.255.255", .protocol = 17},
       RPCGATE_SLOT_DROP_NOT_OURS},
      {"transit to anybody", {.destination = "10.20.0.1"}, RPCGATE_SLOT_DROP_NOT_OURS},
      {"a server's answer",
       {.source = "10.10.0.10", .destination = "203.0.113.7"},
       RPCGATE_SLOT_TRANSIT},
      {"a later fragment of it",
       {.source = "10.10.0.10", .destination = "203.0.113.7", .fragment = 0x2005},
       RPCGATE_SLOT_TRANSIT},
      {"a fragment to a server published routed",
       {.destination = "192.0.2.15", .fragment = 5},
       RPCGATE_SLOT_TRANSIT},
      {"the server's neighbour's packet",
       {.source = "10.10.1.10", .destination = "203.0.113.7"},
       RPCGATE_SLOT_DROP_NOT_OURS},
      {"to a server published routed", {.destination = "192.0.2.15"}, RPCGATE_SLOT_TRANSIT},
      {"to the address after the last of them",
       {.destination = "192.0.2.16"},
       RPCGATE_SLOT_DROP_NOT_OURS},
      {"IPv6 TCP to a published address",
       {.source = v6, .destination = "2001:db8::1"},
       RPCGATE_SLOT_OURS},
      {"IPv6 fragment to it",
       {.source = v6, .destination = "2001:db8::1", .fragment = 1},
       RPCGATE_SLOT_OURS},
      {"ICMPv6 too big to it",
       {.source = v6, .destination = "2001:db8::1", .protocol = 58, .port = icmp(2)},
       RPCGATE_SLOT_OURS},
      {"IPv6 echo to it",
       {.source = v6, .destination = "2001:db8::1", .protocol = 58, .port = icmp(128)},
       RPCGATE_SLOT_KERNEL_ECHO},
      {"neighbour solicitation",
       {.source = v6, .destination = "ff02::1:ff00:1", .protocol = 58, .port = icmp(135)},
       RPCGATE_SLOT_KERNEL_ND},
      {"neighbour discovery to the box in fragments",
       {.source = v6,
        .destination = "2001:db8::3",
        .protocol = 58,
        .port = icmp(137),
        .fragment = 1},
       RPCGATE_SLOT_DROP_PROTOCOL},
      {"an IPv6 echo to the box in fragments",
       {.source = v6,
        .destination = "2001:db8::3",
        .protocol = 58,
        .port = icmp(128),
        .fragment = 1},
       RPCGATE_SLOT_KERNEL_LOCAL},
      {"router advertisement to a published address",
       {.source = "fe80::1", .destination = "2001:db8::1", .protocol = 58, .port = icmp(134)},
       RPCGATE_SLOT_KERNEL_ND},
      {"a hop-by-hop header",
       {.source = v6, .destination = "2001:db8::1", .protocol = 0},
       RPCGATE_SLOT_DROP_PROTOCOL},
      {"IPv6 SSH of the box",
       {.source = v6, .destination = "2001:db8::2", .port = 22},
       RPCGATE_SLOT_KERNEL_LOCAL},
      {"IPv6 echo to the box",
       {.source = v6, .destination = "2001:db8::3", .protocol = 58, .port = icmp(128)},
       RPCGATE_SLOT_KERNEL_LOCAL},
      {"IPv6 to a server published routed",
       {.source = v6, .destination = "2001:db8:5::99"},
       RPCGATE_SLOT_TRANSIT},
      {"an IPv6 fragment to it",
       {.source = v6, .destination = "2001:db8:5::99", .fragment = 8},
       RPCGATE_SLOT_TRANSIT},
      {"IPv6 transit", {.source = v6, .destination = "2001:db8:6::1"}, RPCGATE_SLOT_DROP_NOT_OURS},
  };
}

inline Steer steer_of(rpcgate_slot slot) {
  if (slot == RPCGATE_SLOT_OURS || slot == RPCGATE_SLOT_TRANSIT) return Steer::datapath;
  return slot >= RPCGATE_SLOT_KERNEL_NON_IP && slot <= RPCGATE_SLOT_KERNEL_LOCAL ? Steer::kernel
                                                                                 : Steer::drop;
}

}  // namespace rpcgate::route::test
