// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "base/clock.hpp"

namespace rpcgate {

Instant real_now() noexcept {
  using std::chrono::steady_clock;
  using std::chrono::system_clock;
  static const auto wall =
      std::chrono::duration_cast<Duration>(system_clock::now().time_since_epoch());
  static const auto start = steady_clock::now();
  return Instant{wall + std::chrono::duration_cast<Duration>(steady_clock::now() - start)};
}

}  // namespace rpcgate
