// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A routing rule "what enters this interface and is not for this box goes nowhere". Needed for
// IPv6, where conf.<interface>.forwarding=0 does not keep packets from being forwarded while
// conf.all.forwarding is 1 (the kernel's ip-sysctl: "IPv4 and IPv6 work differently here"). Local
// destinations are found by the rule of preference 0, before ours. Control core.
#pragma once

#include <string>

#include "base/result.hpp"

namespace rpcgate::xdp {

// Adds the rule for IPv6; it is there once however often this is called.
Result<void> block_ipv6_transit(const std::string& interface);

}  // namespace rpcgate::xdp
