// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "datapath/probe.hpp"

#include <algorithm>
#include <array>

#include "datapath/admission.hpp"
#include "datapath/build.hpp"
#include "datapath/flow_life.hpp"
#include "datapath/headers.hpp"
#include "datapath/stages/stages.hpp"
#include "tcp/header.hpp"

namespace rpcgate::datapath {
namespace {

using flow::Flow;
using flow::TcpPeer;
using flow::TcpPhase;

constexpr std::array ends{Direction::from_client, Direction::from_server};

bool may_be_probed(const Context& context, const Flow& f, std::uint32_t probes) noexcept {
  const bool open = f->tcp.phase() == TcpPhase::established ||
                    f->tcp.phase() == TcpPhase::fin_wait || f->tcp.phase() == TcpPhase::close_wait;
  return context.probing && probes != 0 && f.is_tcp() && open && !f.has(flow::FlowFlag::cut);
}

std::uint8_t unanswered(const Flow& f, Direction end) noexcept {
  return f->probes[static_cast<std::size_t>(end)];
}

Instant due_of(const Context& context, const Flow& f, Direction end,
               const config::Limits& limits) noexcept {
  return f.heard(end, context.now) + limits.probe_after +
         limits.probe_interval * unanswered(f, end);
}

// A segment in the other end's name, one number before what is expected: it changes nothing, and
// whoever has the connection answers with an acknowledgement of where it stands.
void ask(Context& context, const Flow& f, Direction end) noexcept {
  const TcpPeer& asked = f->tcp.peer(end);
  const TcpPeer& other = f->tcp.peer(opposite(end));
  TcpFields fields;
  // Where the end itself stands: with bytes in custody more has been told in its name.
  fields.sequence = stream_acknowledged(context, f, end).value_or(asked.ack) - 1;
  fields.acknowledgement = other.ack;
  fields.flags = tcph::ack;
  const auto room = static_cast<std::int32_t>(other.edge - other.ack);  // none after a window probe
  if (room > 0)
    fields.window = static_cast<std::uint16_t>(
        std::min<std::uint32_t>(static_cast<std::uint32_t>(room) >> other.scale(), 0xffff));
  // RFC 7323 3.2: with timestamps agreed on, a segment without them may go unanswered.
  const auto timestamp = [&f](Direction d) { return f->timestamps[static_cast<std::size_t>(d)]; };
  std::array<std::byte, tcp::max_option_size> options{};
  if (asked.has(TcpPeer::timestamps) && other.has(TcpPeer::timestamps))
    fields.options = Bytes{options}.first(
        tcp::write_options(options, true, timestamp(opposite(end)), timestamp(end), {}));
  rte_mbuf* mbuf = make_tcp(context, f, opposite(end), fields, {});
  if (mbuf == nullptr) return;  // counted; the next one may find a buffer
  context.count(stats::Counter::probes_sent);
  context.pass_on(mbuf);
}

}  // namespace

Instant next_probe(const Context& context, const Flow& flow) noexcept {
  const config::Limits& limits = limits_of(context, flow->rule);
  if (!may_be_probed(context, flow, limits.probes)) return Instant::max();
  return std::min(due_of(context, flow, Direction::from_client, limits),
                  due_of(context, flow, Direction::from_server, limits));
}

void probe(Context& context, std::uint32_t index) noexcept {
  const Flow f = (*context.flows)[index];
  const config::Limits& limits = limits_of(context, f->rule);
  for (const Direction end : ends) {
    if (due_of(context, f, end, limits) > context.now) continue;
    if (unanswered(f, end) >= limits.probes)
      return cut(context, f, stats::Reason::peer_gone, false);
    // A turn that comes very late (the machine was suspended) does not make an answer late: the
    // next probe is due an interval from now.
    if (context.now - due_of(context, f, end, limits) > limits.probe_interval)
      f.heard_at(end,
                 context.now - limits.probe_after - limits.probe_interval * unanswered(f, end));
    f->probes[static_cast<std::size_t>(end)] += 1u;
    if (f->tcp.peer(end).has(TcpPeer::ack_known)) ask(context, f, end);
  }
  arm_timer(context, index);
}

}  // namespace rpcgate::datapath
