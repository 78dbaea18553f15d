// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The kernel's routes, neighbours and link addresses, mirrored over rtnetlink on the control core.
// Put fd() in the event loop and call on_readable(); a new Table is handed to the callback when
// routes changed, the NeighbourTable is written in place.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "route/neighbour_table.hpp"
#include "route/table.hpp"

namespace rpcgate::route {

// A port that has a kernel interface of its own, or a TAP mirror.
struct MirrorPort {
  PortIndex port = no_port;
  std::string interface;
};

struct StaticNeighbour {
  PortIndex port = no_port;
  wire::IpAddress address;
  wire::MacAddress mac;
};

struct LocalAddress {
  PortIndex port = no_port;
  wire::IpAddress address;
  std::uint8_t bits = 128;  // of its link's prefix, in the 128-bit form
  friend bool operator==(const LocalAddress&, const LocalAddress&) = default;
};

struct LinkState {
  bool up = false;
  std::uint32_t ifindex = 0;
  std::uint32_t mtu = 0;
  wire::MacAddress mac;
};

struct MirrorOptions {
  std::vector<MirrorPort> ports;
  std::vector<Route> static_routes;  // for ports without an interface; added to the kernel's
  std::vector<StaticNeighbour> static_neighbours;
};

class Mirror {
 public:
  using OnTable = std::function<void(std::unique_ptr<const Table>)>;
  using OnAddresses = std::function<void()>;

  // Reads everything once (the callback runs before this returns) and subscribes to changes.
  // `neighbours` outlives the mirror.
  static Result<std::unique_ptr<Mirror>> open(MirrorOptions options, NeighbourTable& neighbours,
                                              OnTable on_table, OnAddresses on_addresses = {});
  virtual ~Mirror() = default;

  virtual int fd() const noexcept = 0;
  virtual Result<void> on_readable() = 0;
  // A worker missed this neighbour or used a stale one: the kernel is asked to find or confirm it.
  virtual Result<void> resolve(PortIndex port, const wire::IpAddress& address) = 0;
  // The box's own addresses on the mirrored ports, now.
  virtual std::vector<LocalAddress> addresses() const = 0;
  virtual LinkState link(PortIndex port) const = 0;
};

}  // namespace rpcgate::route
