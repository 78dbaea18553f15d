// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
// The random numbers of model tests: the seed is fixed, or RPCGATE_SEED's, and told on failure.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>

namespace rpcgate::tests {

class Dice {
 public:
  explicit Dice(unsigned salt) : seed_(base() + salt), engine_(seed_) {}
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(engine_() % n); }
  bool one_in(std::uint32_t n) { return below(n) == 0; }
  unsigned seed() const { return seed_; }

 private:
  static unsigned base() {
    const char* wanted = std::getenv("RPCGATE_SEED");
    return wanted != nullptr ? static_cast<unsigned>(std::strtoul(wanted, nullptr, 10)) : 20260;
  }
  unsigned seed_;
  std::mt19937 engine_;
};

}  // namespace rpcgate::tests
