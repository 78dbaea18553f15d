// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "datapath/admission.hpp"

#include "datapath/build.hpp"
#include "datapath/headers.hpp"
#include "datapath/notification.hpp"
#include "policy/rule.hpp"

namespace rpcgate::datapath {
namespace {

using interplane::Zone;
using policy::Admission;
using policy::Service;
using stats::Drop;
using stats::Reason;

bool is_syn(const PacketMeta& m) noexcept {
  return (m.tcp_flags & (tcph::syn | tcph::ack)) == tcph::syn;
}

// The packet as its client would have sent it: who is the client, and what did it dial?
struct Dialled {
  policy::Scope scope;
  wire::L4Port client_port = 0;
  wire::L4Port port = 0;
};
Dialled dialled_by(const PacketMeta& m) noexcept {
  if (m.direction == Direction::from_client)
    return {{m.source, m.destination, m.outbound}, m.source_port, m.destination_port};
  return {{m.destination, m.source, m.outbound}, m.destination_port, m.source_port};
}

pinhole::PinholeKey pinhole_key(const Dialled& d) noexcept {
  pinhole::PinholeKey key;
  key.client = d.scope.client;
  key.outer = d.scope.outer;
  key.outer_port = d.port;
  return key;
}

bool open_with(Context& context, PacketMeta& meta, const Opening& opening) noexcept {
  if (!context.openings.push_back(opening)) return false;
  meta.flow = static_cast<std::uint32_t>(context.openings.size() - 1);
  meta.set(PacketMeta::opens);
  return true;
}

void tell_refused(Context& context, const Dialled& d, const Admission& admission,
                  wire::Protocol protocol, Reason reason, bool reset) noexcept {
  context.count(reason);
  if (!context.gate.may_tell(gate_key(d.scope.client, d.port, event::Kind::connection_refused),
                             context.now))
    return;
  event::Event e;
  e.time = context.now;
  e.kind = event::Kind::connection_refused;
  e.action = reset ? event::Action::reset : event::Action::dropped;
  e.reason = reason;
  e.rule = admission.rule;
  e.client = d.scope.client;
  e.client_port = d.client_port;
  e.outer = d.scope.outer;
  e.outer_port = d.port;
  e.protocol = static_cast<std::uint8_t>(protocol);
  context.tell(e);
}

// A rule learns: which of its ports this client uses.
void tell_learned(Context& context, const Dialled& d, const Opening& opening,
                  wire::Protocol protocol) noexcept {
  const policy::Rule* rule = context.policy->rule(opening.rule);
  if (rule == nullptr || !rule->learning) return;
  const std::uint64_t what = event::Fingerprint{}
                                 .add(event::Kind::connection_allowed)
                                 .add(opening.rule)
                                 .add(d.scope.client.octets())
                                 .add(d.scope.outer.octets())
                                 .add(protocol)
                                 .add(d.port)
                                 .value();
  if (!context.learned.may_tell(what, context.now)) return;
  event::Event e;
  e.time = context.now;
  e.kind = event::Kind::connection_allowed;
  e.rule = opening.rule;
  e.client = d.scope.client;
  e.client_port = d.client_port;
  e.outer = d.scope.outer;
  e.outer_port = d.port;
  e.server = opening.server.address;
  e.server_port = opening.server.port;
  e.protocol = static_cast<std::uint8_t>(protocol);
  if (!context.tell(e)) context.learned.forget(what);
}

// No rule names the client and address: it hears nothing.
void refuse_stranger(Context& context, rte_mbuf* mbuf) noexcept {
  const PacketMeta& m = meta_of(mbuf);
  const int home = context.policy->ingress_port_of(m.destination);
  const bool same_zone =
      home >= 0 && static_cast<std::size_t>(home) < context.ports.size() &&
      context.ports[static_cast<std::size_t>(home)].zone == context.ports[m.ingress].zone &&
      !context.policy->is_published(m.destination);
  context.drop(mbuf, same_zone ? Drop::same_zone : Drop::no_rule);
}

// A rule names the client and address, but grants nothing on this port.
void refuse_named(Context& context, rte_mbuf* mbuf, const Dialled& d,
                  const Admission& admission) noexcept {
  const PacketMeta& m = meta_of(mbuf);
  const bool opens = !m.is_tcp() || is_syn(m);
  if (opens) {
    // A client may dial a port it was once told for hours without asking again: told at once by a
    // reset, it asks the mapper.
    const bool held = m.is_tcp() && context.pinholes->was_held(pinhole_key(d), context.now);
    const bool reset = m.is_tcp() && (admission.refuse == policy::Refuse::reset ||
                                      (held && admission.refuse != policy::Refuse::drop));
    tell_refused(context, d, admission, static_cast<wire::Protocol>(m.protocol),
                 held ? Reason::pinhole_expired : admission.reason, reset);
    if (reset) answer_with_reset(context, mbuf);
  }
  context.drop(mbuf, m.is_tcp() ? Drop::no_pinhole : Drop::no_rule);
}

// What the packet may open, by a rule or a pinhole: `service` none where nothing, and `admission`
// says why.
Opening opening_for(Context& context, const PacketMeta& m, const Dialled& d,
                    Admission& admission) noexcept {
  Opening opening;
  opening.outbound = m.outbound;
  opening.service = admission.service;
  opening.mode = admission.mode;
  opening.rule = admission.rule;
  opening.server = admission.server;
  opening.source_nat = admission.source_nat;
  if (admission.service == Service::none && m.is_tcp()) {
    opening.pinhole = context.pinholes->find(pinhole_key(d));
    if (opening.pinhole != pinhole::no_index && pinhole_lives_on(context, opening.pinhole)) {
      const pinhole::PinholeRecord& record = (*context.pinholes)[opening.pinhole];
      const policy::Rule* rule = context.policy->rule(record.rule);
      if (rule == nullptr || !holds(rule->holding, rule->action, policy::Moment::begins)) {
        admission.reason = Reason::outside_schedule;
        return opening;
      }
      opening.service = Service::rpc;
      opening.rule = record.rule;
      opening.server = record.server_endpoint();
      opening.source_nat = rule->source_nat;
    }
  }
  return opening;
}

enum class Fate : std::uint8_t { opens, refused, lost };

// Asks as if the packet came from its flow's client, or its server. `refused`: it stays the
// caller's.
Fate try_opening(Context& context, rte_mbuf* mbuf, Direction direction, bool outbound,
                 Admission& admission) noexcept {
  PacketMeta& m = meta_of(mbuf);
  m.direction = direction;
  m.outbound = outbound;
  const Dialled d = dialled_by(m);
  const auto protocol = static_cast<wire::Protocol>(m.protocol);
  admission = context.policy->admit(d.scope, protocol, d.port);
  const Opening opening = opening_for(context, m, d, admission);
  if (opening.service == Service::none) return Fate::refused;
  if (open_with(context, m, opening)) {
    tell_learned(context, d, opening, protocol);
    return Fate::opens;
  }
  context.drop(mbuf, Drop::internal);
  return Fate::lost;
}

void refuse(Context& context, rte_mbuf* mbuf, const Admission& admission) noexcept {
  if (admission.named)
    refuse_named(context, mbuf, dialled_by(meta_of(mbuf)), admission);
  else
    refuse_stranger(context, mbuf);
}

}  // namespace

bool admit_new(Context& context, rte_mbuf* mbuf) noexcept {
  PacketMeta& m = meta_of(mbuf);
  m.flow = no_flow;
  if (m.has(PacketMeta::icmp_error)) {
    context.drop(mbuf, Drop::icmp_unrelated);
    return false;
  }
  const bool from_inner = context.ports[m.ingress].zone == Zone::inner;
  Admission admission;
  const Fate fate = try_opening(context, mbuf, Direction::from_client, from_inner, admission);
  if (fate != Fate::refused) return fate == Fate::opens;
  if (pass_notification(context, mbuf)) return false;
  // A capture may begin with a server's packet: then what its client would have dialled is asked.
  if (context.lenient && m.is_tcp()) {
    Admission as_server;
    const Fate reversed =
        try_opening(context, mbuf, Direction::from_server, !from_inner, as_server);
    if (reversed != Fate::refused) return reversed == Fate::opens;
    m.direction = Direction::from_client;
    m.outbound = from_inner;
  }
  refuse(context, mbuf, admission);
  return false;
}

bool pinhole_lives_on(Context& context, std::uint32_t index) noexcept {
  const pinhole::PinholeRecord& p = (*context.pinholes)[index];
  const policy::Snapshot& policy = *context.policy;
  if (p.policy_generation == policy.generation()) return true;
  const policy::Rule* rule = policy.rule(p.rule);
  policy::Scope scope{p.key.client, p.key.outer, rule != nullptr && rule->outbound};
  if (rule != nullptr) scope = rule->judged_as(scope);
  bool granted = false;
  Reason reason = Reason::policy_changed;
  if (rule != nullptr && rule->action == policy::Action::allow && rule->rpc && rule->names(scope) &&
      policy.may_name(*rule, scope, p.server)) {
    for (std::uint32_t i = 0; i < p.interface_count && !granted; ++i) {
      const policy::InterfaceVerdict verdict =
          policy.judge_interface(scope, p.interfaces[i], true, policy::Moment::goes_on);
      granted = verdict.allowed;
      if (verdict.reason == Reason::outside_schedule) reason = verdict.reason;
    }
  }
  if (granted) {
    context.pinholes->judged(index, policy.generation());
    return true;
  }
  close_pinhole(context, index, reason);
  return false;
}

void tell_pinhole_closed(Context& context, const pinhole::PinholeRecord& record,
                         Reason reason) noexcept {
  event::Event e;
  e.time = context.now;
  e.kind = event::Kind::pinhole_closed;
  e.reason = reason;
  e.rule = record.rule;
  e.client = record.key.client;
  e.outer = record.key.outer;
  e.outer_port = record.key.outer_port;
  e.server = record.server;
  e.server_port = record.server_port;
  e.pinhole = record.id;
  e.duration = context.now - record.opened;
  if (record.interface_count > 0) {
    e.has_interface = true;
    e.interface = record.interfaces[0];
  }
  context.count(stats::Counter::pinholes_closed);
  context.tell(e);
}

void close_pinhole(Context& context, std::uint32_t index, Reason reason) noexcept {
  tell_pinhole_closed(context, (*context.pinholes)[index], reason);
  context.pinholes->close(index, context.now);
}

const config::Limits& limits_of(const Context& context, policy::RuleId rule) noexcept {
  const policy::Rule* found = context.policy->rule(rule);
  return found != nullptr ? found->limits : *context.limits;
}

std::uint64_t gate_key(const wire::IpAddress& client, wire::L4Port port,
                       event::Kind kind) noexcept {
  return event::Fingerprint{}.add(client.octets()).add(port).add(kind).value();
}

}  // namespace rpcgate::datapath
