// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Protocol towers (C706 appendices I and L): how the endpoint mapper names an interface and a
// place. Always little-endian but for port and address. The one shape that rpcgate acts on is TCP
// over IP, five floors in 75 bytes; other shapes are recognised as what they are and no more.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "dcerpc/uuid.hpp"
#include "wire/address.hpp"

namespace rpcgate::dcerpc {

enum class TowerKind : std::uint8_t {
  unreadable,  // floors and lengths contradict each other, or no shape known here
  tcp,         // ncacn_ip_tcp, exactly 75 bytes
  http,        // ncacn_http
  udp,         // ncadg_ip_udp
  named_pipe,  // ncacn_np
  local        // ncalrpc
};

struct Tower {
  TowerKind kind = TowerKind::unreadable;
  InterfaceId interface;    // floor 1; of every readable tower
  InterfaceId transfer;     // floor 2
  wire::L4Port port = 0;    // tcp, http and udp
  wire::IpAddress address;  // tcp, http and udp: 0.0.0.0 is what most clients ask with
};

// Where things are in a tower of kind tcp.
inline constexpr std::size_t tcp_tower_size = 75;
inline constexpr std::uint32_t tower_uuid_offset = 5;      // 16 bytes, little-endian
inline constexpr std::uint32_t tower_port_offset = 64;     // 2 bytes, big-endian
inline constexpr std::uint32_t tower_address_offset = 71;  // 4 bytes

// Port and address lie at the same places in all of these, and they are of the same size.
constexpr bool has_place(TowerKind kind) noexcept {
  return kind == TowerKind::tcp || kind == TowerKind::http || kind == TowerKind::udp;
}
// Does it name a transfer syntax that calls to the mapper and data flows are judged in?
constexpr bool has_known_syntax(const Tower& tower) noexcept {
  const Syntax syntax = syntax_of(tower.transfer);
  return syntax == Syntax::ndr32 || syntax == Syntax::ndr64;
}

// `octets`: the tower, all of it and nothing else.
Tower read_tower(Bytes octets) noexcept;

}  // namespace rpcgate::dcerpc
