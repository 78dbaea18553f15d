// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
// A network namespace of the test's own, for the rest of its process: with root's rights, or in a
// user namespace where the machine allows that.
#pragma once

#include <cstdlib>
#include <string>

#include <sched.h>
#include <unistd.h>

namespace rpcgate::route::test {

// False when this machine does not let us.
inline bool enter_private_network() {
  static const bool entered =
      unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
  return entered;
}

// Runs `ip <arguments>`; true when it succeeded.
inline bool ip_command(const std::string& arguments) {
  return std::system(("ip " + arguments).c_str()) == 0;
}

}  // namespace rpcgate::route::test
