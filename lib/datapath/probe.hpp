// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Is an end of a quiet connection still there? Age does not tell: a call may be parked for minutes,
// and an idle Outlook is worth keeping. Ends are asked by TCP keep-alive probes (RFC 9293 3.8.4,
// RFC 1122 4.2.3.6), each for itself, and a connection whose end answers none is reset on both
// sides, so that the sessions of a client whose cable was pulled do not fill its server. Worker
// core.
#pragma once

#include "datapath/context.hpp"

namespace rpcgate::datapath {

// When the flow's timer has a probe to send, or an end to give up; Instant::max(): never.
Instant next_probe(const Context& context, const flow::Flow& flow) noexcept;

// Sends what is due, or cuts the flow (peer_gone), and arms its timer.
void probe(Context& context, std::uint32_t index) noexcept;

}  // namespace rpcgate::datapath
