// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include <algorithm>

#include "conversation.hpp"

namespace rpcgate::test {
namespace {

// Position of "NTLMSSP\0", which a refusal overwrites.
std::size_t signature_in(const Octets& pdu_bytes) {
  const Octets signature = from_hex("4e544c4d53535000");
  const auto at =
      std::search(pdu_bytes.begin(), pdu_bytes.end(), signature.begin(), signature.end());
  return static_cast<std::size_t>(at - pdu_bytes.begin());
}

Trailer spnego(std::uint8_t level, Octets token, std::uint32_t context = 0) {
  return {9, level, context, std::move(token), 0};
}

Octets sealed_use(std::uint32_t id, std::uint8_t type = 10, std::uint32_t context = 0) {
  return request(call(id), {0, 7, Octets(32), {}, Trailer{type, 6, context, Octets(16), 0}});
}

TEST(Anonymous, AuthenticateInAuth3IsPoisonedWhereProtectionIsDemanded) {
  for (const NtlmUser& nobody : {anonymous_user(), NtlmUser{"", "", "PC1", 0, 0},
                                 NtlmUser{"CORP", "administrator", "PC1", 0x800, 24}}) {
    RpcWorld w;
    w.open(FlowKind::data);
    w.client(bind(call(1), {{0, samr}}, ntlm(6, ntlm_negotiate())));
    w.server(bind_ack(call(1), {accepted()}, 1, ntlm(6, ntlm_challenge())));
    const Octets third = auth3(call(1), ntlm(6, ntlm_authenticate(nobody)));
    EXPECT_EQ(w.client(third), with(third, signature_in(third), ff(8)));
    EXPECT_EQ(w.last(Kind::bind_refused).reason, Reason::anonymous_caller);
    EXPECT_EQ(w.last(Kind::bind_refused).interface, id_of(samr));
    EXPECT_EQ(w.reasons(Reason::anonymous_caller), 1u);
    // The request that follows is refused too, and told of once.
    const Octets use = sealed_use(2);
    EXPECT_EQ(w.client(use), opnum_poisoned(use));
    EXPECT_EQ(w.reasons(Reason::anonymous_caller), 1u);
    EXPECT_EQ(w.count(Kind::request_refused), 0u);
    w.server(fault(call(2), 0, 0x1c01000b));
    EXPECT_FALSE(w.is_cut());
  }
}

TEST(Anonymous, AuthenticateInsideSpnegoInAlterContextIsPoisoned) {
  RpcWorld w;
  w.open(FlowKind::data);
  w.client(bind(call(1), {{0, samr}}, spnego(6, spnego_init(ntlm_negotiate()))));
  w.server(bind_ack(call(1), {accepted()}, 1, spnego(6, spnego_response(ntlm_challenge()))));
  const Octets third =
      alter(call(2), {{0, samr}}, spnego(6, spnego_response(ntlm_authenticate(anonymous_user()))));
  EXPECT_EQ(w.client(third), with(third, signature_in(third), ff(8)));
  EXPECT_EQ(w.last(Kind::bind_refused).reason, Reason::anonymous_caller);
}

TEST(Anonymous, IsLetThroughWhereTheRuleSaysSo) {
  RpcWorld w;
  w.open(FlowKind::data);
  w.client(bind(call(1), {{0, drsuapi}}, ntlm(6, ntlm_negotiate())));
  w.server(bind_ack(call(1), {accepted()}, 1, ntlm(6, ntlm_challenge())));
  const Octets third = auth3(call(1), ntlm(6, ntlm_authenticate(anonymous_user())));
  EXPECT_EQ(w.client(third), third);
  const Octets use = sealed_use(2);
  EXPECT_EQ(w.client(use), use);
}

TEST(Anonymous, IsRefusedAtTheRequestWhenTheProtectedInterfaceComesLater) {
  RpcWorld w;
  w.open(FlowKind::data);
  w.client(bind(call(1), {{0, wkssvc}}, ntlm(6, ntlm_negotiate())));
  w.server(bind_ack(call(1), {accepted()}, 1, ntlm(6, ntlm_challenge())));
  const Octets third = auth3(call(1), ntlm(6, ntlm_authenticate(anonymous_user())));
  EXPECT_EQ(w.client(third), third);  // nothing here demands protection yet
  w.client(alter(call(2), {{1, samr}}));
  w.server(alter_resp(call(2), {accepted()}));
  const Octets use = request(call(3), {1, 7, Octets(32), {}, ntlm(6)});
  EXPECT_EQ(w.client(use), opnum_poisoned(use));
  EXPECT_EQ(w.last(Kind::request_refused).reason, Reason::anonymous_caller);
}

TEST(Anonymous, CallerIsNotLaunderedByASecondAuthenticate) {
  RpcWorld w;
  w.open(FlowKind::data);
  w.client(bind(call(1), {{0, wkssvc}}, ntlm(6, ntlm_negotiate())));
  w.server(bind_ack(call(1), {accepted()}, 1, ntlm(6, ntlm_challenge())));
  w.client(auth3(call(1), ntlm(6, ntlm_authenticate(anonymous_user()))));
  w.client(auth3(call(1), ntlm(6, ntlm_authenticate())));
  w.client(alter(call(2), {{1, samr}}));
  w.server(alter_resp(call(2), {accepted()}));
  const Octets use = request(call(3), {1, 7, Octets(32), {}, ntlm(6)});
  EXPECT_EQ(w.client(use), opnum_poisoned(use));
}

TEST(Caller, OfSpnegoWithNtlmIsNamedByItsAuthenticate) {
  RpcWorld w;
  w.open(FlowKind::data);
  w.client(bind(call(1), {{0, samr}}, spnego(6, spnego_init(ntlm_negotiate()))));
  w.server(bind_ack(call(1), {accepted()}, 1, spnego(6, spnego_response(ntlm_challenge()))));
  const Octets third = alter(call(2), {{0, samr}}, spnego(6, spnego_response(ntlm_authenticate())));
  EXPECT_EQ(w.client(third), third);
  w.server(alter_resp(call(2), {accepted()}, spnego(6, from_hex("a1073005a0030a0100"))));
  const Octets use = sealed_use(3, 9);
  EXPECT_EQ(w.client(use), use);
  EXPECT_FALSE(w.is_cut());
}

TEST(Caller, OfKerberosRawOrInSpnegoIsNamed) {
  for (const bool wrapped : {false, true}) {
    RpcWorld w;
    w.open(FlowKind::data);
    const std::uint8_t type = wrapped ? 9 : 16;
    const Octets ticket = wrapped ? spnego_init(kerberos_ap_req()) : kerberos_ap_req();
    const Octets asked = bind(call(1), {{0, samr}}, Trailer{type, 6, 0, ticket, 0});
    EXPECT_EQ(w.client(asked), asked);
    w.server(bind_ack(call(1), {accepted()}, 1, Trailer{type, 6, 0, Octets(40), 0}));
    const Octets use = sealed_use(2, type);
    EXPECT_EQ(w.client(use), use);
  }
}

TEST(Caller, OfTheNetlogonSecureChannelIsNamed) {
  RpcWorld w;
  w.open(FlowKind::data);
  w.client(bind(call(1), {{0, samr}}, Trailer{68, 6, 0, Octets(32), 0}));
  w.server(bind_ack(call(1), {accepted()}, 1, Trailer{68, 6, 0, Octets(12), 0}));
  const Octets use = sealed_use(2, 68);
  EXPECT_EQ(w.client(use), use);
}

TEST(Caller, WhoShowedATicketButWasAskedForNtlmIsNamedByNtlmAlone) {
  RpcWorld w;
  w.open(FlowKind::data);
  w.client(bind(call(1), {{0, samr}}, spnego(6, spnego_init(kerberos_ap_req()))));
  w.server(bind_ack(call(1), {accepted()}, 1, spnego(6, spnego_response(ntlm_challenge()))));
  const Octets use = sealed_use(2, 9);
  EXPECT_EQ(w.client(use), opnum_poisoned(use));
  EXPECT_EQ(w.last(Kind::request_refused).reason, Reason::anonymous_caller);
}

TEST(Caller, WhoWasAskedForNtlmIsNotNamedByATicketShownLater) {
  RpcWorld w;
  w.open(FlowKind::data);
  w.client(bind(call(1), {{0, samr}}, spnego(6, spnego_init(ntlm_negotiate()))));
  w.server(bind_ack(call(1), {accepted()}, 1, spnego(6, spnego_response(ntlm_challenge()))));
  w.client(alter(call(2), {{0, samr}}, spnego(6, spnego_response(kerberos_ap_req()))));
  const Octets use = sealed_use(3, 9);
  EXPECT_EQ(w.client(use), opnum_poisoned(use));
}

TEST(Caller, WhoHasNotAuthenticatedYetIsRefusedWhereProtectionIsDemanded) {
  RpcWorld w;
  w.open(FlowKind::data);
  w.client(bind(call(1), {{0, samr}}, ntlm(6, ntlm_negotiate())));
  w.server(bind_ack(call(1), {accepted()}, 1, ntlm(6, ntlm_challenge())));
  const Octets use = sealed_use(2);
  EXPECT_EQ(w.client(use), opnum_poisoned(use));
}

TEST(Caller, WhoseTokenCannotBeReadIsRefusedWhereProtectionIsDemanded) {
  RpcWorld w;
  w.open(FlowKind::data);
  w.client(bind(call(1), {{0, samr}}, ntlm(6, ntlm_negotiate())));
  w.server(bind_ack(call(1), {accepted()}, 1, ntlm(6, ntlm_challenge())));
  w.client(auth3(call(1), ntlm(6, Octets(64, std::byte{0x41}))));
  const Octets use = sealed_use(2);
  EXPECT_EQ(w.client(use), opnum_poisoned(use));
}

TEST(SecurityContext, ThatChangesTypeOrLevelCutsTheConnection) {
  for (const Trailer& change :
       {ntlm(5, ntlm_authenticate()), Trailer{9, 6, 0, ntlm_authenticate(), 0}}) {
    RpcWorld w;
    w.open(FlowKind::data);
    w.client(bind(call(1), {{0, samr}}, ntlm(6, ntlm_negotiate())));
    w.server(bind_ack(call(1), {accepted()}, 1, ntlm(6, ntlm_challenge())));
    EXPECT_TRUE(w.client(auth3(call(1), change)).empty());
    EXPECT_EQ(w.cut_verdict().reason, Reason::auth_changed);
  }
}

TEST(SecurityContext, AnsweredWithAnotherLevelCutsTheConnection) {
  RpcWorld w;
  w.open(FlowKind::data);
  w.client(bind(call(1), {{0, samr}}, ntlm(6, ntlm_negotiate())));
  w.server(bind_ack(call(1), {accepted()}, 1, ntlm(5, ntlm_challenge())));
  EXPECT_EQ(w.cut_verdict().reason, Reason::auth_changed);
}

TEST(SecurityContext, ThatAuth3NamesHasToExist) {
  RpcWorld w;
  bind_bare(w, samr);
  EXPECT_TRUE(w.client(auth3(call(1), ntlm(6, ntlm_authenticate()))).empty());
  EXPECT_EQ(w.cut_verdict().reason, Reason::auth_changed);
}

TEST(SecurityContext, BeyondTheLimitCutsTheConnection) {
  RpcWorld w;
  bind_ntlm(w, wkssvc, 6);
  for (std::uint32_t id = 1; id < 16; ++id) {
    w.client(alter(call(id + 1), {{0, wkssvc}}, ntlm(6, ntlm_negotiate(), id)));
    w.server(alter_resp(call(id + 1), {accepted()}, ntlm(6, ntlm_challenge(), id)));
    ASSERT_FALSE(w.is_cut()) << id;
  }
  w.client(alter(call(40), {{0, wkssvc}}, ntlm(6, ntlm_negotiate(), 16)));
  EXPECT_EQ(w.cut_verdict().reason, Reason::too_many_contexts);
}

TEST(SecurityContext, OfEachRequestSaysItsOwnLevelAndUser) {
  RpcWorld w;
  bind_ntlm(w, samr, 6);
  w.client(alter(call(2), {{0, samr}}, ntlm(6, ntlm_negotiate(), 1)));
  w.server(alter_resp(call(2), {accepted()}, ntlm(6, ntlm_challenge(), 1)));
  w.client(auth3(call(2), ntlm(6, ntlm_authenticate({"CORP", "second", "PC2"}), 1)));
  const Octets use = sealed_use(3, 10, 1);
  EXPECT_EQ(w.client(use), use);
  const Octets first = sealed_use(4);
  EXPECT_EQ(w.client(first), first);
}

TEST(Auth3, ThatTheServerFaultsIsNoSurprise) {
  RpcWorld w;
  bind_ntlm(w, samr, 6);
  const Octets answer = fault(call(1), 0, 5);
  EXPECT_EQ(w.server(answer), answer);
}

// A message of Kerberos as far as its outermost element.
Octets long_ap_req(std::size_t size) {
  Octets token = from_hex("6e82");
  for (const unsigned shift : {8u, 0u}) token.push_back(std::byte(size >> shift & 0xff));
  token.resize(token.size() + size);
  return token;
}

TEST(LongToken, OfABindIsReadApartAndNamesItsCaller) {
  for (const std::size_t size : {20000u, 65000u}) {
    RpcWorld w;
    w.open(FlowKind::data);
    const Octets first = bind(call(1), {{0, samr}}, Trailer{16, 6, 0, long_ap_req(size), 0});
    EXPECT_EQ(w.client(first, 1460), first);
    EXPECT_EQ(w.held(Side::client), 0u);
    w.server(bind_ack(call(1), {accepted()}, 1, Trailer{16, 6, 0, Octets(100), 0}));
    const Octets use = sealed_use(2, 16);
    EXPECT_EQ(w.client(use), use);
    EXPECT_FALSE(w.is_cut());
  }
}

TEST(LongToken, TheElementsBeforeItAreJudgedBeforeItCame) {
  RpcWorld w;
  w.open(FlowKind::data);
  const Octets first =
      bind(call(1), {{0, samr}, {1, winreg}}, Trailer{16, 6, 0, long_ap_req(20000), 0});
  const std::size_t head = first.size() - 20004;
  const Octets left = w.client(slice(first, 0, head));
  EXPECT_EQ(left.size(), head);
  EXPECT_EQ(left, with(slice(first, 0, head), 76, ff(16)));
  EXPECT_EQ(w.last(Kind::bind_refused).interface, id_of(winreg));
}

TEST(LongToken, ThatIsAnonymousEndsTheConnectionBeforeItsLastByte) {
  RpcWorld w;
  w.open(FlowKind::data);
  w.client(bind(call(1), {{0, samr}}, spnego(6, spnego_init(ntlm_negotiate()))));
  w.server(bind_ack(call(1), {accepted()}, 1, spnego(6, spnego_response(ntlm_challenge()))));
  const NtlmUser nobody{"CORP", "administrator", "PC1", 0x800, 20000};
  const Octets third =
      alter(call(2), {{0, samr}}, spnego(6, spnego_response(ntlm_authenticate(nobody))));
  w.client(slice(third, 0, third.size() - 1), 1000);
  EXPECT_FALSE(w.is_cut());
  w.client(slice(third, third.size() - 1, 1));
  EXPECT_TRUE(w.is_cut());
  EXPECT_EQ(w.cut_verdict().reason, Reason::anonymous_caller);
}

TEST(LongToken, AllButItsLastByteMayLeaveEarly) {
  RpcWorld w;
  w.open(FlowKind::data);
  const Octets first = bind(call(1), {{0, samr}}, Trailer{16, 6, 0, long_ap_req(20000), 0});
  w.client(slice(first, 0, first.size() - 20004));
  const inspect::Want want = inspect::next_want(w.association, Side::client);
  EXPECT_EQ(want.length, 20004u);
  EXPECT_TRUE(want.early);
}

TEST(Authentication, OfAnotherWayThanTheRuleListsIsRefusedAtTheRequest) {
  for (const bool listed : {true, false}) {
    RpcWorld w(one_rule("interfaces = [\"samr\"]\nauthentication = [\"" +
                        std::string{listed ? "ntlm" : "kerberos"} + "\"]\n"));
    bind_ntlm(w, samr, 6);
    const Octets asked = request(call(2), {0, 1, Octets(16), {}, ntlm(6)});
    EXPECT_EQ(w.client(asked), listed ? asked : opnum_poisoned(asked));
    if (listed) continue;
    EXPECT_EQ(w.last(Kind::request_refused).reason, Reason::authentication_not_allowed);
    EXPECT_EQ(w.last(Kind::request_refused).user.view(), "CORP\\administrator@PC1");
  }
}

}  // namespace
}  // namespace rpcgate::test
