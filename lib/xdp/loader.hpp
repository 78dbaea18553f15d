// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The steering programs on a port's kernel interface. prepare() before the port is opened, adopt()
// after it started, update() when the configuration changes, detach() (or destruction) after it was
// closed. Control core. The order closes every gap: the tc twin is in place, with its maps filled,
// before a stale XDP program goes and until after our own has gone.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "route/steering.hpp"

namespace rpcgate::xdp {

enum class Kind : std::uint8_t {
  xdp,  // an AF_XDP port: XDP program by the driver (object_path()), tc twin behind it
  tc,   // an af_packet port: tc twin alone
};

struct SteerCounter {
  std::string_view name;
  std::uint64_t packets = 0;
};

class PortSteering {
 public:
  // Refuses an interface with an XDP or tc program of somebody else.
  static Result<std::unique_ptr<PortSteering>> prepare(const std::string& interface, Kind kind,
                                                       const route::SteeringConfig& config);
  virtual ~PortSteering() = default;

  // Kind::xdp: the program's object, for the device's `xdp_prog=`. Valid as long as this object.
  virtual const std::string& object_path() const noexcept = 0;
  // Kind::xdp: finds the running program's maps and fills them; until then it drops.
  virtual Result<void> adopt() = 0;
  virtual Result<void> update(const route::SteeringConfig& config) = 0;
  // Summed over CPUs and over both programs.
  virtual Result<std::vector<SteerCounter>> statistics() const = 0;
  // Leaves nothing of ours attached. Idempotent.
  virtual Result<void> detach() = 0;
};

// "net_af_xdp0,iface=x" with ",xdp_prog=<path>" added, unless it names one already.
std::string with_program(std::string_view device, std::string_view object_path);

}  // namespace rpcgate::xdp
