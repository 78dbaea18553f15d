// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Address and port translation as a fixed rewrite: a packet of one direction leaves with the
// addresses that the other direction's packets are answered to. What that does to checksums is
// computed once a flow (RFC 1624). Routed flows have nothing to change and cost one comparison.
// Worker core.
#pragma once

#include "base/bytes.hpp"
#include "flow/flow.hpp"
#include "flow/image.hpp"

namespace rpcgate::nat {

// Fills the rewrite of a flow whose two keys are set, before it is inserted.
void prepare(flow::FlowImage& image) noexcept;

// What a packet of direction `d` carries when it leaves: sources and destinations as they are to
// be.
inline flow::FlowKey leaving(const flow::Flow& flow, flow::Direction d) noexcept {
  return flow::reversed(flow.key(flow::opposite(d)));
}

// Rewrites one packet of the flow. `l3` is the IP header (its version says which), `l4` the TCP or
// UDP header; both were checked by parse and lie in one piece.
void apply(const flow::Flow& flow, flow::Direction d, std::byte* l3, std::byte* l4) noexcept;

// The same for a packet that no flow is kept of.
void apply(const flow::FlowImage& flow, flow::Direction d, std::byte* l3, std::byte* l4) noexcept;

// An ICMP or ICMPv6 error about a packet that the flow's side `quoted` had sent (as it looked after
// its rewrite; the key of the quoted packet, reversed, finds the flow with opposite(quoted)).
// `packet`: the whole IP packet, as much of it as lies in one piece. Rewrites the destination to
// the sender of the quoted packet, the quoted packet to what its sender sent, and the source to the
// address that sender had dialled where it would name a translated host or one behind it (RFC 5508
// 4.2). Checksums of all three are kept right. False: not such a packet, or too short; unchanged.
bool translate_error(const flow::Flow& flow, flow::Direction quoted, MutableBytes packet) noexcept;

}  // namespace rpcgate::nat
