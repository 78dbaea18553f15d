// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The transport header of a whole packet, read once: by parse, or, where the packet came in
// fragments, when it is whole.
#pragma once

#include "datapath/packet_meta.hpp"
#include "stats/counters.hpp"

namespace rpcgate::datapath {

inline constexpr stats::Drop parsed_well = stats::Drop::internal;  // not a drop: says "none"

// Fills the rest of the meta, of which parse has filled what is of the IP header; the packet ends
// where its IP header says. Headers that do not lie in the first segment are an error.
stats::Drop parse_l4(rte_mbuf* mbuf) noexcept;

}  // namespace rpcgate::datapath
