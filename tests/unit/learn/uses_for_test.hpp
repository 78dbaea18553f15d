// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Events as workers make them.
#pragma once

#include "event/event.hpp"
#include "learn/uses.hpp"

namespace rpcgate::learn {

inline wire::IpAddress client(std::uint8_t last) {
  return wire::IpAddress::from_v4(0xc6336400u + last);  // 198.51.100.x
}

inline event::Event event_of(event::Kind kind, std::uint8_t from,
                             const dcerpc::InterfaceId& interface) {
  event::Event e;
  e.kind = kind;
  e.client = client(from);
  e.has_interface = true;
  e.interface = interface;
  return e;
}

inline event::Event call(std::uint8_t from, const dcerpc::InterfaceId& interface,
                         std::uint16_t opnum, std::uint8_t level) {
  event::Event e = event_of(event::Kind::request_allowed, from, interface);
  e.has_opnum = true;
  e.opnum = opnum;
  e.protection = level;
  return e;
}

inline event::Event connection(std::uint8_t from, wire::L4Port port, std::uint8_t protocol = 6) {
  event::Event e;
  e.kind = event::Kind::connection_allowed;
  e.client = client(from);
  e.outer_port = port;
  e.protocol = protocol;
  return e;
}

inline event::Event pinhole(event::Kind kind, wire::L4Port port) {
  event::Event e = connection(1, port);
  e.kind = kind;
  e.server = wire::IpAddress::from_v4(0x0a0a000a);
  e.server_port = port;
  return e;
}

}  // namespace rpcgate::learn
