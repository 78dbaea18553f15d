// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "datapath/build.hpp"
#include "datapath/flow_life.hpp"
#include "datapath/headers.hpp"
#include "datapath/stages/stages.hpp"

namespace rpcgate::datapath {
namespace {

using flow::FlowFlag;
using flow::TcpPeer;

void send_reset(Context& context, const flow::Flow& f, Direction from,
                const TcpFields& fields) noexcept {
  rte_mbuf* mbuf = make_tcp(context, f, from, fields, {});
  if (mbuf == nullptr) return;
  context.count(stats::Counter::resets_sent);
  context.pass_on(mbuf);
}

// A reset in the name of `from`. RFC 5961 3.2 wants the exact number that the receiver expects:
// that is what it acknowledged last, or, with bytes on their way to it, the end of those. Where
// both miss, its next segment is answered with the number that it names itself (track).
void reset_from(Context& context, const flow::Flow& f, Direction from) noexcept {
  const TcpPeer& sender = f->tcp.peer(from);
  const TcpPeer& receiver = f->tcp.peer(opposite(from));
  TcpFields fields;
  fields.flags = tcph::rst;
  if (receiver.has(TcpPeer::seen)) {
    fields.flags = tcph::rst | tcph::ack;
    fields.acknowledgement = receiver.end;
  }
  if (!receiver.has(TcpPeer::ack_known)) {  // the handshake is not done
    fields.sequence = sender.has(TcpPeer::seen) ? sender.end : 0;
    return send_reset(context, f, from, fields);
  }
  fields.sequence = stream_acknowledged(context, f, opposite(from)).value_or(receiver.ack);
  send_reset(context, f, from, fields);
  if (sender.end != fields.sequence) {
    fields.sequence = sender.end;
    send_reset(context, f, from, fields);
  }
}

void tell_cut(Context& context, const flow::Flow& f, std::uint32_t index, stats::Reason reason,
              bool silent) noexcept {
  event::Event e;
  e.time = context.now;
  e.kind = event::Kind::connection_reset;
  e.action = silent ? event::Action::dropped : event::Action::reset;
  e.reason = reason;
  e.rule = f->rule;
  e.client = f.client().address;
  e.client_port = f.client().port;
  e.outer = f.outer().address;
  e.outer_port = f.outer().port;
  e.server = f.server().address;
  e.server_port = f.server().port;
  e.pinhole = f.pinhole_id();
  e.flow = context.flows->id_of(index);
  e.bytes = f.bytes(Direction::from_client) + f.bytes(Direction::from_server);
  e.duration = context.now - f.opened();
  context.tell(e);
}

}  // namespace

void cut(Context& context, const flow::Flow& flow, stats::Reason reason, bool silent) noexcept {
  if (flow.has(FlowFlag::cut)) return;
  const std::uint32_t index = flow.index();
  if (flow.is_tcp() && !silent) {
    reset_from(context, flow, Direction::from_client);
    reset_from(context, flow, Direction::from_server);
  }
  flow->set(FlowFlag::cut);
  if (silent) flow->set(FlowFlag::silent);
  flow->cut_reason = reason;
  if (flow.has(FlowFlag::half_open)) context.flows->established(index);
  flow.seen_at(context.now);
  arm_timer(context, index);
  // A full list only means that the buffers stay until the record goes.
  context.cut_flows.push_back(index);
  context.count(reason);
  tell_cut(context, flow, index, reason, silent);
}

}  // namespace rpcgate::datapath
