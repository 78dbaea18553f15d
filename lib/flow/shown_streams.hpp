// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What the streams of one worker hold, for `show streams`: written by the worker after each change,
// read by the control core field by field, which decides nothing from it. One line a stream record;
// the connection itself is in the flow's record.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "arena/relaxed.hpp"

namespace rpcgate::flow {

// Of what one side sends.
struct ShownHalf {
  arena::Relaxed<std::uint32_t> held = 0;          // bytes that wait for a verdict
  arena::Relaxed<std::uint32_t> owed = 0;          // bytes in custody
  arena::Relaxed<std::uint32_t> pinned = 0;        // memory of pins and held bytes, in blocks
  arena::Relaxed<std::uint32_t> out_of_order = 0;  // memory of what waits behind a gap
  arena::Relaxed<std::uint32_t> resends = 0;       // repetitions without an answer
  arena::Relaxed<std::int64_t> waiting_since_ns = 0;
};

struct ShownStream {
  static constexpr std::uint32_t no_flow = 0xffffffff;
  arena::Relaxed<std::uint32_t> flow = no_flow;  // index of the flow's record
  std::array<ShownHalf, 2> halves;               // by the side that sends
};

using ShownStreams = std::vector<ShownStream>;  // lint: at start; by stream record

}  // namespace rpcgate::flow
