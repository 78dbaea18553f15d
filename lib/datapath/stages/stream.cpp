// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// in:    TCP packets of inspected flows, with the addresses and ports of the egress side
// out:   what may leave, in order, by Context::pass_on()
// drops: held_ack_only, stream_duplicate, stream_out_of_order, stream_memory, old_timestamp,
//        bad_tcp_state, flow_cut, no_mbuf
// state: the flow's stream record, this worker's blocks
// keeps: the invariants of tcp/stream.hpp: nothing unjudged leaves, bytes are what was judged
#include <algorithm>

#include "datapath/build.hpp"
#include "datapath/stages/stages.hpp"
#include "datapath/stream_session.hpp"
#include "inspect/common_pdu.hpp"
#include "tcp/common_segment.hpp"
#include "tcp/engine.hpp"
#include "tcp/keep.hpp"

namespace rpcgate::datapath {
namespace {

using stats::Drop;
using stats::Reason;

// The payload where it lies. `more` holds what a chain's further segments have of it.
tcp::Payload payload_of(rte_mbuf* mbuf, StreamState::Pieces& more) noexcept {
  const MutableBytes head = payload_head(mbuf);
  if (mbuf->nb_segs == 1) return {head};
  std::size_t left = meta_of(mbuf).payload_length - head.size();
  std::size_t pieces = 0;
  for (rte_mbuf* s = mbuf->next; s != nullptr && left > 0; s = s->next) {
    const std::size_t here = std::min<std::size_t>(left, s->data_len);
    more[pieces++] = {rte_pktmbuf_mtod(s, std::byte*), here};
    left -= here;
  }
  return {head, std::span{more}.first(pieces)};
}

// The packet leaves, as the stream stage says.
void forward(Context& context, rte_mbuf* mbuf, const tcp::Result& result) noexcept {
  const std::uint16_t size = meta_of(mbuf).payload_length;
  if (result.skip != 0 || result.keep != size)
    trim_payload(mbuf, static_cast<std::uint16_t>(result.skip),
                 static_cast<std::uint16_t>(result.keep));
  if (result.edited) update_l4_checksum(mbuf);
  context.pass_on(mbuf);
}

[[gnu::always_inline]] inline tcp::Segment segment_of(rte_mbuf* mbuf,
                                                      tcp::Payload payload) noexcept {
  const PacketMeta& meta = meta_of(mbuf);
  return {tcp::Seq{meta.sequence},
          tcp::Seq{meta.acknowledgement},
          meta.window,
          meta.tcp_flags,
          tcp_header_of(mbuf),
          payload};
}

// Room to pin what was read of a common PDU, by every limit.
bool make_room(Context& context, StreamRecord& record, inspect::Side from,
               const inspect::CommonPdu& pdu) noexcept {
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

// In order, and none of its bytes is read by a rule.
bool pass_unread(Context& context, StreamRecord& record, inspect::Side from,
                 const tcp::Segment& segment) noexcept {
  const std::uint32_t size = segment.payload.size();
  if (!tcp::take_common(record.stream, from, segment, size, context.stream->blocks, context.now))
    return false;
  if (size == 0) return true;
  if (from == inspect::Side::client) record.association.client_moved = context.now;
  inspect::passed(record.association, from, size);
  return true;
}

// In order, and behind `unread` bytes a common PDU begins that is all there is to be judged.
bool pass_common_pdu(Context& context, StreamRecord& record, inspect::Side from,
                     const tcp::Segment& segment, Bytes bytes, std::uint32_t unread) noexcept {
  const inspect::CommonEnv env{context.policy->generation(), context.now, *context.items,
                               *context.counters};
  inspect::CommonPdu pdu;
  bytes = bytes.subspan(unread);
  if (!inspect::find_common(record.association, from, unread, bytes, env, pdu) ||
      !make_room(context, record, from, pdu) ||
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

// Nothing of it is to be judged anew, nor is there anything to be done about what was before it. So
// are most packets of calls and of bulk transfers. False: nothing was done, it is the engine's.
bool pass_common(Context& context, const flow::FlowRecord& flow, inspect::Side from,
                 const tcp::Segment& segment, Bytes payload) noexcept {
  StreamState& state = *context.stream;
  StreamRecord& record = state.records[flow.stream];
  if (context.lenient || record.shut || is_shut(flow.tcp)) return false;
  const std::uint32_t unread = inspect::unread(record.association, from);
  if (!(payload.size() <= unread
            ? pass_unread(context, record, from, segment)
            : pass_common_pdu(context, record, from, segment, payload, unread)))
    return false;
  if (record.blocks != 0 || !record.stream.half(from).kept.empty())
    note_kept(state, record, flow.stream);
  return true;
}

// Of a packet that waited for one before it.
bool pass_behind(Context& context, rte_mbuf* mbuf) noexcept {
  const PacketMeta& meta = meta_of(mbuf);
  const MutableBytes payload = payload_head(mbuf);
  return pass_common(context, context.flows->record(meta.flow), side_of(meta.direction),
                     segment_of(mbuf, payload), payload);
}

void take(Context& context, rte_mbuf* mbuf) noexcept {
  const flow::Flow flow = (*context.flows)[meta_of(mbuf).flow];
  if (flow.has(flow::FlowFlag::cut))  // by a packet before it in this very burst
    return context.drop(mbuf, Drop::flow_cut);
  PacketMeta& meta = meta_of(mbuf);
  if (meta.behind && pass_behind(context, mbuf)) return context.pass_on(mbuf);
  if (meta.short_way) name_ends(flow, meta);
  if (mbuf->nb_segs > StreamState::most_pieces) {
    mbuf = linearised(context, mbuf);
    if (mbuf == nullptr) return;
  }
  const inspect::Side from = side_of(meta_of(mbuf).direction);
  tcp::Segment segment = segment_of(mbuf, payload_of(mbuf, context.stream->pieces));
  StreamSession session{context, flow};
  tcp::Engine<StreamSession> engine{session.record().stream, session, session.work()};
  const tcp::Result result = engine.take(from, segment);
  switch (result.fate) {
    case tcp::Fate::forward:
      forward(context, mbuf, result);
      if (result.more_from < result.more_to)
        tcp::deliver(session.record().stream, from, result.more_from, result.more_to,
                     session.work());
      break;
    case tcp::Fate::drop:
      context.drop(mbuf, result.drop);
      break;
    case tcp::Fate::cut:
      cut(context, flow, result.reason, result.silent);
      context.drop(mbuf, Drop::flow_cut);
      return;
  }
  if (!session.settle()) cut(context, flow, Reason::client_memory, false);
}

}  // namespace

Leaves stream_common(Context& context, const flow::FlowRecord& flow, Direction direction,
                     const tcp::Segment& segment, Bytes payload) noexcept {
  StreamRecord& record = context.stream->records[flow.stream];
  if (record.waits_turn == context.turn) return Leaves::behind;
  if (pass_common(context, flow, side_of(direction), segment, payload)) return Leaves::now;
  record.waits_turn = context.turn;
  return Leaves::not_yet;
}

void stream(Context& context, Burst& in) noexcept {
  for (rte_mbuf* mbuf : in) take(context, mbuf);
  in.clear();
}

void stream_timers(Context& context) noexcept {
  constexpr std::uint32_t budget = 256;  // a turn; the wheel goes on where it stopped
  StreamState& state = *context.stream;
  const auto links = [&state](std::uint32_t i) noexcept -> arena::TimerLinks& {
    return state.timer_of(i);
  };
  state.timers.advance(context.now, links, budget, [&](std::uint32_t index) noexcept {
    const flow::Flow flow = (*context.flows)[state.records[index].flow];
    StreamSession session{context, flow};
    Reason why = tcp::on_timer(session.record().stream, session.work());
    if (why == Reason::none) why = session.overdue();
    if (why == Reason::stream_gap && context.lenient) {
      tcp::Engine<StreamSession> engine{session.record().stream, session, session.work()};
      engine.skip_gap(inspect::Side::client);
      engine.skip_gap(inspect::Side::server);
    } else if (why != Reason::none) {
      cut(context, flow, why, false);
      return;
    }
    if (!session.settle()) cut(context, flow, Reason::client_memory, false);
  });
}

Instant stream_next_timer(const Context& context) noexcept {
  return context.stream->timers.next_look(context.now);
}

}  // namespace rpcgate::datapath
