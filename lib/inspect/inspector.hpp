// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The contract between the stream stage and the RPC judgement.
//
// For each direction of an inspected flow the stream stage keeps a position: every byte before it
// has been given to the judgement in order. It asks next_want() what the judgement needs from there
// on and does just that:
//   pass n : the next n bytes are read by no rule. They leave at once and are not kept.
//   read n : the next n bytes are gathered, however they are segmented, and given to judge() as one
//            contiguous, writable view. None of them leaves before the verdict. What was given is
//            pinned by the stream stage: a later retransmission carries the content judge() left.
// Verdicts: `release` - everything given so far in this direction may leave; `hold` - these bytes
// stay until a later verdict releases them (the stream stage acknowledges them itself, so holding
// stalls nobody); `cut` - reset both sides.
//
// What is counted where: a refusal by an edit is counted (reasons, pdus-poisoned) and told here. Of
// a cut judge() only returns the reason: the caller counts it, once, and tells `connection-reset`.
//
// judge() edits in place and never changes a length. With `Want::whole` the view `held` covers
// every byte not yet released in this direction (it ends with the bytes of this read), so a call
// spread over many held PDUs is read, and patched, as one piece. Otherwise held == unit.
//
// Called on the worker that owns the flow. No allocation beyond the item pool; noexcept.
#pragma once

#include <cstdint>

#include "arena/item_pool.hpp"
#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "event/event.hpp"
#include "event/gate.hpp"
#include "inspect/association.hpp"
#include "inspect/contract.hpp"
#include "inspect/groups.hpp"
#include "notify/sessions.hpp"
#include "pinhole/table.hpp"
#include "policy/snapshot.hpp"
#include "stats/counters.hpp"

namespace rpcgate::inspect {

// What is known of the flow; filled by the caller from its record.
struct FlowView {
  policy::Scope scope;  // client, published address
  wire::L4Port client_port = 0;
  wire::L4Port outer_port = 0;  // the port the client dialled
  wire::Endpoint server;
  wire::IpAddress client_seen;  // the client's address as the server sees it
  policy::RuleId rule = 0;      // the rule that admitted the flow
  std::uint64_t flow_id = 0;
  std::uint64_t pinhole_id = 0;
  bool lenient = false;  // replay: the capture may begin in the middle
};

// What judging may use. References live as long as the call.
struct Env {
  const policy::Snapshot& snapshot;
  const FlowView& flow;
  Instant now;
  arena::ItemPool& items;
  pinhole::Table& pinholes;
  stats::WorkerCounters& counters;
  event::Queue& events;
  AssociationGroups& groups;  // the worker's own
  notify::Sessions& sessions;
  event::LearningGate& learned;
};

enum class FlowKind : std::uint8_t { mapper, data };

// A new association, before any byte. Takes nothing from the pool yet.
void open(Association& association, FlowKind kind) noexcept;

// How many of the next bytes are read by no rule: next_want(), as far as it says `pass`.
inline std::uint32_t unread(const Association& association, Side from) noexcept {
  const Direction& d = from == Side::client ? association.client : association.server;
  return d.phase == Phase::stub || d.phase == Phase::rest ? d.wanted : 0;
}
// What to do with the bytes at the current position of `from`'s direction.
Want next_want(const Association& association, Side from) noexcept;

// Judges the bytes that the last next_want() asked for. `unit`: those bytes; `held`: see above.
Verdict judge(Association& association, Side from, MutableBytes unit, MutableBytes held,
              Env& env) noexcept;

// All that was to pass has passed: what is asked for next.
void all_passed(Direction& direction) noexcept;
// `length` bytes that the last next_want() let pass have left; fewer than asked may come at a time.
inline void passed(Association& association, Side from, std::uint32_t length) noexcept {
  Direction& d = from == Side::client ? association.client : association.server;
  d.wanted -= length < d.wanted ? length : d.wanted;
  if (d.wanted == 0) all_passed(d);
}

// Until when the connection may stay as it is, where nothing more is said; max(): as long as it
// likes. `opened`: when it began. Not for lenient flows, which may lack what was said.
struct Deadline {
  Instant at = Instant::max();
  stats::Reason reason = stats::Reason::none;  // when it has passed
};
Deadline deadline_of(const Association& association, Instant opened,
                     const policy::Limits& limits) noexcept;

// New rules are in force: may the association live on under env.snapshot? Otherwise the reason.
stats::Reason rejudge(Association& association, Env& env) noexcept;

// Lenient pick-up: could a PDU begin with these bytes?
bool may_start_pdu(Bytes bytes) noexcept;

// Lenient only: bytes were lost; drop all framing state of this direction and start anew at a PDU.
void resynchronise(Association& association, Side from) noexcept;

// The connection is gone: gives all items back to the pool.
void close(Association& association, Env& env) noexcept;

}  // namespace rpcgate::inspect
