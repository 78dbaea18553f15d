// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What is remembered of one association (a DCE/RPC conversation on one TCP connection): a fixed
// part inside the flow's record and lists of 64-byte items in the worker's item pool. All of it is
// plain data: no pointer, links are item numbers, so it can be counted, dumped and adopted by a new
// process. Only the worker that owns the flow writes it, through inspect/inspector.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "base/clock.hpp"
#include "dcerpc/bind.hpp"
#include "dcerpc/pdu.hpp"
#include "dcerpc/uuid.hpp"
#include "policy/types.hpp"
#include "wire/reader.hpp"

namespace rpcgate::inspect {

inline constexpr std::uint32_t no_item = 0xffffffffu;

// Where in the PDU the next bytes of a direction lie.
enum class Phase : std::uint8_t {
  header,   // the 16 bytes every PDU begins with: read
  body,     // all that follows of a PDU that is judged as one piece: read
  token,    // of a bind with a very long token: that, read apart from what is before it
  request,  // data flows: the rest of a request's header, with its object UUID: read
  stub,     // up to the security trailer: pass
  trailer,  // the eight bytes of the security trailer: read
  rest      // up to the end of the PDU: pass
};

// One direction: framing, and the header of the PDU in progress.
struct Direction {
  Phase phase = Phase::header;
  bool order_known = false;
  wire::ByteOrder order = wire::ByteOrder::little;  // of this direction's first PDU
  dcerpc::CommonHeader header{};
  std::uint32_t wanted = 16;  // bytes of this phase that are still to come
};

// The request a client is sending; servers keep at most one that is not yet complete (MS-RPCE
// 3.3.1.5.8). Later fragments must repeat what the first one said.
struct OpenRequest {
  bool open = false;
  bool poisoned = false;  // opnum FFFF in every fragment (older servers obey the last one)
  bool faulted = false;   // the server answered already: the rest may or may not come
  bool has_object = false;
  bool has_auth = false;
  bool trailer_seen = false;  // the first fragment's trailer, below, is known
  bool registering = false;   // asks for notifications: its first PDU is read whole
  bool gathering = false;     // an endpoint mapper call: its fragments are held until the last
  dcerpc::AuthType auth_type{};
  dcerpc::AuthLevel auth_level{};
  std::uint32_t auth_context = 0;
  std::uint32_t call_id = 0;
  std::uint32_t bytes = 0;
  std::uint16_t fragments = 0;
  std::uint16_t context = 0;
  std::uint16_t opnum = 0;
  std::uint8_t flags = 0;  // but those that differ between fragments
  dcerpc::Uuid object{};
};

// A bind or alter_context whose token comes apart from it: what its security trailer said.
struct AwaitedToken {
  dcerpc::AuthType type{};
  dcerpc::AuthLevel level{};
  std::uint32_t context_id = 0;
};

// What bytes that no rule reads need comes first, in one cache line.
struct alignas(64) Association {
  Direction client;
  Direction server;
  Instant client_moved{};  // when the client last said something, or could not
  Instant server_moved{};  // when the server's last PDU began
  std::uint32_t first_call = no_item;
  std::uint16_t calls = 0;  // counts of the lists
  std::uint16_t binds = 0;
  std::uint8_t contexts = 0;
  std::uint8_t securities = 0;
  std::uint16_t max_fragment = 0;  // of the server's PDUs, as the server said at bind
  bool mapper = false;             // FlowKind
  bool bind_seen = false;          // the client's first PDU has come
  bool bound = false;              // the server has accepted the bind
  bool refused = false;            // a bind_nak came: no context is left
  bool conc_mpx = false;           // concurrent multiplexing was accepted
  bool connect_context = false;    // a security context of level CONNECT exists
  bool auth3_seen = false;         // its call id, below: a server may fault it
  bool trailer_seen = false;       // some request carried a security trailer
  bool asked = false;              // the client has made a request
  bool beyond_mapper = false;      // an interface other than the mapper's own was accepted
  std::uint8_t strays = 0;         // requests on contexts that were never accepted
  std::uint32_t first_context = no_item;
  std::uint32_t first_security = no_item;
  std::uint32_t first_bind = no_item;
  std::uint32_t first_question = no_item;
  std::uint32_t group = 0;          // association group the server put this connection into
  Instant group_told{};             // when the group table last heard of it
  std::uint32_t session = no_item;  // in the worker's notify::Sessions
  std::uint32_t auth3_call = 0;
  std::uint16_t open_answers = 0;  // mapper answers of which fragments are held
  std::uint16_t callbacks = 0;     // calls of the server that the client has not answered
  OpenRequest request;
  AwaitedToken token;
};
static_assert(std::is_trivially_copyable_v<Association>);

// --- items ---------------------------------------------------------------------------------------

// Transfer syntaxes of an element, as a set.
using Syntaxes = std::uint8_t;
inline constexpr Syntaxes syntax_ndr32 = 1;
inline constexpr Syntaxes syntax_ndr64 = 2;
inline constexpr Syntaxes syntax_features = 4;  // bind time feature negotiation (MS-RPCE 3.3.1.5.3)
inline constexpr Syntaxes syntax_other = 8;

enum class ContextState : std::uint8_t {
  pending,   // asked for, the server has not answered
  poisoned,  // asked for, refused by us: the server has to refuse it too
  accepted
};

// How a request is protected, and who makes it.
struct Terms {
  policy::Protection level = policy::Protection::none;
  policy::Caller caller = policy::Caller::unauthenticated;
  policy::Mechanism mechanism = policy::Mechanism::whichever;
  friend constexpr bool operator==(const Terms&, const Terms&) = default;
};

// Operations that need not be asked for again: requests of them passed on these terms under these
// rules, and nothing was to be told or done.
struct Granted {
  static constexpr unsigned most = 64;
  std::uint64_t opnums = 0;  // one bit each, those below `most`
  std::uint32_t generation = 0;
  Terms terms;

  constexpr bool contains(std::uint16_t opnum) const noexcept {
    return opnum < most && ((opnums >> opnum) & 1) != 0;
  }
};

struct ContextItem {  // a presentation context
  std::uint32_t next = no_item;
  ContextState state = ContextState::pending;
  Syntaxes offered = 0;
  Syntaxes accepted = 0;
  std::uint8_t asked = 0;  // in how many elements of unanswered binds it stands
  std::uint16_t id = 0;
  dcerpc::InterfaceId interface;
  policy::RuleId rule = policy::no_rule;
  Granted granted;
};

struct SecurityItem {  // a security context
  std::uint32_t next = no_item;
  std::uint32_t id = 0;
  dcerpc::AuthType type{};
  dcerpc::AuthLevel level{};
  policy::Caller caller = policy::Caller::pending;
  bool ntlm = false;  // the server answered with an NTLM challenge: only an NTLM token names anyone
  bool told = false;  // its refusal was told: its requests are refused in silence
  policy::Mechanism mechanism = policy::Mechanism::unknown;
  std::uint8_t user_size = 0;
  std::array<char, 46> user{};  // of Kerberos: the service
};

struct CallItem {  // an outstanding call: its answer has not ended
  std::uint32_t next = no_item;
  std::uint32_t id = 0;
  std::uint16_t context = 0;
  std::uint16_t opnum = 0;
  std::uint8_t level = 1;  // what its first fragment carried; 0: its trailer has not come
  bool poisoned = false;
  bool answering = false;            // a first fragment of the answer has come
  bool unregisters = false;          // takes back a registration for notifications
  std::uint8_t registration = 0xff;  // that waits for this answer: a slot of the session
};

struct BindItem {  // a bind or alter_context whose answer has not come; results come in its order
  std::uint32_t next = no_item;
  std::uint32_t call_id = 0;
  bool alter = false;
  std::uint8_t elements = 0;
  std::uint16_t poisoned = 0;  // one bit an element
  std::uint16_t features = 0;  // feature negotiation alone: makes no context
  std::array<std::uint16_t, dcerpc::max_bind_elements> ids{};
};

// A question on the mapper's port whose answer, which has not come, may open something.
struct QuestionItem {
  enum class Kind : std::uint8_t { map, lookup, activation, resolve };
  std::uint32_t next = no_item;
  std::uint32_t call_id = 0;
  Kind kind = Kind::map;
  std::uint8_t operation = 0;  // activation: dcerpc::ActivationOp; resolve: dcerpc::ResolverOp
  Syntaxes syntax = 0;  // how the answer is written; both bits: the context was still pending
  bool poisoned = false;
  bool open = false;  // fragments of its answer are held
  std::uint8_t level = 1;
  std::uint16_t context = 0;
  std::uint16_t fragments = 0;  // of the answer, so far
  std::uint32_t bytes = 0;
  dcerpc::InterfaceId interface;
  policy::RuleId rule = policy::no_rule;
};

inline constexpr std::size_t item_size = 64;
static_assert(sizeof(ContextItem) <= item_size && sizeof(SecurityItem) <= item_size &&
              sizeof(CallItem) <= item_size && sizeof(BindItem) <= item_size &&
              sizeof(QuestionItem) <= item_size);

}  // namespace rpcgate::inspect
