// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The maps of one running steering program: found through the program, filled from the
// configuration, read for statistics. Control core.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "route/steering.hpp"
#include "xdp/descriptor.hpp"

namespace rpcgate::xdp {

class SteerMaps {
 public:
  // `program` is a descriptor of a program made of steer.bpf.c.
  static Result<SteerMaps> of_program(int program);

  // What is new is added before what is gone is removed. On failure the maps hold a mixture: each
  // entry of it is of the old or of the new configuration.
  Result<void> fill(const route::SteeringConfig& config);
  // Packets by rpcgate_slot, summed over the CPUs.
  Result<std::vector<std::uint64_t>> statistics() const;

 private:
  Result<int> map(const std::string& name) const;
  std::map<std::string, Descriptor> maps_;
};

// A libbpf or bpf() call that failed: `rc` is negative errno. With libbpf's last words.
tl::unexpected<Error> bpf_failure(const std::string& call, int rc);

// From now on libbpf prints nothing; its last warning is kept for bpf_failure().
void quiet_libbpf() noexcept;

}  // namespace rpcgate::xdp
