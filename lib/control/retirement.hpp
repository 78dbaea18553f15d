// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Tables that are no longer published but that a worker may still read in its present turn. They
// are freed by poll() once every worker was quiescent; nobody waits here. Control core.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "interplane/quiescence.hpp"

namespace rpcgate::control {

class Retirement {
 public:
  // `freed` tells that all workers have left it behind (true), or that they have not within the
  // deadline (false; it is kept on).
  using Told = std::function<void(bool freed)>;

  explicit Retirement(interplane::Quiescence& quiescence) noexcept : quiescence_(quiescence) {}

  // To be called after the exchange of the published pointer; null is allowed.
  template <class T>
  void retire(std::unique_ptr<const T> table, Instant deadline = Instant::max(), Told told = {}) {
    waiting_.push_back({quiescence_.begin(), deadline,
                        std::shared_ptr<const void>(std::move(table)), std::move(told)});
  }
  void poll(Instant now);
  std::size_t size() const noexcept { return waiting_.size(); }

 private:
  struct Retired {
    std::uint64_t ticket = 0;
    Instant deadline{};
    std::shared_ptr<const void> table;
    Told told;
  };
  interplane::Quiescence& quiescence_;
  std::vector<Retired> waiting_;
};

}  // namespace rpcgate::control
