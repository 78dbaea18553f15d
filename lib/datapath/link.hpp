// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The last step of route: the Ethernet header, and into the transmit buffer.
#pragma once

#include "datapath/context.hpp"

namespace rpcgate::datapath {

void send_to(Context& context, rte_mbuf* mbuf, interplane::PortIndex port,
             const wire::MacAddress& next_hop) noexcept;

}  // namespace rpcgate::datapath
