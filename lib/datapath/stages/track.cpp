// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// in:    packets of known flows and those that may open one, as they arrived
// out:   packets that belong to a flow and fit its state
// drops: not_a_syn, flow_table_full, flow_limit, pinhole_limit, out_of_window, bad_tcp_state,
//        bad_reset, flow_cut, policy_changed, bad_l4_checksum
// state: flow records, their timers, pinhole connection counts
// keeps: no packet of an older generation goes on before its flow was judged by the rules in force;
//        records that packets in bursts name are not removed here
#include <algorithm>

#include "datapath/build.hpp"
#include "datapath/flow_life.hpp"
#include "datapath/headers.hpp"
#include "datapath/stages/stages.hpp"
#include "tcp/header.hpp"

namespace rpcgate::datapath {
namespace {

using flow::Flow;
using flow::FlowFlag;
using flow::TcpVerdict;
using stats::Drop;

constexpr std::uint32_t challenges_per_second = 100;

bool is_syn(const PacketMeta& m) noexcept {
  return (m.tcp_flags & (tcph::syn | tcph::ack)) == tcph::syn;
}

// The packet begins a connection where another one ended: that one goes when the stages are done,
// and the packet is seen again as one of no flow.
void see_again(Context& context, rte_mbuf* mbuf) noexcept {
  end_flow(context, meta_of(mbuf).flow);
  if (context.later.push(mbuf))
    context.kept();
  else
    context.drop(mbuf, Drop::flow_table_full);
}

void refuse_cut(Context& context, rte_mbuf* mbuf, const Flow& f) noexcept {
  const PacketMeta& m = meta_of(mbuf);
  if (m.is_tcp() && is_syn(m) && m.direction == Direction::from_client)
    return see_again(context, mbuf);
  if (!f.has(FlowFlag::silent) && !m.has(PacketMeta::icmp_error)) answer_with_reset(context, mbuf);
  context.drop(mbuf, Drop::flow_cut);
}

flow::TcpSegment segment_of(rte_mbuf* mbuf) noexcept {
  const PacketMeta& m = meta_of(mbuf);
  flow::TcpSegment s;
  s.sequence = m.sequence;
  s.acknowledgement = m.acknowledgement;
  s.window = m.window;
  s.flags = m.tcp_flags;
  s.payload = m.payload_length;
  if (m.payload_offset > m.l4_offset + tcph::size) {
    const tcp::Options o = tcp::read_options(tcp_header_of(mbuf));
    s.has_window_scale = o.has_window_scale;
    s.window_scale = o.window_scale;
    s.sack_permitted = o.sack_permitted;
    s.has_timestamp = o.has_timestamps;
    s.timestamp = o.timestamp_value;
  }
  return s;
}

// RFC 5961 3.2, 4.2: who sent this is told where the connection stands; if it lost the connection
// it answers with a reset at the exact number.
void challenge(Context& context, const Flow& f, Direction sender) noexcept {
  if (context.now - context.challenges_renewed >= seconds{1}) {
    context.challenges_renewed = context.now;
    context.challenges_left = challenges_per_second;
  }
  if (context.challenges_left == 0) return;
  --context.challenges_left;
  const flow::TcpPeer& other = f->tcp.peer(opposite(sender));
  TcpFields fields;
  fields.sequence = other.end;
  fields.acknowledgement = other.ack;
  fields.flags = tcph::ack;
  const auto room = static_cast<std::int32_t>(other.edge - other.ack);  // none after a window probe
  if (room > 0)
    fields.window = static_cast<std::uint16_t>(
        std::min<std::uint32_t>(static_cast<std::uint32_t>(room) >> other.scale(), 0xffff));
  rte_mbuf* mbuf = make_tcp(context, f, opposite(sender), fields, {});
  if (mbuf == nullptr) return;
  context.count(stats::Counter::acks_sent);
  context.pass_on(mbuf);
}

void tell_pinhole_used(Context& context, const Flow& f, std::uint32_t index) noexcept {
  event::Event e;
  e.time = context.now;
  e.kind = event::Kind::pinhole_used;
  e.rule = f->rule;
  e.client = f.client().address;
  e.client_port = f.client().port;
  e.outer = f.outer().address;
  e.outer_port = f.outer().port;
  e.server = f.server().address;
  e.server_port = f.server().port;
  e.pinhole = f.pinhole_id();
  e.flow = context.flows->id_of(index);
  context.tell(e);
}

void note_change(Context& context, const Flow& f, std::uint32_t index,
                 TcpVerdict::Change change) noexcept {
  switch (change) {
    case TcpVerdict::Change::none:
      return;
    case TcpVerdict::Change::established:
      if (f.has(FlowFlag::half_open)) context.flows->established(index);
      if (f.pinhole_id() != 0) tell_pinhole_used(context, f, index);
      arm_timer(context, index);  // its ends are probed before the handshake's time would be over
      return;
    case TcpVerdict::Change::closing:
      return;  // one side may go on for long
    case TcpVerdict::Change::closed:
    case TcpVerdict::Change::reset:
      if (f.has(FlowFlag::half_open)) context.flows->established(index);
      arm_timer(context, index);
      return;
  }
}

// False: the packet was dealt with.
bool follow_tcp(Context& context, rte_mbuf* mbuf, const Flow& f) noexcept {
  PacketMeta& m = meta_of(mbuf);
  const bool judged = f.has(FlowFlag::inspected);
  // What is judged must be what was sent, and what moves the connection on (a FIN, a reset, an
  // acknowledgement) what the far end will take; the rest is the far end's to check.
  if (judged && !context.lenient && !m.has(PacketMeta::l4_verified) &&
      !l4_checksum_is_right(mbuf)) {
    context.drop(mbuf, Drop::bad_l4_checksum);
    return false;
  }
  const flow::TcpSegment segment = segment_of(mbuf);
  const TcpVerdict verdict = flow::track(f->tcp, m.direction, segment, context.lenient);
  if (verdict.action == TcpVerdict::Action::renew) {
    see_again(context, mbuf);
    return false;
  }
  if (verdict.action == TcpVerdict::Action::drop) {
    if (verdict.challenge) challenge(context, f, m.direction);
    context.drop(mbuf, verdict.reason);
    return false;
  }
  flow::note_timestamp(f->timestamps, m.direction, segment);
  if (verdict.data_on_syn) trim_payload(mbuf, 0, 0);
  f->phase = f->tcp.phase();
  note_change(context, f, m.flow, verdict.change);
  if (judged) m.set(PacketMeta::inspected);
  return true;
}

void track_one(Context& context, rte_mbuf* mbuf, Burst& tracked) noexcept {
  PacketMeta& m = meta_of(mbuf);
  if (m.has(PacketMeta::opens) && !open_flow(context, mbuf)) return;
  const Flow f = (*context.flows)[m.flow];
  m.outbound = f.has(FlowFlag::outbound);
  if (f.has(FlowFlag::cut)) return refuse_cut(context, mbuf, f);
  if (f->policy_generation != context.policy->generation()) {
    const stats::Reason reason = rejudge_flow(context, m.flow);
    if (reason != stats::Reason::none) {
      cut(context, f, reason, false);
      return context.drop(mbuf, Drop::policy_changed);
    }
  }
  if (!m.has(PacketMeta::icmp_error)) {
    if (m.is_tcp() && !follow_tcp(context, mbuf, f)) return;
    f.count(m.direction, mbuf->pkt_len - m.l3_offset, context.stamp);
  }
  if (!tracked.push(mbuf)) context.drop(mbuf, Drop::internal);
}

}  // namespace

void track(Context& context, Burst& in, Burst& tracked) noexcept {
  for (rte_mbuf* mbuf : in) track_one(context, mbuf, tracked);
  in.clear();
}

}  // namespace rpcgate::datapath
