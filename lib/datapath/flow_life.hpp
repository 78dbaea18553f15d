// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The life of a flow: opened by its first packet, judged anew under new rules, cut, timed out,
// removed. Worker core. build.hpp has cut().
#pragma once

#include "datapath/context.hpp"

namespace rpcgate::datapath {

// Creates the flow that the packet's Opening allows, or finds the one that another packet of this
// burst has created. Afterwards meta.flow is the record. False: the packet was dropped.
bool open_flow(Context& context, rte_mbuf* mbuf) noexcept;

// New rules: may the flow live on? Then it is marked as judged. Not for flows that are cut.
stats::Reason rejudge_flow(Context& context, std::uint32_t index) noexcept;

// Removes the record and all that hangs on it, at once: only when no packet in a burst names it.
void remove_flow(Context& context, std::uint32_t index) noexcept;
// Removes it when the stages are done.
void end_flow(Context& context, std::uint32_t index) noexcept;

// Arms the flow's timer for what its state says now.
void arm_timer(Context& context, std::uint32_t index) noexcept;
Instant deadline_of(const Context& context, const flow::Flow& flow) noexcept;

// Once a turn, when the stages are done: flows that ended or ran out, pinholes that ran out.
void expire(Context& context) noexcept;

}  // namespace rpcgate::datapath
