// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Every limit and timeout, once: name, bounds, unit, scope and help. Defaults are those of
// config/limits.hpp; docs/reference/limits.md is made from both.
#pragma once

#include <tuple>

#include "config/limits.hpp"
#include "config/option.hpp"

namespace rpcgate::config {

inline constexpr std::tuple limit_options{
    number("flows", &Limits::flows, {1024, 16777216}, "flows", Scope::box,
           "Connections and UDP exchanges tracked at a time."),
    number("pinholes", &Limits::pinholes, {256, 4194304}, "pinholes", Scope::box,
           "Pinholes at a time, the remembered ones included."),
    number("associations", &Limits::associations, {256, 4194304}, "connections", Scope::box,
           "RPC connections judged at a time."),
    number("items", &Limits::items, {4096, 16777216}, "items", Scope::box,
           "Contexts, calls and groups remembered for all RPC connections."),
    number("flows-per-client", &Limits::flows_per_client, {16, 1048576}, "flows", Scope::client,
           "Flows of one outer address, which may be a branch of 500 users."),
    number("half-open-per-client", &Limits::half_open_per_client, {16, 1048576}, "flows",
           Scope::client, "Connections of one outer address that are not established yet."),
    number("pinholes-per-client", &Limits::pinholes_per_client, {8, 65536}, "pinholes",
           Scope::client, "Pinholes of one outer address; its users share them."),
    number("pinholes-per-rule", &Limits::pinholes_per_rule, {8, 4194304}, "pinholes", Scope::rule,
           "Pinholes that one rule opened, on each worker."),
    number("connections-per-pinhole", &Limits::connections_per_pinhole, {1, 65536}, "connections",
           Scope::pinhole, "Connections through one pinhole at a time."),
    number("lowest-tower-port", &Limits::lowest_tower_port, {1, 65535}, "port", Scope::rule,
           "A mapper's answer that names a lower port is not acceptable."),
    number("pinhole-first-use", &Limits::pinhole_first_use, {5, 3600}, "s", Scope::pinhole,
           "How long a pinhole waits for its first connection."),
    number("pinhole-idle", &Limits::pinhole_idle, {10, 604800}, "s", Scope::pinhole,
           "How long a pinhole stays after its last connection. Windows dials a known endpoint "
           "again without asking the mapper."),
    number("pinhole-tombstone", &Limits::pinhole_tombstone, {0, 604800}, "s", Scope::pinhole,
           "How long a closed pinhole's port answers its client with a reset and is given to no "
           "other server for it."),
    number("tcp-handshake", &Limits::tcp_handshake, {1, 300}, "s", Scope::flow,
           "Time to establish a connection."),
    number("tcp-idle", &Limits::tcp_idle, {60, 604800}, "s", Scope::flow,
           "Idle time after which an established connection is removed (RFC 5382 asks for 2 hours "
           "4 minutes). Answers to probes count: it ends only connections that are not probed."),
    number("probe-after", &Limits::probe_after, {5, 86400}, "s", Scope::flow,
           "An end of an established connection that was not heard of for so long is asked by a "
           "keep-alive probe whether it is there (RFC 9293 3.8.4)."),
    number("probe-interval", &Limits::probe_interval, {1, 3600}, "s", Scope::flow,
           "Time from one unanswered probe to the next."),
    number("probes", &Limits::probes, {0, 100}, "probes", Scope::flow,
           "Probes that an end may leave unanswered before its connection is reset; 0: none is "
           "sent, and `tcp-idle` decides."),
    number("tcp-closing", &Limits::tcp_closing, {1, 3600}, "s", Scope::flow,
           "Idle time after which a connection that one end has closed is removed."),
    number("udp-idle", &Limits::udp_idle, {10, 3600}, "s", Scope::flow,
           "Idle time after which a UDP exchange is removed (RFC 4787 asks for 2 minutes)."),
    number("presentation-contexts", &Limits::presentation_contexts, {4, 256}, "contexts",
           Scope::connection, "Presentation contexts of one connection."),
    number("security-contexts", &Limits::security_contexts, {2, 64}, "contexts", Scope::connection,
           "Security contexts of one connection."),
    number("outstanding-calls", &Limits::outstanding_calls, {4, 4096}, "calls", Scope::connection,
           "Calls that wait for their answer."),
    number("fragments-per-call", &Limits::fragments_per_call, {16, 65536}, "PDUs",
           Scope::connection, "Request PDUs of one call."),
    number("call-bytes", &Limits::call_bytes, {65536, 1073741824}, "bytes", Scope::connection,
           "Request bytes of one call; servers take 4 MiB."),
    number("mapper-request-bytes", &Limits::mapper_request_bytes, {512, 65536}, "bytes",
           Scope::connection, "An endpoint mapper's request, all fragments together."),
    number("activation-bytes", &Limits::activation_bytes, {1024, 65536}, "bytes", Scope::connection,
           "Of an activation of DCOM."),
    number("mapper-answer-bytes", &Limits::mapper_answer_bytes, {4096, 1048576}, "bytes",
           Scope::connection, "An endpoint mapper's answer, all fragments together."),
    number("association-groups", &Limits::association_groups, {256, 1048576}, "groups",
           Scope::worker,
           "Association groups remembered for all clients; the one longest unused makes room. A "
           "client may join only groups that the server gave to it."),
    number("association-group-life", &Limits::association_group_life, {60, 604800}, "s",
           Scope::worker, "How long a group is remembered after its last use."),
    number("association-group-amnesty", &Limits::association_group_amnesty, {0, 3600}, "s",
           Scope::worker,
           "After a restart, how long clients may name groups that were told before it; each time "
           "is told. 0: they are refused at once."),
    number("notification-sessions", &Limits::notification_sessions, {64, 1048576}, "sessions",
           Scope::box, "Sessions at a time whose clients may be notified by datagrams."),
    number("notification-grace", &Limits::notification_grace, {1, 3600}, "s", Scope::rule,
           "How long a session's notifications pass after its last connection."),
    number("held-bytes", &Limits::held_bytes, {16384, largest_held_bytes}, "bytes", Scope::flow,
           "Bytes of one direction of a connection that wait for a verdict."),
    number("out-of-order-bytes", &Limits::out_of_order_bytes, {4096, 4194304}, "bytes", Scope::flow,
           "Memory for bytes kept out of order in one direction of a connection; a segment beyond "
           "it is dropped, and will be sent again."),
    number("out-of-order-segments", &Limits::out_of_order_segments, {16, 65535}, "segments",
           Scope::flow, "Segments kept out of order in one direction of a connection."),
    number("pinned-bytes", &Limits::pinned_bytes, {65536, 67108864}, "bytes", Scope::flow,
           "Memory for judged bytes of one direction that the far end has not acknowledged."),
    number("stream-memory-per-client", &Limits::stream_memory_per_client, {262144, 68719476736},
           "bytes", Scope::box,
           "Memory for bytes kept of all connections of one outer address. Above three quarters "
           "of it nothing is kept out of order."),
    number("stream-memory", &Limits::stream_memory, {1048576, 68719476736}, "bytes", Scope::worker,
           "Memory for bytes kept of all connections. Above three quarters of it nothing is kept "
           "out of order."),
    number("fragment-wait", &Limits::fragment_wait, {1, 3600}, "s", Scope::connection,
           "How long the next fragment of a call may take."),
    number("mapper-bind-wait", &Limits::mapper_bind_wait, {1, 3600}, "s", Scope::connection,
           "How long a connection to an endpoint mapper may take to bind."),
    number("mapper-request-wait", &Limits::mapper_request_wait, {1, 3600}, "s", Scope::connection,
           "How long one that has bound may take to ask."),
    number("mapper-idle", &Limits::mapper_idle, {5, 604800}, "s", Scope::connection,
           "How long one whose questions are answered may stay. Where other interfaces were bound "
           "on it, as clients of DCOM do, it stays as others do."),
    number("stream-stall", &Limits::stream_stall, {1, 300}, "s", Scope::flow,
           "How long bytes may be kept without progress."),
    number(
        "custody-timeout", &Limits::custody_timeout, {5, 600}, "s", Scope::flow,
        "How long the far end may leave bytes unacknowledged that the gateway has acknowledged."),
    number("fragment-datagrams", &Limits::fragment_datagrams, {16, 65536}, "datagrams",
           Scope::worker, "IP datagrams at a time of which fragments have come, but not all."),
    number("fragment-datagrams-per-source", &Limits::fragment_datagrams_per_source, {1, 65536},
           "datagrams", Scope::box, "The same, of one source address."),
    number("fragments-per-datagram", &Limits::fragments_per_datagram, {2, 48}, "fragments",
           Scope::box, "Fragments of one datagram."),
    number(
        "fragments-held", &Limits::fragments_held, {16, 65536}, "packets", Scope::worker,
        "Fragments that wait, of all datagrams: each keeps a packet buffer from reception. Never "
        "more than a quarter of `mbufs` for all workers together."),
    number("fragments-held-per-source", &Limits::fragments_held_per_source, {2, 65536}, "packets",
           Scope::box, "The same, of one source address."),
    number("fragment-timeout", &Limits::fragment_timeout, {1, 60}, "s", Scope::box,
           "How long a datagram may take to become whole (RFC 791 names 15 s)."),
    number("event-ring", &Limits::event_ring, {64, 1048576}, "events", Scope::worker,
           "Events that may wait for the control core."),
    number("handover-ring", &Limits::handover_ring, {64, 65536}, "packets", Scope::worker,
           "Packets that may wait between two workers."),
    number("neighbour-queue", &Limits::neighbour_queue, {1, 1024}, "packets", Scope::worker,
           "Packets that may wait for a next hop's link address."),
    number("neighbour-timeout", &Limits::neighbour_timeout, {1, 60}, "s", Scope::worker,
           "How long they wait."),
};

}  // namespace rpcgate::config
