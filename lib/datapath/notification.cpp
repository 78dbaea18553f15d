// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "datapath/notification.hpp"

#include <algorithm>

#include "datapath/admission.hpp"
#include "datapath/build.hpp"
#include "datapath/headers.hpp"
#include "dcerpc/emsmdb.hpp"
#include "nat/rewrite.hpp"
#include "policy/rule.hpp"

namespace rpcgate::datapath {
namespace {

using notify::Fate;
using notify::SessionRecord;
using policy::Notifications;
using stats::Drop;

constexpr dcerpc::InterfaceId store{dcerpc::emsmdb_uuid, 0, 81};

// The session's rule, when it still lets its clients be notified. New rules may give the store to
// another one, or want more of a registration than those before.
const policy::Rule* rule_of(const Context& context, SessionRecord& session) noexcept {
  const policy::Snapshot& policy = *context.policy;
  if (session.policy_generation == policy.generation()) return policy.rule(session.rule);
  const policy::Rule* before = policy.rule(session.rule);
  const policy::Scope scope{session.client, session.outer, before != nullptr && before->outbound};
  const policy::InterfaceVerdict verdict =
      policy.judge_interface(scope, store, false, policy::Moment::goes_on);
  const policy::Rule* rule = verdict.allowed ? policy.rule(verdict.rule) : nullptr;
  if (rule == nullptr || rule->notifications == Notifications::off ||
      !policy.may_name(*rule, scope, session.server) ||
      (session.seen != session.client && session.seen != rule->source_nat))
    return nullptr;
  if (rule->notifications == Notifications::registered)
    for (notify::Registration& slot : session.slots)
      if (!slot.known) slot = notify::Registration{};
  session.rule = rule->id;
  session.policy_generation = policy.generation();
  return rule;
}

bool takes(const policy::Rule& rule, wire::L4Port port) noexcept {
  if (rule.notifications != Notifications::ports) return true;
  return std::any_of(rule.notification_ports.begin(), rule.notification_ports.end(),
                     [port](const policy::PortRange& range) { return range.contains(port); });
}

// It leaves in the name of the address that the client dialled, for the client itself.
void translate(rte_mbuf* mbuf, const SessionRecord& session, wire::L4Port client_port,
               bool from_outer) noexcept {
  PacketMeta& m = meta_of(mbuf);
  m.direction = Direction::from_server;
  m.outbound = from_outer;
  if (session.outer == m.source && session.client == m.destination) return;  // routed
  flow::FlowImage once;
  once.from_client = {session.client, session.outer, client_port, m.source_port, m.protocol, {}};
  once.from_server = {m.source, m.destination, m.source_port, m.destination_port, m.protocol, {}};
  nat::prepare(once);
  std::byte* frame = rte_pktmbuf_mtod(mbuf, std::byte*);
  nat::apply(once, Direction::from_server, frame + m.l3_offset, frame + m.l4_offset);
  m.source = session.outer;
  m.destination = session.client;
  m.destination_port = client_port;
}

void tell_passed(Context& context, const PacketMeta& m, const SessionRecord& session) noexcept {
  if (!context.gate.may_tell(
          gate_key(session.client, m.destination_port, event::Kind::notification_passed),
          context.now))
    return;
  event::Event e;
  e.time = context.now;
  e.kind = event::Kind::notification_passed;
  e.rule = session.rule;
  e.client = session.client;
  e.client_port = m.destination_port;
  e.outer = session.outer;
  e.outer_port = m.source_port;
  e.server = session.server;
  e.server_port = m.source_port;
  e.bytes = m.payload_length;
  context.tell(e);
}

bool is_whole(const Context& context, const rte_mbuf* mbuf) noexcept {
  const PacketMeta& m = meta_of(mbuf);
  const std::byte* h = rte_pktmbuf_mtod(mbuf, const std::byte*) + m.l4_offset;
  const bool unchecked = load_raw16(h + udph::checksum) == 0;  // RFC 768: none was computed
  return context.lenient || unchecked || m.has(PacketMeta::l4_verified) ||
         l4_checksum_is_right(mbuf);
}

// A payload that no registration can have is looked up as it is: nothing has it.
notify::Passage ask(Context& context, rte_mbuf* mbuf) noexcept {
  const PacketMeta& m = meta_of(mbuf);
  const bool possible = m.source_port >= notify::lowest_port &&
                        m.destination_port >= notify::lowest_port && m.payload_length > 0 &&
                        m.payload_length <= notify::max_payload &&
                        payload_head(mbuf).size() == m.payload_length;
  return context.sessions->pass(m.destination, m.source, m.destination_port,
                                possible ? Bytes{payload_head(mbuf)} : Bytes{}, context.now,
                                [&](SessionRecord& session) noexcept {
                                  const policy::Rule* rule = rule_of(context, session);
                                  return rule != nullptr && takes(*rule, m.destination_port);
                                });
}

}  // namespace

bool pass_notification(Context& context, rte_mbuf* mbuf) noexcept {
  const PacketMeta& m = meta_of(mbuf);
  if (m.protocol != static_cast<std::uint8_t>(wire::Protocol::udp) ||
      !context.sessions->knows(m.destination, m.source))
    return false;
  if (!is_whole(context, mbuf)) {
    context.drop(mbuf, Drop::bad_l4_checksum);
    return true;
  }
  const notify::Passage passage = ask(context, mbuf);
  switch (passage.fate) {
    case Fate::passes:
    case Fate::pins:
      break;
    case Fate::unknown:
    case Fate::unexpected:
      context.drop(mbuf, Drop::notification_unexpected);
      return true;
    case Fate::too_many:
      context.drop(mbuf, Drop::notification_flood);
      return true;
  }
  const SessionRecord& session = (*context.sessions)[passage.session];
  tell_passed(context, m, session);
  context.count(stats::Counter::notifications_passed);
  translate(mbuf, session, passage.client_port,
            context.ports[m.ingress].zone == interplane::Zone::outer);
  context.pass_on(mbuf);
  return true;
}

}  // namespace rpcgate::datapath
