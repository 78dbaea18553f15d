// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "datapath/flow_life.hpp"

#include <algorithm>

#include "datapath/admission.hpp"
#include "datapath/build.hpp"
#include "datapath/headers.hpp"
#include "datapath/probe.hpp"
#include "datapath/stages/stages.hpp"
#include "nat/rewrite.hpp"
#include "nat/source_ports.hpp"
#include "policy/rule.hpp"

namespace rpcgate::datapath {
namespace {

using flow::Flow;
using flow::FlowFlag;
using flow::FlowImage;
using flow::TcpPhase;
using policy::Service;
using stats::Drop;
using stats::Reason;

constexpr std::uint32_t timer_budget = 1024;  // looked at in a turn; the wheel goes on next turn

// After a reset nothing more is expected but what is under way already.
constexpr Duration after_reset = seconds{2};

void tell_limit(Context& context, const PacketMeta& m, policy::RuleId rule,
                Reason reason) noexcept {
  context.count(reason);
  if (!context.gate.may_tell(gate_key(m.source, 0, event::Kind::limit_reached), context.now))
    return;
  event::Event e;
  e.time = context.now;
  e.kind = event::Kind::limit_reached;
  e.action = event::Action::dropped;
  e.reason = reason;
  e.rule = rule;
  e.client = m.source;
  e.client_port = m.source_port;
  e.outer = m.destination;
  e.outer_port = m.destination_port;
  context.tell(e);
}

bool opens_connection(const PacketMeta& m) noexcept {
  return (m.tcp_flags & (tcph::syn | tcph::ack | tcph::rst | tcph::fin)) == tcph::syn;
}

FlowImage image_for(const Context& context, const PacketMeta& m, const Opening& o) noexcept {
  FlowImage r;
  const flow::FlowKey as_seen{m.source,           m.destination, m.source_port,
                              m.destination_port, m.protocol,    {}};
  r.from_client = m.direction == Direction::from_client ? as_seen : flow::reversed(as_seen);
  r.from_server = {o.server.address,          r.from_client.source, o.server.port,
                   r.from_client.source_port, m.protocol,           {}};
  r.rule = o.rule;
  r.policy_generation = context.policy->generation();
  r.opened = context.now;
  r.heard = {context.now, context.now};
  if (o.service != Service::plain && m.is_tcp()) r.set(FlowFlag::inspected);
  if (o.service == Service::mapper) r.set(FlowFlag::mapper);
  if (o.outbound) r.set(FlowFlag::outbound);
  if (context.lenient) r.set(FlowFlag::lenient);
  if (m.is_tcp()) r.set(FlowFlag::half_open);
  return r;
}

// The client goes out by another address and a port that is free there. False: none is.
bool translate_source(const Context& context, const Opening& o, FlowImage& r) noexcept {
  if (o.source_nat.is_unspecified()) return true;
  const policy::Rule* rule = context.policy->rule(o.rule);
  if (rule == nullptr) return false;
  r.from_server.destination = o.source_nat;
  const nat::PortBlock block =
      nat::block_of(rule->clients.rank(r.from_client.source), rule->clients.size());
  for (std::uint32_t attempt = 0; attempt < nat::most_attempts; ++attempt) {
    r.from_server.destination_port = nat::port_in(block, r.from_client.source_port, attempt);
    if (!context.flows->lookup(r.from_server)) return true;
  }
  return false;
}

// Has the client room for one more? Otherwise why not.
bool has_room(Context& context, const PacketMeta& m, const Opening& o) noexcept {
  const config::Limits& limits = limits_of(context, o.rule);
  const flow::ClientCounts counts = context.flows->counts_of(m.source);
  if (counts.flows < limits.flows_per_client &&
      (!m.is_tcp() || counts.half_open < limits.half_open_per_client))
    return true;
  tell_limit(context, m, o.rule, Reason::connection_limit);
  return false;
}

// Takes one connection of the pinhole; false when it has all it may have.
bool use_pinhole(Context& context, FlowImage& image, const Opening& o) noexcept {
  if (o.pinhole == pinhole::no_index) return true;
  if (!context.pinholes->connection_opened(o.pinhole, context.now)) return false;
  image.pinhole_id = (*context.pinholes)[o.pinhole].id;
  return true;
}

void leave_pinhole(Context& context, std::uint64_t id) noexcept {
  if (id == 0) return;
  // The pinhole may have been closed, and its place taken by another one.
  const std::uint32_t pinhole = context.pinholes->index_of_id(id);
  if (pinhole != pinhole::no_index) context.pinholes->connection_closed(pinhole, context.now);
}

// Inserts the flow and opens its stream. False: no room somewhere; nothing is left behind.
bool insert(Context& context, const FlowImage& image, std::uint32_t& index) noexcept {
  const flow::Inserted inserted = context.flows->insert(image);
  if (inserted.result != flow::Inserted::Result::inserted) return false;
  index = inserted.index;
  const Flow flow = (*context.flows)[index];
  if (!flow.has(FlowFlag::inspected) || stream_open(context, flow)) return true;
  context.flows->erase(index);
  return false;
}

// Do the rules still let it go out as it does?
bool keeps_source(const Flow& f, const policy::Admission& a) noexcept {
  if (!f.has(FlowFlag::outbound)) return true;
  const wire::IpAddress seen = a.source_nat.is_unspecified() ? f.client().address : a.source_nat;
  return f.client_seen().address == seen;
}

Reason judge_static(Context& context, const Flow& f) noexcept {
  const wire::Endpoint outer = f.outer();
  const policy::Admission a = context.policy->admit(
      {f.client().address, outer.address, f.has(FlowFlag::outbound)},
      static_cast<wire::Protocol>(f->protocol), outer.port, policy::Moment::goes_on);
  const bool inspected = a.service == Service::mapper || (a.service == Service::rpc && f.is_tcp());
  const bool same_kind = a.service != Service::none && f.has(FlowFlag::inspected) == inspected &&
                         f.has(FlowFlag::mapper) == (a.service == Service::mapper);
  if (a.service == Service::none && a.reason == Reason::outside_schedule) return a.reason;
  if (!same_kind || !(a.server == f.server()) || !keeps_source(f, a)) return Reason::policy_changed;
  f->rule = a.rule;
  return Reason::none;
}

// Its pinhole lives no more: the pinhole's rule is over for now, or the rules are others.
Reason why_without_pinhole(const Context& context, const Flow& f) noexcept {
  const policy::Rule* rule = context.policy->rule(f->rule);
  const bool over =
      rule != nullptr && !policy::holds(rule->holding, rule->action, policy::Moment::goes_on);
  return over ? Reason::outside_schedule : Reason::policy_changed;
}

}  // namespace

bool open_flow(Context& context, rte_mbuf* mbuf) noexcept {
  PacketMeta& m = meta_of(mbuf);
  const Opening opening = context.openings[m.flow];
  m.unset(PacketMeta::opens);
  m.flow = no_flow;
  const auto refuse = [&](Drop reason) noexcept {
    context.drop(mbuf, reason);
    return false;
  };
  const flow::Found found = context.flows->lookup(
      {m.source, m.destination, m.source_port, m.destination_port, m.protocol, {}});
  if (found) {
    m.flow = found.index;
    m.direction = found.direction;
    return true;
  }
  if (m.is_tcp() && !opens_connection(m)) {
    if (!context.lenient || (m.tcp_flags & tcph::rst) != 0) return refuse(Drop::not_a_syn);
    m.set(PacketMeta::lenient_start);
  }
  if (!has_room(context, m, opening)) return refuse(Drop::flow_limit);
  FlowImage image = image_for(context, m, opening);
  if (!translate_source(context, opening, image)) {
    tell_limit(context, m, opening.rule, Reason::no_source_port);
    return refuse(Drop::flow_limit);
  }
  nat::prepare(image);
  if (!use_pinhole(context, image, opening)) {
    tell_limit(context, m, opening.rule, Reason::connection_limit);
    return refuse(Drop::pinhole_limit);
  }
  std::uint32_t index = no_flow;
  if (!insert(context, image, index)) {
    leave_pinhole(context, image.pinhole_id);
    tell_limit(context, m, opening.rule, Reason::state_table_full);
    return refuse(Drop::flow_table_full);
  }
  m.flow = index;
  context.count(stats::Counter::flows_opened);
  arm_timer(context, index);
  return true;
}

Reason rejudge_flow(Context& context, std::uint32_t index) noexcept {
  const Flow f = (*context.flows)[index];
  if (f->policy_generation == context.policy->generation()) return Reason::none;
  Reason reason = Reason::none;
  if (f.pinhole_id() != 0) {
    const std::uint32_t pinhole = context.pinholes->index_of_id(f.pinhole_id());
    const bool lives = pinhole != pinhole::no_index && pinhole_lives_on(context, pinhole);
    if (!lives) reason = why_without_pinhole(context, f);
  } else {
    reason = judge_static(context, f);
  }
  if (reason == Reason::none && f.has(FlowFlag::inspected)) reason = stream_rejudge(context, f);
  if (reason != Reason::none) return reason;
  f->policy_generation = context.policy->generation();
  arm_timer(context, index);  // its limits may be others
  return reason;
}

void remove_flow(Context& context, std::uint32_t index) noexcept {
  const Flow f = (*context.flows)[index];
  if (f.has(FlowFlag::inspected)) stream_close(context, f);
  leave_pinhole(context, f.pinhole_id());
  context.timers->cancel(context.flows->timer_links(), index);
  context.flows->erase(index);
  context.count(stats::Counter::flows_closed);
}

void end_flow(Context& context, std::uint32_t index) noexcept {
  for (const std::uint32_t ended : context.ended_flows)
    if (ended == index) return;
  // A full list: the flow's timer will end it.
  context.ended_flows.push_back(index);
}

Instant deadline_of(const Context& context, const Flow& f) noexcept {
  const config::Limits& limits = limits_of(context, f->rule);
  if (f.has(FlowFlag::cut)) return f.last_seen(context.now) + limits.tcp_closing;
  if (!f.is_tcp()) return f.last_seen(context.now) + limits.udp_idle;
  switch (f->tcp.phase()) {
    case TcpPhase::none:
    case TcpPhase::syn_sent:
    case TcpPhase::syn_received:
      return f.opened() + limits.tcp_handshake;
    case TcpPhase::established:
    case TcpPhase::fin_wait:
    case TcpPhase::close_wait:
      // Where ends are probed their age ends nothing.
      if (const Instant probe_due = next_probe(context, f); probe_due != Instant::max())
        return probe_due;
      return f.last_seen(context.now) + limits.tcp_idle;
    case TcpPhase::closing:
    case TcpPhase::time_wait:
      return f.last_seen(context.now) + limits.tcp_closing;
    case TcpPhase::closed:
      return f.last_seen(context.now) + std::min(after_reset, limits.tcp_closing);
  }
  return f.last_seen(context.now);
}

void arm_timer(Context& context, std::uint32_t index) noexcept {
  context.timers->arm(context.flows->timer_links(), index,
                      deadline_of(context, (*context.flows)[index]), context.now);
}

void expire(Context& context) noexcept {
  for (const std::uint32_t index : context.cut_flows) {
    const Flow f = (*context.flows)[index];
    if (f.has(FlowFlag::inspected)) stream_close(context, f);
  }
  context.cut_flows.clear();
  for (const std::uint32_t index : context.ended_flows) remove_flow(context, index);
  context.ended_flows.clear();
  context.timers->advance(context.now, context.flows->timer_links(), timer_budget,
                          [&](std::uint32_t index) noexcept {
                            const Flow f = (*context.flows)[index];
                            if (deadline_of(context, f) > context.now)
                              return arm_timer(context, index);
                            if (next_probe(context, f) <= context.now) return probe(context, index);
                            if (f.has(FlowFlag::half_open))
                              context.count(Reason::handshake_timeout);
                            else if (!f.has(FlowFlag::cut) && f->tcp.phase() < TcpPhase::closing)
                              context.count(Reason::idle);
                            remove_flow(context, index);
                          });
  context.pinholes->expire(context.now, timer_budget,
                           [&](const pinhole::PinholeRecord& p) noexcept {
                             tell_pinhole_closed(context, p, Reason::pinhole_expired);
                           });
  context.sessions->expire(context.now, timer_budget);
}

}  // namespace rpcgate::datapath
