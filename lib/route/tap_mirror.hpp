// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The kernel's side of a port that has no kernel interface (a NIC under vfio, memif, net_ring): a
// TAP device with the port's name and link address. Frames for the kernel are written to it, frames
// the kernel sends are read from it and go out of the port. Control core; fd() is for its epoll.
#pragma once

#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "wire/mac_address.hpp"

namespace rpcgate::route {

class TapMirror {
 public:
  // Creates the device, sets its link address and MTU and brings it up. It is gone when the
  // object is.
  static Result<TapMirror> create(const std::string& interface, const wire::MacAddress& mac,
                                  unsigned mtu);
  TapMirror(TapMirror&& other) noexcept;
  TapMirror& operator=(TapMirror&& other) noexcept;
  ~TapMirror() { close(); }

  int fd() const noexcept { return fd_; }
  const std::string& interface() const noexcept { return interface_; }
  // One frame that the kernel sent, its length in bytes; 0 when there is none. Never blocks.
  Result<std::size_t> read(MutableBytes buffer);
  // Gives one frame to the kernel. `busy` when its queue is full: the frame is lost, as on a wire.
  Result<void> write(Bytes frame);
  void close() noexcept;

 private:
  TapMirror(int fd, std::string interface) : fd_(fd), interface_(std::move(interface)) {}
  int fd_ = -1;
  std::string interface_;
};

}  // namespace rpcgate::route
