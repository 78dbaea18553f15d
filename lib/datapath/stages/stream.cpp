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
#include "datapath/common_stream.hpp"
#include "datapath/stages/stages.hpp"
#include "datapath/stream_session.hpp"
#include "tcp/engine.hpp"

namespace rpcgate::datapath {
namespace {

using inspect::Side;
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

// Of a packet that waited for one before it.
bool pass_behind(Context& context, rte_mbuf* mbuf) noexcept {
  const PacketMeta& meta = meta_of(mbuf);
  const flow::FlowRecord& flow = context.flows->record(meta.flow);
  StreamRecord& record = context.stream->records[flow.stream];
  const MutableBytes payload = payload_head(mbuf);
  const tcp::Segment segment = segment_of(mbuf, payload);
  return meta.direction == Direction::from_client
             ? pass_common<Side::client>(context, flow, record, segment, payload)
             : pass_common<Side::server>(context, flow, record, segment, payload);
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
  const Side from = side_of(meta_of(mbuf).direction);
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
      engine.skip_gap(Side::client);
      engine.skip_gap(Side::server);
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
