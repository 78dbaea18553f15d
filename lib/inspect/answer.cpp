// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Responses and faults: each answers a call that is outstanding, a call that was poisoned gets no
// response, and a protected call no bare one.
#include "inspect/lists.hpp"

namespace rpcgate::inspect {
namespace {

// A fault that names no outstanding call: servers also fault an alter_context, a third
// authentication leg, and late fragments of a call they have given up already.
Verdict judge_unmatched_fault(Judging& j) noexcept {
  Association& a = j.association;
  const std::uint32_t id = j.header().call_id;
  const BindItem* bind = oldest_bind(j);
  if (bind != nullptr && bind->call_id == id) {
    drop_faulted_bind(j);
    return released;
  }
  const bool known = a.request.call_id == id || (a.auth3_seen && a.auth3_call == id);
  return known || j.lenient() ? released : cut(stats::Reason::pdu_unexpected);
}

Verdict judge_fault(Judging& j) noexcept {
  OpenRequest& request = j.association.request;
  const std::uint32_t id = j.header().call_id;
  if (find_call(j, id) == nullptr) return judge_unmatched_fault(j);
  if (request.open && request.call_id == id) request.faulted = true;
  note_answered(j, *find_call(j, id), true);
  remove_call(j, id);
  return released;
}

}  // namespace

Verdict judge_answer_head(Judging& j) noexcept {
  const dcerpc::CommonHeader& header = j.header();
  if (header.type == dcerpc::PduType::fault) return judge_fault(j);
  CallItem* call = find_call(j, header.call_id);
  if (j.lenient()) {
    if (call != nullptr && header.first()) note_answered(j, *call, false);
    if (call != nullptr && header.last()) remove_call(j, header.call_id);
    return released;
  }
  const bool mapper = j.association.mapper;
  if (call == nullptr)
    return cut(mapper ? stats::Reason::answer_without_question : stats::Reason::pdu_unexpected);
  if (call->poisoned) return cut(stats::Reason::pdu_unexpected);
  if (call->level >= static_cast<std::uint8_t>(dcerpc::AuthLevel::call) && !header.has_trailer())
    return cut(stats::Reason::protection_too_low);
  if (header.first() == call->answering) return cut(stats::Reason::pdu_unexpected);
  if (header.first()) note_answered(j, *call, false);
  call->answering = true;
  if (header.last()) remove_call(j, header.call_id);
  return released;
}

}  // namespace rpcgate::inspect
