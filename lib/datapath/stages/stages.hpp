// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The stages, one file each; their order stands in pipeline.cpp and nowhere else. Every stage takes
// all packets out of `in` and leaves it empty: each goes to an out-burst, is dropped
// (Context::drop), or is kept (Context::kept). `out` never overflows: pass packets to the last
// burst by Context::pass_on() where more may leave than came in.
#pragma once

#include <optional>

#include "datapath/burst.hpp"
#include "datapath/context.hpp"
#include "flow/shown_streams.hpp"

namespace rpcgate::datapath {

// Reads what this worker owns: receive queues, tx rings of workers without a tx queue, the ring of
// the kernel's mirror (both straight to tx). Packets handed over by other workers are parsed
// already: they go to `owned`.
void rx(Context& context, Burst& received, Burst& owned) noexcept;
// What belongs to established flows and has nothing uncommon about it leaves at once, or, of an
// inspected flow, goes to `inspected`; the rest goes the whole way.
void fast(Context& context, Burst& in, Burst& rest, Burst& inspected) noexcept;
void parse(Context& context, Burst& in, Burst& parsed) noexcept;
void steer(Context& context, Burst& in, Burst& owned) noexcept;
// Fragments to whole packets; what is no fragment goes through.
void reassemble(Context& context, Burst& in, Burst& whole) noexcept;
void classify(Context& context, Burst& in, Burst& known) noexcept;
void track(Context& context, Burst& in, Burst& tracked) noexcept;
// Plain packets go to context.out by pass_on(), those of inspected flows to `inspected`.
void nat(Context& context, Burst& in, Burst& inspected) noexcept;
// TCP of inspected flows, addresses and ports of the egress side already. What may leave goes on by
// context.pass_on(), in order; what is kept as bytes is dropped with its reason.
void stream(Context& context, Burst& in) noexcept;
void route(Context& context, Burst& in) noexcept;  // all that leaves, to the tx buffers
void tx(Context& context) noexcept;                // flushes them

// A packet of a flow has gone the whole way to this next hop: others like it may go the short one.
void note_fast_path(Context& context, const PacketMeta& m, interplane::PortIndex egress,
                    const wire::IpAddress& next_hop) noexcept;

// When a datagram that is not whole is given up; Instant::max() when there is none.
Instant reassemble_next_timer(const Context& context) noexcept;
// Gives up all of them, at the end of the worker.
void drop_fragments(Context& context) noexcept;

// ---- The stream stage's further entries (stages/stream.cpp, stream_life.cpp). ------------------

// Makes what the stage owns on this worker, from the memory given by the control core. Null: no
// memory. Called before the first turn and after the last.
struct StreamConfig {
  unsigned worker = 0;
  std::uint32_t streams = 0;       // inspected flows at once
  std::uint64_t buffer_bytes = 0;  // for bytes in custody, pins and segments out of order
  std::uint32_t groups = 0;        // association groups remembered
  Duration group_life{};           // after their last use
  Instant amnesty_until{};         // until when unknown ones pass
};
StreamState* make_stream_state(const StreamConfig& config);
void free_stream_state(StreamState* state) noexcept;
// Is any flow of this worker inspected?
bool has_streams(const Context& context) noexcept;
// Asks for the memory of a flow's stream that these need.
void prefetch_stream(const Context& context, std::uint32_t stream) noexcept;
// A flow that is inspected begins (its SYN, or mid-stream in replay). False: no room; the flow is
// not opened. `record` is complete but for what this call sets in it.
bool stream_open(Context& context, const flow::Flow& record) noexcept;
// The flow is removed: everything held, pinned or in custody, and its association, is given back.
void stream_close(Context& context, const flow::Flow& record) noexcept;
// New rules: may the flow's association live on? (inspect::rejudge.) `none`: yes.
stats::Reason stream_rejudge(Context& context, const flow::Flow& record) noexcept;
// What the end that sends `by` has really acknowledged (the gateway may have told more in its
// name); none where that is not known, or the flow is not inspected.
std::optional<std::uint32_t> stream_acknowledged(const Context& context, const flow::Flow& record,
                                                 Direction by) noexcept;
// A router, or a port of ours, cannot carry the IP packet that begins with byte `sequence` of what
// `from` sends: what the gateway sends itself takes at most `mtu` bytes from now on.
void stream_too_big(Context& context, const flow::Flow& record, Direction from,
                    std::uint32_t sequence, std::size_t mtu, bool send_again) noexcept;
// Bytes in custody that are not acknowledged are sent again; stalls and gaps end. Once a turn.
void stream_timers(Context& context) noexcept;
// Replay: the earliest time at which stream_timers() has something to do; Instant::max() when none.
Instant stream_next_timer(const Context& context) noexcept;
// What the control core may read of it; lives as long as the state.
const flow::ShownStreams* shown_streams(const StreamState* state) noexcept;
// For tests and `status`: buffers in use, zero when no flow is open.
std::uint64_t stream_buffers_in_use(const StreamState* state) noexcept;

}  // namespace rpcgate::datapath
