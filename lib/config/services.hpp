// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The plain services that rules may name, with their registered ports (IANA).
#pragma once

#include <span>
#include <string_view>

#include "wire/address.hpp"

namespace rpcgate::config {

struct KnownService {
  std::string_view name;
  wire::L4Port port;
  bool tcp;
  bool udp;
};

std::span<const KnownService> known_services() noexcept;

}  // namespace rpcgate::config
