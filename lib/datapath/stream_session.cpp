// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "datapath/stream_session.hpp"

#include <algorithm>

#include "datapath/build.hpp"
#include "policy/rule.hpp"

namespace rpcgate::datapath {
namespace {

using inspect::Side;

tcp::StreamLimits limits_of(const config::Limits& l) noexcept {
  tcp::StreamLimits limits;
  limits.held_bytes = l.held_bytes;
  limits.out_of_order_bytes = l.out_of_order_bytes;
  limits.out_of_order_segments = l.out_of_order_segments;
  limits.pinned_bytes = l.pinned_bytes;
  limits.stall = l.stream_stall;
  limits.custody = l.custody_timeout;
  return limits;
}

inspect::FlowView view_of(const Context& context, const flow::Flow& flow) noexcept {
  const flow::FlowKey sent = flow.key(Direction::from_client);
  const flow::FlowKey answered = flow.key(Direction::from_server);
  inspect::FlowView view;
  view.scope = {sent.source, sent.destination, flow.has(flow::FlowFlag::outbound)};
  if (sent.destination == answered.source && flow.pinhole_id() != 0)
    if (const policy::Rule* rule = context.policy->rule(flow->rule))
      view.scope = rule->judged_as(view.scope);
  view.client_seen = answered.destination;
  view.client_port = sent.source_port;
  view.outer_port = sent.destination_port;
  view.server = {answered.source, answered.source_port};
  view.rule = flow->rule;
  view.flow_id = context.flows->id_of(flow.index());
  view.pinhole_id = flow.pinhole_id();
  view.lenient = context.lenient;
  return view;
}

// From here on out-of-order segments are dropped rather than held.
constexpr std::uint64_t soft_mark(std::uint64_t limit) noexcept {
  return limit / 4 * 3;
}

std::uint32_t blocks_of(const tcp::Stream& stream) noexcept {
  std::uint32_t blocks = 0;
  for (const tcp::Half& half : stream.halves) blocks += half.kept.blocks + half.out_of_order.blocks;
  return blocks;
}

bool keeps_anything(const tcp::Stream& stream) noexcept {
  return blocks_of(stream) != 0;
}

void show_half(const tcp::Half& half, flow::ShownHalf& shown) noexcept {
  constexpr auto block = static_cast<std::uint32_t>(sizeof(tcp::Block));
  shown.held = tcp::distance(half.released, half.next);
  shown.owed = tcp::distance(half.far_ack, half.custody);
  shown.pinned = half.kept.blocks * block;
  shown.out_of_order = half.out_of_order.blocks * block;
  shown.resends = half.resends;
  shown.waiting_since_ns = half.waits() ? to_ns(half.waiting_since) : 0;
}

}  // namespace

StreamSession::StreamSession(Context& context, const flow::Flow& flow) noexcept
    : context_(context),
      flow_(flow),
      state_(*context.stream),
      record_(state_.records[flow->stream]),
      limits_(limits_of(*context.limits)),
      env_{*context.policy,   view_,           context.now,   *context.items,    *context.pinholes,
           *context.counters, *context.events, state_.groups, *context.sessions, context.learned},
      work_{state_.blocks,  limits_,       context.now, *context.counters,   may_hold_more(),
            state_.scratch, state_.packet, this,        &StreamSession::send} {}

void StreamSession::see_flow() noexcept {
  if (seen_) return;
  seen_ = true;
  view_ = view_of(context_, flow_);
}

std::uint64_t StreamSession::client_bytes() const noexcept {
  return std::uint64_t{state_.clients.count_of(record_.client, StreamState::blocks_of)} *
         sizeof(tcp::Block);
}

bool StreamSession::may_hold_more() const noexcept {
  return state_.blocks.in_use() < soft_mark(state_.block_budget) &&
         client_bytes() < soft_mark(context_.limits->stream_memory_per_client);
}

bool StreamSession::settle() noexcept {
  note_kept(state_, record_, flow_->stream);
  note_window();
  arm_timer();
  return client_bytes() <= context_.limits->stream_memory_per_client;
}

// While its window is shut it is the server that the client waits for.
void StreamSession::note_window() noexcept {
  const bool shut = is_shut(flow_->tcp);
  if (shut || record_.shut) record_.association.client_moved = context_.now;
  record_.shut = shut;
}

inspect::Deadline StreamSession::deadline() const noexcept {
  const bool open = flow_->tcp.phase() >= flow::TcpPhase::established &&
                    flow_->tcp.phase() < flow::TcpPhase::closing;
  if (!open || record_.shut || context_.lenient) return {};
  return inspect::deadline_of(record_.association, flow_.opened(), *context_.limits);
}

stats::Reason StreamSession::overdue() const noexcept {
  const inspect::Deadline d = deadline();
  return d.at <= context_.now ? d.reason : stats::Reason::none;
}

void StreamSession::arm_timer() noexcept {
  const Instant due = std::min(tcp::next_deadline(record_.stream, limits_), deadline().at);
  const auto links = [this](std::uint32_t i) noexcept -> arena::TimerLinks& {
    return state_.timer_of(i);
  };
  if (due == Instant::max()) {
    if (record_.timer.armed()) state_.timers.cancel(links, flow_->stream);
  } else {
    // Lazily: an armed timer that fires too early looks again.
    state_.timers.arm_by(links, flow_->stream, due, context_.now);
  }
}

bool StreamSession::send(void* self, const tcp::Made& made) noexcept {
  auto& session = *static_cast<StreamSession*>(self);
  const TcpFields fields{made.seq.value(), made.ack.value(), made.window, made.flags, made.options};
  rte_mbuf* mbuf =
      make_tcp(session.context_, session.flow_, direction_of(made.from), fields, made.payload);
  if (mbuf == nullptr) return false;
  flow::note_acknowledged(session.flow_->tcp, direction_of(made.from), made.ack.value());
  session.context_.pass_on(mbuf);
  return true;
}

void note_kept(StreamState& state, StreamRecord& record, std::uint32_t index) noexcept {
  if (keeps_anything(record.stream) || record.blocks != 0) count_blocks(state, record);
  if (keeps_anything(record.stream) || record.shown) show_stream(state, index);
}

void count_blocks(StreamState& state, StreamRecord& record) noexcept {
  const std::uint32_t blocks = blocks_of(record.stream);
  state.clients.change(record.client, StreamState::blocks_of, blocks - record.blocks);
  record.blocks = blocks;
}

void show_stream(StreamState& state, std::uint32_t index) noexcept {
  StreamRecord& record = state.records[index];
  flow::ShownStream& shown = state.shown[index];
  for (std::size_t side = 0; side < shown.halves.size(); ++side)
    show_half(record.stream.halves[side], shown.halves[side]);
  record.shown = keeps_anything(record.stream);
  shown.flow = record.shown ? record.flow : flow::ShownStream::no_flow;
}

}  // namespace rpcgate::datapath
