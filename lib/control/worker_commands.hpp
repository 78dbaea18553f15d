// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Asks all workers to do something and gathers their answers: what is closed is closed by its
// owner. Nothing waits; poll() looks for answers and gives up at the deadline. Control core.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/clock.hpp"
#include "interplane/fabric.hpp"

namespace rpcgate::control {

class WorkerCommands {
 public:
  struct Outcome {
    std::uint32_t flows = 0;
    std::uint32_t pinholes = 0;
    unsigned answered = 0;  // of all workers
  };
  using Told = std::function<void(const Outcome&)>;

  explicit WorkerCommands(interplane::Fabric& fabric) : fabric_(fabric) {}

  void send(interplane::Command command, Instant deadline, Told told);
  void poll(Instant now);
  std::size_t outstanding() const noexcept { return asked_.size(); }

 private:
  struct Asked {
    std::uint32_t ticket = 0;
    unsigned expected = 0;
    Instant deadline{};
    Outcome outcome;
    Told told;
  };
  interplane::Fabric& fabric_;
  std::vector<Asked> asked_;
  std::uint32_t last_ticket_ = 0;
};

}  // namespace rpcgate::control
