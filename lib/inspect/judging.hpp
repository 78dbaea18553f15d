// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What the parts of the judgement share: the state of one call of judge(), how a refusal is counted
// and told, and what each part is for. Only lib/inspect includes this.
#pragma once

#include <string_view>

#include "dcerpc/bind.hpp"
#include "inspect/inspector.hpp"

namespace rpcgate::inspect {

struct Judging {
  Association& association;
  Env& env;
  Direction& direction;   // the one the bytes come from
  bool poisoned = false;  // the PDU at hand was counted as poisoned

  const policy::Scope& scope() const noexcept { return env.flow.scope; }
  bool lenient() const noexcept { return env.flow.lenient; }
  const dcerpc::CommonHeader& header() const noexcept { return direction.header; }
};

// How often the group table hears of a connection that goes on.
inline constexpr Duration group_refresh = seconds{60};

inline constexpr Verdict released{};
inline constexpr Verdict held{Release::hold};
inline constexpr Verdict cut(stats::Reason reason) noexcept {
  return {Release::cut, reason};
}
inline constexpr bool is_cut(const Verdict& v) noexcept {
  return v.release == Release::cut;
}

inline void poison(MutableBytes bytes) noexcept {
  for (std::byte& b : bytes) b = std::byte{0xff};
}

// --- events.cpp ----------------------------------------------------------------------------------

// What an event says beside the flow's own fields.
struct Fact {
  event::Kind kind{};
  stats::Reason reason = stats::Reason::none;
  policy::RuleId rule = policy::no_rule;  // none: the flow's
  const dcerpc::InterfaceId* interface = nullptr;
  event::Action action = event::Action::passed;
  bool has_opnum = false;
  std::uint16_t opnum = 0;
  std::uint8_t level = 0;
  std::string_view user{};
  std::string_view service{};
  std::string_view technique{};
  const dcerpc::Uuid* clsid = nullptr;
  std::uint64_t pinhole = 0;  // these three, 0: the flow's; so are addresses that are null
  wire::L4Port server_port = 0;
  wire::L4Port outer_port = 0;
  const wire::IpAddress* outer = nullptr;
  const wire::IpAddress* server = nullptr;
};
// False: the ring is full.
bool tell(const Env& env, const Fact& fact) noexcept;
// Of a rule that learns: each fact once in a while. It has an interface.
void tell_learned(Judging& j, const Fact& fact) noexcept;

// Refuses in the way the rule wants it. Not a cut: the refusal is counted and told, the caller
// poisons and goes on. A cut is told here, and counted by the one who makes it.
Verdict refuse(Judging& j, policy::Refuse how, Fact fact) noexcept;

// The PDU at hand was edited so that its reader refuses it; counted once a PDU.
void count_poisoned(Judging& j) noexcept;

// The limits of the rule that admitted the flow.
const policy::Limits& limits_of(const Judging& j) noexcept;

// How the rule that admitted the flow refuses.
policy::Refuse refuse_of_flow(const Judging& j) noexcept;

// --- bind.cpp, bind_answer.cpp -------------------------------------------------------------------

// May the client reach the interface at this flow's server? `bound`: here, by a bind; otherwise
// asked of the mapper, to be reached elsewhere.
policy::InterfaceVerdict judge_interface_here(
    const Judging& j, const dcerpc::InterfaceId& interface, bool bound,
    policy::Moment moment = policy::Moment::begins) noexcept;

Verdict judge_bind(Judging& j, MutableBytes pdu) noexcept;         // and alter_context
Verdict judge_bind_answer(Judging& j, MutableBytes pdu) noexcept;  // and alter_context_resp
Verdict judge_bind_nak(Judging& j, Bytes pdu) noexcept;
// The server answered the oldest alter_context with a fault.
void drop_faulted_bind(Judging& j) noexcept;

// --- auth.cpp ------------------------------------------------------------------------------------

// The client's token on a bind, alter_context or auth3: what is claimed, and who calls.
Verdict judge_token(Judging& j, MutableBytes pdu, const dcerpc::SecurityTrailer& trailer) noexcept;
// The same of a token that comes apart (Phase::token): what the trailer says, then the token, which
// cannot be edited any more.
Verdict await_token(Judging& j, const dcerpc::SecurityTrailer& trailer) noexcept;
Verdict judge_long_token(Judging& j, Bytes token) noexcept;
// The server's: an NTLM challenge says which mechanism it really took.
Verdict judge_server_token(Judging& j, Bytes pdu, const dcerpc::SecurityTrailer& trailer) noexcept;
Verdict judge_auth3(Judging& j, MutableBytes pdu) noexcept;

// --- request.cpp ---------------------------------------------------------------------------------

// CALL is treated as PACKET (MS-RPCE 2.2.1.1.8).
policy::Protection protection_of(dcerpc::AuthLevel level) noexcept;
inline Terms terms_of(const SecurityItem& security) noexcept {
  return {protection_of(security.level), security.caller, security.mechanism};
}
// What all fragments have to say alike: not which of them they are, nor that a cancel is pending.
constexpr std::uint8_t lasting_flags(const dcerpc::CommonHeader& header) noexcept {
  constexpr unsigned passing =
      dcerpc::flag_first_fragment | dcerpc::flag_last_fragment | dcerpc::flag_pending_cancel;
  return static_cast<std::uint8_t>(header.flags & ~passing);
}
// Bytes of stub data, padding included: what is known before the trailer.
constexpr std::uint32_t stub_length(const dcerpc::CommonHeader& header) noexcept {
  const std::uint32_t end = header.has_trailer() ? header.trailer_offset() : header.frag_length;
  return end - header.stub_offset();
}

// The rest of a request's header: alloc_hint, context, opnum and, if flagged, the object UUID.
Verdict judge_request_head(Judging& j, MutableBytes rest) noexcept;
// The eight bytes of a request's security trailer. `opnum`: where a refusal is written while it has
// not left; empty: into the trailer's level.
Verdict judge_request_trailer(Judging& j, MutableBytes eight, MutableBytes opnum) noexcept;

// --- notification.cpp ----------------------------------------------------------------------------

// A context was accepted: a connection to a mailbox store is part of a session.
void note_session(Judging& j) noexcept;
// Is this granted request one that asks for notifications, and must be read whole?
bool asks_for_notifications(const Judging& j, const dcerpc::RequestHeader& head) noexcept;
// What of such a request lies behind its common header, the first fragment of its call.
Verdict judge_registration(Judging& j, MutableBytes tail) noexcept;
// The answer to a call has begun, or a fault has come.
void note_answered(Judging& j, const CallItem& call, bool fault) noexcept;
void leave_session(Judging& j) noexcept;

// --- callback.cpp
// ---------------------------------------------------------------------------------

// The rest of the header of a request that the server makes.
Verdict judge_callback(Judging& j, MutableBytes rest) noexcept;
// May the server call at all? What is asked before a request of its is read.
bool may_call_back(const Judging& j) noexcept;
// The header of the client's answer to one has come; there is one that waits for it.
void note_callback_answer(Judging& j) noexcept;

// --- answer.cpp ----------------------------------------------------------------------------------

// The header of a response or fault: does it answer a call, and as well protected?
Verdict judge_answer_head(Judging& j) noexcept;

// --- mapper_request.cpp, mapper_answer.cpp -------------------------------------------------------

// A whole request PDU on a mapper flow, the last of `held`.
Verdict judge_mapper_request(Judging& j, MutableBytes pdu, MutableBytes held) noexcept;
// A whole response or fault PDU on a mapper flow, the last of `held`.
Verdict judge_mapper_answer(Judging& j, MutableBytes pdu, MutableBytes held) noexcept;

}  // namespace rpcgate::inspect
