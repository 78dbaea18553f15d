// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The common case of the stream stage: a segment of which nothing is to be judged anew, nor is
// there anything to be done about what was before it. So are most packets of calls and of bulk
// transfers. For `fast`, and for what waited behind another packet (stages/stream.cpp). What this
// accepts the stream stage would have let leave unchanged, and remembered alike. By side, so that
// the places of all it looks at are known when it is compiled.
#pragma once

#include <cstdint>

#include "datapath/context.hpp"
#include "datapath/stream_session.hpp"
#include "flow/record.hpp"
#include "inspect/common_pdu.hpp"
#include "tcp/common_segment.hpp"
#include "tcp/keep.hpp"

namespace rpcgate::datapath {

// May a translated segment leave at once? If not it is for the stream stage, and so is, `behind`
// it, what follows of its flow this turn.
enum class Leaves : std::uint8_t { now, not_yet, behind };

namespace detail {

// Room to pin what was read of a common PDU, by every limit.
template <inspect::Side from>
bool make_room(Context& context, StreamRecord& record, const inspect::CommonPdu& pdu) noexcept {
  StreamState& state = *context.stream;
  tcp::Half& half = record.stream.half(from);
  const std::size_t count = pdu.read[1].size != 0 ? 2 : 1;
  if (half.pins.room() >= count) return true;
  const std::uint64_t blocks =
      std::uint64_t{state.clients.count_of(record.client, StreamState::blocks_of)} +
      half.pins.count;
  return blocks * sizeof(tcp::Block) <= context.limits->stream_memory_per_client &&
         tcp::make_room(half, state.blocks, context.limits->pinned_bytes, count);
}

// In order, and behind `unread` bytes a common PDU begins that is all there is to be judged. Apart,
// with the segment by value, so that those of which nothing is read stay in registers.
template <inspect::Side from>
[[gnu::noinline]] bool pass_pdu(Context& context, StreamRecord& record, tcp::Segment segment,
                                Bytes bytes, std::uint32_t unread) noexcept {
  const inspect::CommonEnv env{context.policy->generation(), context.now, *context.items,
                               *context.counters};
  inspect::CommonPdu pdu;
  bytes = bytes.subspan(unread);
  if (!inspect::find_common(record.association, from, unread, bytes, env, pdu) ||
      !make_room<from>(context, record, pdu) ||
      !tcp::take_common(record.stream, from, segment, unread + pdu.size, context.stream->blocks,
                        context.now))
    return false;
  if (unread != 0) inspect::passed(record.association, from, unread);
  inspect::take_common(record.association, from, pdu, env);
  for (const dcerpc::Range& range : pdu.read)
    if (range.size != 0)
      tcp::pin(record.stream.half(from), segment.seq + unread + range.offset, range.of(bytes));
  return true;
}

// In order, and none of its bytes is read by a rule.
template <inspect::Side from>
[[gnu::always_inline]] inline bool pass_unread(const Context& context, StreamRecord& record,
                                               const tcp::Segment& segment) noexcept {
  const std::uint32_t size = segment.payload.size();
  if (!tcp::take_common(record.stream, from, segment, size, context.stream->blocks, context.now))
    return false;
  if (size == 0) return true;
  if (from == inspect::Side::client) record.association.client_moved = context.now;
  inspect::passed(record.association, from, size);
  return true;
}

}  // namespace detail

// False: nothing was done, it is the engine's.
template <inspect::Side from>
[[gnu::always_inline]] inline bool pass_common(Context& context, const flow::FlowRecord& flow,
                                               StreamRecord& record, const tcp::Segment& segment,
                                               Bytes payload) noexcept {
  if (context.lenient || record.shut || is_shut(flow.tcp)) return false;
  const std::uint32_t unread = inspect::unread(record.association, from);
  const bool may_give_back = !record.stream.half(tcp::other(from)).kept.empty();
  if (!(payload.size() <= unread
            ? detail::pass_unread<from>(context, record, segment)
            : detail::pass_pdu<from>(context, record, segment, payload, unread)))
    return false;
  if (may_give_back || !record.stream.half(from).kept.empty())  // blocks were given back, or taken
    note_kept(*context.stream, record, flow.stream);
  return true;
}

template <inspect::Side from>
[[gnu::always_inline]] inline Leaves stream_common(Context& context, const flow::FlowRecord& flow,
                                                   const tcp::Segment& segment,
                                                   Bytes payload) noexcept {
  StreamRecord& record = context.stream->records[flow.stream];
  if (record.waits_turn == context.turn) return Leaves::behind;
  if (pass_common<from>(context, flow, record, segment, payload)) return Leaves::now;
  record.waits_turn = context.turn;
  return Leaves::not_yet;
}

}  // namespace rpcgate::datapath
