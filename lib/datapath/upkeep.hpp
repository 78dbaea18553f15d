// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What a worker does between packets: commands of the control core, and records that older rules
// judged. A bounded number a turn, but for commands, which an operator waits for.
#pragma once

#include <cstdint>

#include "datapath/context.hpp"

namespace rpcgate::datapath {

class Upkeep {
 public:
  // True: the control core asked the worker to stop; everything is closed.
  bool answer_commands(Context& context) noexcept;
  // Goes on judging records of older generations, some each turn, until all were seen.
  void sweep(Context& context) noexcept;
  bool is_sweeping() const noexcept { return flows_left_ || pinholes_left_; }

 private:
  std::uint32_t generation_ = 0;  // of the rules that the sweep is for
  std::uint32_t next_flow_ = 0;
  std::uint32_t next_pinhole_ = 0;
  bool flows_left_ = false;
  bool pinholes_left_ = false;
};

// Removes every flow and pinhole, without a packet or an event (the end of the worker).
void remove_all(Context& context) noexcept;

}  // namespace rpcgate::datapath
