// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What becomes of a packet that belongs to no flow: the rules first, then the pinholes. Worker
// core.
#pragma once

#include "datapath/context.hpp"
#include "datapath/packet_meta.hpp"

namespace rpcgate::datapath {

// True: the packet may open a flow; its meta has `opens` and the number of an Opening. False: it
// was dropped under its reason, perhaps answered with a reset, perhaps told as an event.
bool admit_new(Context& context, rte_mbuf* mbuf) noexcept;

// New rules: does the pinhole live on? When not it is closed and told.
bool pinhole_lives_on(Context& context, std::uint32_t index) noexcept;

// Ends a pinhole: event, counters, tombstone. Its connections are the caller's to cut.
void close_pinhole(Context& context, std::uint32_t index, stats::Reason reason) noexcept;
// The event and counters alone (expiry: the table closes it itself).
void tell_pinhole_closed(Context& context, const pinhole::PinholeRecord& record,
                         stats::Reason reason) noexcept;

// The limits of a rule, or those of the file when the rule is gone.
const config::Limits& limits_of(const Context& context, policy::RuleId rule) noexcept;

// For EventGate: a number for this client, port and kind of event.
std::uint64_t gate_key(const wire::IpAddress& client, wire::L4Port port, event::Kind kind) noexcept;

}  // namespace rpcgate::datapath
