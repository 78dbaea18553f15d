// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What a process owes to those who run it: one instance at a time, and word to the service manager.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "control/file_descriptor.hpp"

namespace rpcgate::daemon {

// Held as long as the daemon lives; gone with the process however it ends, and leaves no file.
// `name` is the control socket's path: two daemons with two sockets may run side by side.
Result<control::FileDescriptor> lock_instance(const std::string& name);

// A file whose time tells when a daemon with this control socket was last alive. What it knew is
// lost with it, and clients know it still.
class LifeMark {
 public:
  explicit LifeMark(const std::string& socket) : path_(socket + ".alive") {}
  // Was one alive within this time?
  bool was_alive(Duration within) const noexcept;
  // Now; a failure is told by false, and does no harm but that.
  bool set() const noexcept;

 private:
  std::string path_;
};

// sd_notify(3) without its library: "READY=1", "STOPPING=1". Nothing where nobody asked.
void notify(const std::string& state) noexcept;

}  // namespace rpcgate::daemon
