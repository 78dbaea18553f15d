// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Who calls. A sealed call may still be nobody's: the key of an NTLM null session is no secret. So
// the NTLM AUTHENTICATE message is read (in auth3 or alter_context, raw or in SPNEGO), and where
// protection is demanded an anonymous one is poisoned in its signature; the server then refuses the
// next request. Whoever cannot be read stays `pending`, which is refused like nobody.
#include <algorithm>
#include <cstring>

#include "dcerpc/ntlm.hpp"
#include "inspect/lists.hpp"
#include "policy/limits.hpp"
#include "policy/rule.hpp"

namespace rpcgate::inspect {
namespace {

using dcerpc::AuthLevel;
using dcerpc::SecurityTrailer;
using dcerpc::Token;
using dcerpc::TokenKind;

bool matches(const SecurityItem& security, const SecurityTrailer& trailer) noexcept {
  return security.type == trailer.type && security.level == trailer.level;
}

// DOMAIN\user@WORKSTATION, as far as there is room.
void name_user(SecurityItem& security, const Token& token) noexcept {
  std::size_t at = 0;
  const auto put = [&security, &at](std::string_view text) {
    const std::size_t size = std::min(text.size(), security.user.size() - at);
    std::memcpy(security.user.data() + at, text.data(), size);
    at += size;
  };
  if (!token.domain.empty()) {
    put(token.domain.view());
    put("\\");
  }
  put(token.user.view());
  if (!token.workstation.empty()) {
    put("@");
    put(token.workstation.view());
  }
  security.user_size = static_cast<std::uint8_t>(at);
}

void name_service(SecurityItem& security, const Token& token) noexcept {
  const std::size_t size = std::min(token.service.view().size(), security.user.size());
  std::memcpy(security.user.data(), token.service.view().data(), size);
  security.user_size = static_cast<std::uint8_t>(size);
}

// A security context that was anonymous once stays so: a second message may not launder it.
void learn_caller(SecurityItem& security, const Token& token) noexcept {
  using policy::Caller;
  if (security.caller == Caller::anonymous) return;
  switch (token.kind) {
    case TokenKind::ntlm_authenticate:
      security.caller = token.anonymous ? Caller::anonymous : Caller::named;
      security.mechanism = policy::Mechanism::ntlm;
      name_user(security, token);
      return;
    case TokenKind::kerberos:
      if (security.ntlm) return;
      security.caller = Caller::named;
      security.mechanism = policy::Mechanism::kerberos;
      if (!token.service.empty()) name_service(security, token);
      return;
    case TokenKind::netlogon:
      security.caller = Caller::named;
      security.mechanism = policy::Mechanism::netlogon;
      return;
    case TokenKind::ntlm_negotiate:
      security.caller = Caller::pending;
      return;
    case TokenKind::negoex:
    case TokenKind::unreadable:
    case TokenKind::empty:
    case TokenKind::ntlm_challenge:
    case TokenKind::tls:
      return;
  }
}

// Is there a context here on which an anonymous caller of this level would be refused for being
// nobody? Floors differ by opnum, so the first opnums are asked for.
const ContextItem* demanding_context(const Judging& j, AuthLevel level) noexcept {
  constexpr std::uint16_t opnums_tried = 64;
  for (ContextItem* context = first_context(j); context != nullptr;
       context = next_of(j, *context)) {
    if (context->state == ContextState::poisoned) continue;
    for (std::uint16_t opnum = 0; opnum < opnums_tried; ++opnum) {
      const policy::RequestVerdict verdict =
          j.env.snapshot.judge_request(j.scope(), context->interface, opnum, protection_of(level),
                                       policy::Caller::anonymous, j.association.mapper);
      if (verdict.reason == stats::Reason::anonymous_caller) return context;
    }
  }
  return nullptr;
}

// `signature`: of the message, to be overwritten; empty where it has left already.
Verdict refuse_anonymous(Judging& j, SecurityItem& security, const ContextItem& context,
                         MutableBytes signature) noexcept {
  security.told = true;
  Fact fact{event::Kind::bind_refused, stats::Reason::anonymous_caller, context.rule,
            &context.interface};
  fact.level = static_cast<std::uint8_t>(security.level);
  name_caller(fact, &security);
  const policy::Rule* rule = j.env.snapshot.rule(context.rule);
  policy::Refuse how = rule == nullptr ? policy::Refuse::rpc_error : rule->refuse;
  if (signature.empty() && how == policy::Refuse::rpc_error) how = policy::Refuse::reset;
  const Verdict refused = refuse(j, how, fact);
  if (!is_cut(refused)) poison(signature);
  return refused;
}

// Type, level and id of a security context are said in its first leg and repeated in all others.
Verdict note_security(Judging& j, const SecurityTrailer& trailer,
                      SecurityItem*& security) noexcept {
  Association& a = j.association;
  security = find_security(j, trailer.context_id);
  if (security != nullptr) {
    if (matches(*security, trailer)) return released;
    if (!j.lenient()) return cut(stats::Reason::auth_changed);
  } else {
    if (j.header().type == dcerpc::PduType::auth3 && !j.lenient())
      return cut(stats::Reason::auth_changed);  // a third leg of nothing
    if (a.securities >= limits_of(j).security_contexts)
      return cut(stats::Reason::too_many_contexts);
    security = add_security(j, trailer.context_id);
    if (security == nullptr) return cut(stats::Reason::state_table_full);
  }
  security->type = trailer.type;
  security->level = trailer.level;
  if (trailer.level == AuthLevel::connect) a.connect_context = true;
  return released;
}

// Of which context is the caller nobody where somebody is demanded? None: go on.
const ContextItem* refused_context(const Judging& j, const SecurityItem& security,
                                   const Token& token) noexcept {
  if (security.caller != policy::Caller::anonymous || token.kind != TokenKind::ntlm_authenticate)
    return nullptr;
  return demanding_context(j, security.level);
}

}  // namespace

policy::Protection protection_of(AuthLevel level) noexcept {
  switch (level) {
    case AuthLevel::none:
      return policy::Protection::none;
    case AuthLevel::connect:
      return policy::Protection::connect;
    case AuthLevel::call:
    case AuthLevel::packet:
      return policy::Protection::packet;
    case AuthLevel::integrity:
      return policy::Protection::integrity;
    case AuthLevel::privacy:
      return policy::Protection::privacy;
  }
  return policy::Protection::none;
}

Verdict judge_token(Judging& j, MutableBytes pdu, const SecurityTrailer& trailer) noexcept {
  SecurityItem* security = nullptr;
  const Verdict noted = note_security(j, trailer, security);
  if (is_cut(noted)) return noted;
  const Token token = dcerpc::read_token(trailer.type, trailer.token.of(pdu));
  learn_caller(*security, token);
  const ContextItem* context = refused_context(j, *security, token);
  if (context == nullptr) return released;
  return refuse_anonymous(
      j, *security, *context,
      pdu.subspan(trailer.token.offset + token.signature_offset, dcerpc::ntlm_signature_size));
}

Verdict await_token(Judging& j, const SecurityTrailer& trailer) noexcept {
  j.association.token = {trailer.type, trailer.level, trailer.context_id};
  SecurityItem* security = nullptr;
  return note_security(j, trailer, security);
}

Verdict judge_long_token(Judging& j, Bytes bytes) noexcept {
  const AwaitedToken& awaited = j.association.token;
  SecurityItem* security = find_security(j, awaited.context_id);
  if (security == nullptr) return released;  // an older bind's refusal has removed it
  const Token token = dcerpc::read_token(awaited.type, bytes);
  learn_caller(*security, token);
  const ContextItem* context = refused_context(j, *security, token);
  return context == nullptr ? released : refuse_anonymous(j, *security, *context, {});
}

Verdict judge_server_token(Judging& j, Bytes pdu, const SecurityTrailer& trailer) noexcept {
  SecurityItem* security = find_security(j, trailer.context_id);
  if (security == nullptr || !matches(*security, trailer))
    return j.lenient() ? released : cut(stats::Reason::auth_changed);
  const Token token = dcerpc::read_token(trailer.type, trailer.token.of(pdu));
  if (token.kind != TokenKind::ntlm_challenge) return released;
  // Whatever the client's first token looked like, it is NTLM that will say who calls.
  security->ntlm = true;
  security->mechanism = policy::Mechanism::ntlm;
  security->user_size = 0;
  if (security->caller == policy::Caller::named) security->caller = policy::Caller::pending;
  return released;
}

Verdict judge_auth3(Judging& j, MutableBytes pdu) noexcept {
  SecurityTrailer trailer;
  const stats::Reason bad = dcerpc::read_auth3(j.header(), pdu, trailer);
  if (bad != stats::Reason::none) return cut(bad);
  j.association.auth3_seen = true;
  j.association.auth3_call = j.header().call_id;
  return judge_token(j, pdu, trailer);
}

}  // namespace rpcgate::inspect
