// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Datagrams by which a server notifies a client (lib/notify): looked at one by one, without a flow,
// so that nothing is ever let through the other way. Worker core.
#pragma once

#include "datapath/context.hpp"

namespace rpcgate::datapath {

// A packet from an inner port that belongs to no flow. True: it was a datagram of a server to a
// client with a session there, and was sent on or dropped under its own name. False: it is still
// the caller's.
bool pass_notification(Context& context, rte_mbuf* mbuf) noexcept;

}  // namespace rpcgate::datapath
