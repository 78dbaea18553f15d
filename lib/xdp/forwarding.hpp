// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Keeps the kernel from forwarding what enters an interface of ours: net.ipv4 and net.ipv6
// conf.<interface>.forwarding are set to 0 before anything else, set back whenever somebody turns
// them on (writing ip_forward=1 does), and stay 0 when we end: fail closed. Control core.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace rpcgate::xdp {

class ForwardingGuard {
 public:
  // Closes the interfaces. `sysctl_root` is "/proc/sys" but in tests. A family that the kernel
  // does not have counts as closed.
  static Result<ForwardingGuard> close(std::vector<std::string> interfaces,
                                       std::string sysctl_root = "/proc/sys");
  ForwardingGuard(ForwardingGuard&& other) noexcept;
  ForwardingGuard& operator=(ForwardingGuard&& other) noexcept;
  ~ForwardingGuard();  // changes no setting

  // Readable when the kernel reports a changed setting; -1 when it cannot be watched.
  int fd() const noexcept { return fd_; }
  Result<unsigned> on_readable();
  // Looks at all of them and closes those that were opened; says how many. Also call it each
  // second.
  Result<unsigned> recheck();

 private:
  ForwardingGuard(std::vector<std::string> interfaces, std::string sysctl_root)
      : interfaces_(std::move(interfaces)), root_(std::move(sysctl_root)) {}
  std::vector<std::string> interfaces_;
  std::string root_;
  int fd_ = -1;
};

}  // namespace rpcgate::xdp
