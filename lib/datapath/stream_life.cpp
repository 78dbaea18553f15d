// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The life of a stream record, from the SYN to the removal of its flow, and what other stages ask
// of it.
#include <algorithm>
#include <memory>
#include <new>

#include "base/prefetch.hpp"
#include "config/limits.hpp"
#include "datapath/headers.hpp"
#include "datapath/icmp_quote.hpp"
#include "datapath/stream_session.hpp"

namespace rpcgate::datapath {

using inspect::Side;
using stats::Reason;

namespace {

arena::TallyKey key_of(const flow::Flow& flow) noexcept {
  return {flow.client().address, 0};
}

}  // namespace

StreamState* make_stream_state(const StreamConfig& config) {
  const auto blocks = static_cast<std::uint32_t>(config.buffer_bytes / sizeof(tcp::Block));
  auto state = std::make_unique<StreamState>(config, blocks);  // lint: at start
  if (state->record_arena.capacity() == 0 || state->block_arena.capacity() == 0 ||
      state->client_arena.capacity() == 0 || !state->clients.mapped())
    return nullptr;
  state->scratch.resize(config::largest_held_bytes + largest_pdu);
  state->packet.resize(largest_packet);
  state->groups.set_amnesty_until(config.amnesty_until);
  return state.release();
}

void free_stream_state(StreamState* state) noexcept {
  delete state;
}

bool stream_open(Context& context, const flow::Flow& record) noexcept {
  StreamState& state = *context.stream;
  const std::uint32_t index = state.records.allocate();
  if (index == arena::none) return false;
  if (!state.clients.add(key_of(record), StreamState::streams_of)) {
    state.records.free(index);
    return false;
  }
  StreamRecord* stream = ::new (static_cast<void*>(&state.records[index])) StreamRecord{};
  stream->flow = record.index();
  stream->client = state.clients.entry_of(key_of(record));
  stream->stream.lenient = context.lenient;
  record->stream = index;
  using inspect::FlowKind;
  inspect::open(stream->association,
                record.has(flow::FlowFlag::mapper) ? FlowKind::mapper : FlowKind::data);
  return true;
}

bool has_streams(const Context& context) noexcept {
  return context.stream != nullptr && context.stream->records.in_use() != 0;
}

void prefetch_stream(const Context& context, std::uint32_t stream) noexcept {
  const StreamRecord& record = context.stream->records[stream];
  for (const tcp::Half& half : record.stream.halves) prefetch(&half);
  prefetch(&record.stream.peers);
  prefetch(&record.association);
}

void stream_close(Context& context, const flow::Flow& record) noexcept {
  if (record->stream == arena::none) return;
  StreamState& state = *context.stream;
  StreamSession session{context, record};
  StreamRecord& stream = session.record();
  inspect::close(stream.association, session.env());
  tcp::close(stream.stream, state.blocks);
  count_blocks(state, stream);
  if (stream.shown) show_stream(state, record->stream);
  state.clients.subtract(key_of(record), StreamState::streams_of);
  state.timers.cancel(
      [&state](std::uint32_t i) noexcept -> arena::TimerLinks& { return state.timer_of(i); },
      record->stream);
  state.records.free(record->stream);
  record->stream = arena::none;
}

Reason stream_rejudge(Context& context, const flow::Flow& record) noexcept {
  if (record->stream == arena::none) return Reason::none;
  StreamSession session{context, record};
  return inspect::rejudge(session.record().association, session.env());
}

std::optional<std::uint32_t> stream_acknowledged(const Context& context, const flow::Flow& record,
                                                 Direction by) noexcept {
  if (record->stream == arena::none) return std::nullopt;
  const tcp::Stream& stream = context.stream->records[record->stream].stream;
  const tcp::Half& half = stream.half(side_of(opposite(by)));
  return half.known ? std::optional{half.far_ack.value()} : std::nullopt;
}

void stream_too_big(Context& context, const flow::Flow& record, Direction from,
                    std::uint32_t sequence, std::size_t mtu, bool send_again) noexcept {
  if (record->stream == arena::none || record.has(flow::FlowFlag::cut)) return;
  const std::size_t headers =
      (record.client().address.is_v4() ? ip4::size : ip6::size) + tcph::size;
  if (mtu <= headers) return;
  StreamSession session{context, record};
  const auto payload = static_cast<std::uint16_t>(std::min<std::size_t>(mtu - headers, 0xffff));
  tcp::on_too_big(session.record().stream, side_of(from), tcp::Seq{sequence}, payload, send_again,
                  session.work());
  session.settle();
}

const flow::ShownStreams* shown_streams(const StreamState* state) noexcept {
  return &state->shown;
}

std::uint64_t stream_buffers_in_use(const StreamState* state) noexcept {
  return state->blocks.in_use() + state->records.in_use();
}

}  // namespace rpcgate::datapath
