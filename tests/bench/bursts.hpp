// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Runs prepared packets through the stages of a real worker, a burst at a time, and counts the
// cycles of the stream stage apart from those of the stages before it. What prepares packets and
// takes them away is not counted.
#pragma once

#include <cstdint>
#include <vector>

#include <rte_cycles.h>

#include "datapath/stages/stages.hpp"
#include "support/packet_builder.hpp"
#include "support/rpc_builder.hpp"
#include "support/world.hpp"

namespace rpcgate::bench {

using tests::FrameBytes;
using tests::PacketBuilder;

struct Cost {
  std::uint64_t before = 0;  // parse to nat
  std::uint64_t stream = 0;
  std::uint64_t packets = 0;
  double of_before() const { return static_cast<double>(before) / static_cast<double>(packets); }
  double of_stream() const { return static_cast<double>(stream) / static_cast<double>(packets); }
  double all() const { return of_before() + of_stream(); }
};

class Bursts {
 public:
  static constexpr std::size_t size = 32;

  explicit Bursts(tests::World& world);

  // A frame that comes in at this port; its checksums are those that a NIC has found right.
  void add(std::size_t port, const FrameBytes& frame);
  // Runs when a burst is full, or now.
  void run();
  void flush() {
    if (!waiting_.empty()) run();
  }
  void pass_time(Duration duration);
  Cost take() {
    const Cost taken = cost_;
    cost_ = {};
    return taken;
  }

 private:
  tests::World& world_;
  datapath::Context& context_;
  datapath::Burst in_, parsed_, owned_, whole_, known_, tracked_, inspected_;
  std::vector<rte_mbuf*> waiting_;
  Cost cost_;
};

}  // namespace rpcgate::bench
