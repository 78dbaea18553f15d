// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
// In: TCP packets of inspected flows, with the addresses and ports of the egress side. Out: what
// may leave, in order, by Context::pass_on(). Drops: held_ack_only, stream_duplicate,
// stream_out_of_order, stream_memory, flow_cut. State: the flow's stream record, this worker's
// blocks. Keeps the invariants of tcp/stream.hpp: nothing unjudged leaves, bytes are what was
// judged.
#include <algorithm>
#include <memory>
#include <new>

#include "config/limits.hpp"
#include "datapath/build.hpp"
#include "datapath/stages/stages.hpp"
#include "datapath/stream_state.hpp"
#include "inspect/inspector.hpp"
#include "tcp/engine.hpp"

namespace rpcgate::datapath {

using inspect::Side;
using stats::Drop;
using stats::Reason;

namespace {

static_assert(static_cast<int>(Side::client) == static_cast<int>(Direction::from_client));
constexpr Direction direction_of(Side side) noexcept {
  return static_cast<Direction>(side);
}
constexpr Side side_of(Direction direction) noexcept {
  return static_cast<Side>(direction);
}

tcp::StreamLimits limits_of(const policy::Limits& l) noexcept {
  tcp::StreamLimits limits;
  limits.held_bytes = l.held_bytes;
  limits.out_of_order_bytes = l.out_of_order_bytes;
  limits.stall = l.stream_stall;
  limits.custody = l.custody_timeout;
  return limits;
}

std::uint32_t index_of(const Context& context, const flow::FlowRecord& flow) noexcept {
  return static_cast<std::uint32_t>(&flow - &(*context.flows)[0]);
}

inspect::FlowView view_of(const Context& context, const flow::FlowRecord& flow) noexcept {
  inspect::FlowView view;
  view.scope = {flow.client().address, flow.outer().address};
  view.client_port = flow.client().port;
  view.outer_port = flow.outer().port;
  view.server = flow.server();
  view.rule = flow.rule;
  view.flow_id = context.flows->id_of(index_of(context, flow));
  view.pinhole_id = flow.pinhole_id;
  view.lenient = context.lenient;
  return view;
}

// One flow's stream, its judge and what both work with, for the length of a call.
class Session {
 public:
  Session(Context& context, flow::FlowRecord& flow) noexcept
      : context_(context),
        flow_(flow),
        state_(*context.stream),
        record_(state_.records[flow.stream]),
        limits_(limits_of(*context.limits)),
        view_(view_of(context, flow)),
        env_{*context.policy,   view_,           context.now,   *context.items,   *context.pinholes,
             *context.counters, *context.events, state_.groups, *context.sessions},
        work_{state_.blocks,
              limits_,
              context.now,
              *context.counters,
              state_.blocks.in_use() < state_.block_budget / 4 * 3,
              state_.scratch,
              state_.packet,
              this,
              &Session::send} {}

  StreamRecord& record() noexcept { return record_; }
  inspect::Env& env() noexcept { return env_; }
  tcp::Work& work() noexcept { return work_; }

  // The judge, as tcp/engine.hpp asks for it.
  inspect::Want next_want(Side side) noexcept {
    return inspect::next_want(record_.association, side);
  }
  void passed(Side side, std::uint32_t length) noexcept {
    inspect::passed(record_.association, side, length);
  }
  inspect::Verdict judge(Side side, MutableBytes unit, MutableBytes held) noexcept {
    return inspect::judge(record_.association, side, unit, held, env_);
  }
  bool may_start_pdu(Bytes bytes) noexcept { return inspect::may_start_pdu(bytes); }
  void resynchronise(Side side) noexcept { inspect::resynchronise(record_.association, side); }

  // The timer fires when the stream next needs it.
  void arm_timer() noexcept {
    const Instant due = tcp::next_deadline(record_.stream, limits_);
    const auto links = [this](std::uint32_t i) noexcept -> arena::TimerLinks& {
      return state_.timer_of(i);
    };
    if (due == Instant::max()) {
      if (record_.timer.armed()) state_.timers.cancel(links, flow_.stream);
    } else if (!record_.timer.armed()) {
      // Lazily: an armed timer that fires too early looks again.
      state_.timers.arm(links, flow_.stream, due, context_.now);
    }
  }

 private:
  static bool send(void* self, const tcp::Made& made) noexcept {
    auto& session = *static_cast<Session*>(self);
    const TcpFields fields{made.seq.value(), made.ack.value(), made.window, made.flags,
                           made.options};
    rte_mbuf* mbuf =
        make_tcp(session.context_, session.flow_, direction_of(made.from), fields, made.payload);
    if (mbuf == nullptr) return false;
    flow::note_acknowledged(session.flow_.tcp, direction_of(made.from), made.ack.value());
    session.context_.pass_on(mbuf);
    return true;
  }

  Context& context_;
  flow::FlowRecord& flow_;
  StreamState& state_;
  StreamRecord& record_;
  tcp::StreamLimits limits_;
  inspect::FlowView view_;
  inspect::Env env_;
  tcp::Work work_;
};

// The packet leaves, as the stream stage says.
void forward(Context& context, rte_mbuf* mbuf, const tcp::Result& result) noexcept {
  const std::uint16_t size = meta_of(mbuf).payload_length;
  if (result.skip != 0 || result.keep != size)
    trim_payload(mbuf, static_cast<std::uint16_t>(result.skip),
                 static_cast<std::uint16_t>(result.keep));
  if (result.edited) update_l4_checksum(mbuf);
  context.pass_on(mbuf);
}

void take(Context& context, rte_mbuf* mbuf) noexcept {
  flow::FlowRecord& flow = (*context.flows)[meta_of(mbuf).flow];
  if (flow.has(flow::FlowFlag::cut))  // by a packet before it in this very burst
    return context.drop(mbuf, Drop::flow_cut);
  if (mbuf->nb_segs > 1) {
    mbuf = linearised(context, mbuf);
    if (mbuf == nullptr) return;
  }
  const PacketMeta& meta = meta_of(mbuf);
  const Side from = side_of(meta.direction);
  tcp::Segment segment{tcp::Seq{meta.sequence},
                       tcp::Seq{meta.acknowledgement},
                       meta.window,
                       meta.tcp_flags,
                       tcp_header_of(mbuf),
                       payload_head(mbuf)};
  Session session{context, flow};
  tcp::Engine<Session> engine{session.record().stream, session, session.work()};
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
  session.arm_timer();
}

}  // namespace

StreamState* make_stream_state(const StreamConfig& config) {
  const auto blocks = static_cast<std::uint32_t>(config.buffer_bytes / sizeof(tcp::Block));
  auto state = std::make_unique<StreamState>(config, blocks);  // lint: at start
  if (state->record_arena.capacity() == 0 || state->block_arena.capacity() == 0) return nullptr;
  state->scratch.resize(config::largest_held_bytes + largest_pdu);
  state->packet.resize(largest_packet);
  return state.release();
}

void free_stream_state(StreamState* state) noexcept {
  delete state;
}

bool stream_open(Context& context, flow::FlowRecord& record) noexcept {
  StreamState& state = *context.stream;
  const std::uint32_t index = state.records.allocate();
  if (index == arena::none) return false;
  StreamRecord* stream = ::new (static_cast<void*>(&state.records[index])) StreamRecord{};
  stream->flow = index_of(context, record);
  stream->stream.lenient = context.lenient;
  record.stream = index;
  using inspect::FlowKind;
  inspect::open(stream->association,
                record.has(flow::FlowFlag::mapper) ? FlowKind::mapper : FlowKind::data);
  return true;
}

void stream_close(Context& context, flow::FlowRecord& record) noexcept {
  if (record.stream == arena::none) return;
  StreamState& state = *context.stream;
  Session session{context, record};
  inspect::close(session.record().association, session.env());
  tcp::close(session.record().stream, state.blocks);
  state.timers.cancel(
      [&state](std::uint32_t i) noexcept -> arena::TimerLinks& { return state.timer_of(i); },
      record.stream);
  state.records.free(record.stream);
  record.stream = arena::none;
}

Reason stream_rejudge(Context& context, flow::FlowRecord& record) noexcept {
  if (record.stream == arena::none) return Reason::none;
  Session session{context, record};
  return inspect::rejudge(session.record().association, session.env());
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
    flow::FlowRecord& flow = (*context.flows)[state.records[index].flow];
    Session session{context, flow};
    const Reason why = tcp::on_timer(session.record().stream, session.work());
    if (why == Reason::stream_gap && context.lenient) {
      tcp::Engine<Session> engine{session.record().stream, session, session.work()};
      engine.skip_gap(Side::client);
      engine.skip_gap(Side::server);
    } else if (why != Reason::none) {
      cut(context, flow, why, false);
      return;
    }
    session.arm_timer();
  });
}

Instant stream_next_timer(const Context& context) noexcept {
  return context.stream->timers.next_look(context.now);
}

std::uint64_t stream_buffers_in_use(const StreamState* state) noexcept {
  return state->blocks.in_use() + state->records.in_use();
}

}  // namespace rpcgate::datapath
