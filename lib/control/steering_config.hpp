// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What the steering of each port must know, made of the rules in force and of the box's own
// addresses: for the BPF maps and for the workers. Control core.
#pragma once

#include <span>
#include <vector>

#include "config/config.hpp"
#include "policy/snapshot.hpp"
#include "route/mirror.hpp"
#include "route/steering.hpp"

namespace rpcgate::control {

// By index of the configuration. Two ports of one NIC (one arm) get the same, made of both.
std::vector<route::SteeringConfig> steering_configs(const config::Config& config,
                                                    const policy::Snapshot& snapshot,
                                                    std::span<const route::LocalAddress> own);

}  // namespace rpcgate::control
