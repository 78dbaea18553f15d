// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// rtnetlink for the mirror: one socket, and messages read into plain structs. Control core.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "wire/address.hpp"
#include "wire/mac_address.hpp"

struct mnl_socket;
struct nlmsghdr;

namespace rpcgate::route::netlink {

struct LinkMessage {
  std::uint32_t ifindex = 0;
  std::string name;
  bool up = false;
  std::uint32_t mtu = 0;
  wire::MacAddress mac;
};

struct AddressMessage {
  std::uint32_t ifindex = 0;
  wire::IpAddress address;
  std::uint8_t bits = 128;  // in the 128-bit form
};

struct NextHop {
  std::uint32_t ifindex = 0;
  wire::IpAddress gateway;  // unspecified: on the link
  bool dead = false;
  bool link_down = false;
};

struct RouteMessage {
  wire::Prefix prefix;
  std::uint32_t metric = 0;
  std::vector<NextHop> hops;  // empty: blackhole, unreachable or prohibit
};

struct NeighbourMessage {
  std::uint32_t ifindex = 0;
  wire::IpAddress address;
  wire::MacAddress mac;
  std::uint16_t state = 0;  // NUD_*
  bool removed = false;
};

// Nothing when the message is not of this kind or not of interest: another routing table than main,
// a cached or local route, another family than IPv4 and IPv6.
std::optional<LinkMessage> read_link(const nlmsghdr* message);
std::optional<AddressMessage> read_address(const nlmsghdr* message);
std::optional<RouteMessage> read_route(const nlmsghdr* message);
std::optional<NeighbourMessage> read_neighbour(const nlmsghdr* message);

class Socket {
 public:
  using OnMessage = std::function<void(const nlmsghdr*)>;
  // `groups` as RTMGRP_*; 0 for a socket that only asks.
  static Result<Socket> open(unsigned groups);
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&&) = delete;
  ~Socket();

  int fd() const noexcept;
  // Every object of a kind: RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE, RTM_GETNEIGH. Blocks while the
  // kernel answers; read again when the kernel says it changed meanwhile.
  Result<void> dump(std::uint16_t type, const OnMessage& on_message);
  // Asks the kernel to find or confirm a neighbour, as sending to it would.
  Result<void> use_neighbour(std::uint32_t ifindex, const wire::IpAddress& address);
  // Everything that waits. `busy` when notifications were lost and all has to be read anew.
  Result<void> drain(const OnMessage& on_message);

 private:
  explicit Socket(mnl_socket* socket) : socket_(socket) {}
  Result<bool> dump_once(std::uint16_t type, const OnMessage& on_message);
  mnl_socket* socket_;
  std::uint32_t sequence_ = 0;
};

}  // namespace rpcgate::route::netlink
