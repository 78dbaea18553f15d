// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "conversation.hpp"

namespace rpcgate::test {
namespace {

constexpr std::uint16_t samr_denied = 37;

// Where the level byte of a request's trailer stands.
std::size_t level_at(const Octets& pdu_bytes, std::size_t token = 16) {
  return pdu_bytes.size() - token - 7;
}

TEST(Request, SealedByANamedCallerPassesUnchanged) {
  for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
    RpcWorld w;
    w.open(FlowKind::data);
    w.client(bind(call(1, order), {{0, samr}}, ntlm(6, ntlm_negotiate())));
    w.server(bind_ack(call(1), {accepted()}, 1, ntlm(6, ntlm_challenge())));
    w.client(auth3(call(1, order), ntlm(6, ntlm_authenticate())));
    const Octets use = request(call(2, order), {0, 7, Octets(100), {}, ntlm(6)});
    EXPECT_EQ(w.client(use), use);
    const Octets answer = response(call(2), 0, Octets(64), ntlm(6));
    EXPECT_EQ(w.server(answer), answer);
    EXPECT_FALSE(w.is_cut());
    EXPECT_EQ(w.counted(Counter::pdus_poisoned), 0u);
    EXPECT_EQ(w.counted(Counter::pdus_judged), 5u);
  }
}

TEST(Request, ForADeniedOpnumIsPoisonedInEveryFragment) {
  RpcWorld w;
  bind_ntlm(w, samr, 6);
  const Call denied{0, samr_denied, Octets(48), {}, ntlm(6)};
  for (const Octets& fragment : request_fragments(call(2), denied, 16))
    EXPECT_EQ(w.client(fragment), opnum_poisoned(fragment));
  EXPECT_EQ(w.count(Kind::request_refused), 1u);
  EXPECT_EQ(w.last(Kind::request_refused).opnum, samr_denied);
  EXPECT_EQ(w.last(Kind::request_refused).interface, id_of(samr));
  EXPECT_EQ(w.last(Kind::request_refused).user.view(), "CORP\\administrator@PC1");
  EXPECT_EQ(w.reasons(Reason::opnum_denied), 1u);
  EXPECT_EQ(w.counted(Counter::pdus_poisoned), 3u);
  // The server faults it; an allowed call goes on.
  w.server(fault(call(2), 0, 0x1c010002));
  const Octets use = request(call(3), {0, 7, Octets(16), {}, ntlm(6)});
  EXPECT_EQ(w.client(use), use);
  EXPECT_FALSE(w.is_cut());
}

TEST(Request, BareOnASealedConnectionIsPoisonedAtItsHeader) {
  RpcWorld w;
  bind_ntlm(w, samr, 6);
  const Octets bare = request(call(2), {0, 7, Octets(32)});
  EXPECT_EQ(w.client(bare), opnum_poisoned(bare));
  EXPECT_EQ(w.last(Kind::request_refused).reason, Reason::protection_too_low);
  EXPECT_EQ(w.last(Kind::request_refused).protection, 1);
}

TEST(Request, BareOnAnInterfaceWithoutAFloorPasses) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  const Octets use = request(call(2), {0, 0, Octets(500)});
  EXPECT_EQ(w.client(use), use);
}

TEST(Request, SignedOnlyIsPoisonedAtItsHeaderWhenNoSecurityContextWouldDo) {
  RpcWorld w;
  bind_ntlm(w, samr, 5);
  const Octets use = request(call(2), {0, 7, Octets(32), {}, ntlm(5)});
  EXPECT_EQ(w.client(use), opnum_poisoned(use));
  EXPECT_EQ(w.last(Kind::request_refused).reason, Reason::protection_too_low);
  EXPECT_EQ(w.last(Kind::request_refused).protection, 5);
}

TEST(Request, OfALowerOfTwoSecurityContextsIsPoisonedInItsTrailer) {
  RpcWorld w;
  bind_ntlm(w, samr, 6);
  w.client(alter(call(2), {{0, samr}}, ntlm(5, ntlm_negotiate(), 1)));
  w.server(alter_resp(call(2), {accepted()}, ntlm(5, ntlm_challenge(), 1)));
  w.client(auth3(call(2), ntlm(5, ntlm_authenticate(), 1)));
  ASSERT_FALSE(w.is_cut());
  const Octets downgraded = request(call(3), {0, 7, Octets(32), {}, ntlm(5, Octets(16), 1)});
  EXPECT_EQ(w.client(downgraded), with(downgraded, level_at(downgraded), ff(1)));
  EXPECT_EQ(w.last(Kind::request_refused).reason, Reason::protection_too_low);
  const Octets sealed = request(call(4), {0, 7, Octets(32), {}, ntlm(6)});
  EXPECT_EQ(w.client(sealed), sealed);
}

TEST(Request, WhoseTrailerClaimsAnotherLevelThanItsSecurityContextIsPoisoned) {
  for (const Trailer& lie : {ntlm(5), ntlm(6, Octets(16), 9)}) {
    RpcWorld w;
    bind_ntlm(w, drsuapi, 6);
    const Octets use = request(call(2), {0, 0, Octets(32), {}, lie});
    EXPECT_EQ(w.client(use), with(use, level_at(use), ff(1)));
    EXPECT_EQ(w.last(Kind::request_refused).reason, Reason::auth_changed);
    EXPECT_EQ(w.reasons(Reason::auth_changed), 1u);
  }
}

TEST(Request, NothingAtOrBehindTheTrailerLeavesBeforeItsEightBytes) {
  RpcWorld w;
  bind_ntlm(w, drsuapi, 6);
  const Octets use = request(call(2), {0, 0, Octets(32), {}, ntlm(6)});
  const std::size_t trailer_at = use.size() - 16 - 8;
  Octets out = w.client(slice(use, 0, trailer_at + 7));
  EXPECT_EQ(out, slice(use, 0, trailer_at));
  out = w.client(slice(use, trailer_at + 7, 17));
  EXPECT_EQ(out, slice(use, trailer_at, 24));
}

TEST(Request, StubBytesLeaveAsTheyCome) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  const Octets use = request(call(2), {0, 0, Octets(5000)});
  EXPECT_EQ(w.client(slice(use, 0, 23)).size(), 16u);
  EXPECT_EQ(w.client(slice(use, 23, 101)).size(), 7u + 101u);
  EXPECT_EQ(w.held(Side::client), 0u);
}

TEST(Request, TwoPdusInOneSegmentAreJudgedEachForItself) {
  RpcWorld w;
  bind_ntlm(w, samr, 6);
  const Octets good = request(call(2), {0, 7, Octets(16), {}, ntlm(6)});
  const Octets bad = request(call(3), {0, samr_denied, Octets(16), {}, ntlm(6)});
  const Octets again = request(call(4), {0, 8, Octets(16), {}, ntlm(6)});
  EXPECT_EQ(w.client(joined({good, bad, again})), joined({good, opnum_poisoned(bad), again}));
}

TEST(Request, OnAnUnknownContextGoesToTheServerPoisoned) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  const Octets use = request(call(2), {7, 0});
  EXPECT_EQ(w.client(use), opnum_poisoned(use));
  EXPECT_EQ(w.last(Kind::request_refused).reason, Reason::unknown_context);
  const Octets answer = fault(call(2), 7, 0x1c010003);
  EXPECT_EQ(w.server(answer), answer);
  EXPECT_FALSE(w.is_cut());
}

TEST(Request, OnUnknownContextsAgainAndAgainCutsTheConnection) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  std::uint32_t id = 2;
  for (; id < 1000 && !w.is_cut(); ++id) {
    w.client(request(call(id), {7, 0}));
    if (!w.is_cut()) w.server(fault(call(id), 7, 0x1c010003));
  }
  EXPECT_EQ(w.cut_verdict().reason, Reason::unknown_context);
  EXPECT_GT(id, 16u) << "a few may be under way";
  EXPECT_LT(id, 100u);
}

TEST(Request, OnAPoisonedContextIsPoisonedToo) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  w.client(alter(call(2), {{1, winreg}}));
  const Octets use = request(call(3), {1, 0});  // before the server has answered
  EXPECT_EQ(w.client(use), opnum_poisoned(use));
  w.server(alter_resp(call(2), {rejected()}));
  const Octets later = request(call(4), {1, 0});
  EXPECT_EQ(w.client(later), opnum_poisoned(later));
}

TEST(Request, MayComeBeforeItsContextIsAnswered) {
  RpcWorld w;
  w.open(FlowKind::data);
  const Octets early = joined({bind(call(1), {{0, wkssvc}}), request(call(2), {0, 0})});
  EXPECT_EQ(w.client(early), early);
  w.server(joined({bind_ack(call(1), {accepted()}), response(call(2), 0, Octets(8))}));
  EXPECT_FALSE(w.is_cut());
}

TEST(Request, WithAnObjectIsReadBehindTheObject) {
  RpcWorld w;
  bind_ntlm(w, samr, 6);
  const std::string_view object = "00010203-0405-0607-0809-0a0b0c0d0e0f";
  const Octets good = request(call(2), {0, 7, Octets(64), object, ntlm(6)});
  EXPECT_EQ(w.client(good), good);
  const Octets bad = request(call(3), {0, samr_denied, Octets(64), object, ntlm(6)});
  EXPECT_EQ(w.client(bad), opnum_poisoned(bad));
}

// --- connect level -------------------------------------------------------------------------------

TEST(Request, BareInAConnectSessionCountsAsConnect) {
  RpcWorld w;
  bind_ntlm(w, lsarpc, 2);
  const Octets use = request(call(2), {0, 6, Octets(16)});
  EXPECT_EQ(w.client(use), use);
}

TEST(Request, BareAfterOneWithATrailerCountsAsUnprotected) {
  RpcWorld w;
  bind_ntlm(w, lsarpc, 2);
  const Octets first = request(call(2), {0, 6, Octets(16), {}, ntlm(2)});
  EXPECT_EQ(w.client(first), first);
  const Octets bare = request(call(3), {0, 6, Octets(16)});
  EXPECT_EQ(w.client(bare), opnum_poisoned(bare));
  EXPECT_EQ(w.last(Kind::request_refused).reason, Reason::protection_too_low);
}

TEST(Request, BareInASessionWithoutConnectCountsAsUnprotected) {
  RpcWorld w;
  bind_ntlm(w, lsarpc, 6);
  const Octets bare = request(call(2), {0, 6, Octets(16)});
  EXPECT_EQ(w.client(bare), opnum_poisoned(bare));
}

TEST(Request, WithADummyVerifierOfConnectIsNotProtected) {
  RpcWorld w;
  bind_ntlm(w, samr, 2);
  const Octets use = request(call(2), {0, 7, Octets(16), {}, ntlm(2)});
  EXPECT_EQ(w.client(use), opnum_poisoned(use));
  EXPECT_EQ(w.last(Kind::request_refused).protection, 2);
}

// --- fragments -----------------------------------------------------------------------------------

TEST(Fragments, OfALargeCallPassInAnyNumber) {
  RpcWorld w;
  bind_ntlm(w, samr, 6);
  const Call large{0, 17, Octets(200 * 24), {}, ntlm(6)};
  for (const Octets& fragment : request_fragments(call(2), large, 24))
    ASSERT_EQ(w.client(fragment), fragment);
  EXPECT_FALSE(w.is_cut());
}

TEST(Fragments, ThatDifferInTheirFlagsCutTheConnection) {
  // First and last say which fragment it is, and a cancel may come at any time.
  constexpr std::uint8_t first = 0x01, last = 0x02, cancel_pending = 0x04, maybe = 0x40;
  for (const auto& [added, good] : {std::pair<std::uint8_t, bool>{cancel_pending, true},
                                    {maybe, false},
                                    {std::uint8_t{0x20}, false},
                                    {std::uint8_t{0x08}, false}}) {
    RpcWorld w;
    bind_bare(w, wkssvc);
    w.client(request({2, ByteOrder::little, first}, {0, 0}));
    const auto flags = static_cast<std::uint8_t>(last | added);
    w.client(request({2, ByteOrder::little, flags}, {0, 0}));
    EXPECT_EQ(w.is_cut(), !good) << unsigned{added};
    if (good) continue;
    EXPECT_EQ(w.cut_verdict().reason, Reason::fragments_disagree);
  }
}

TEST(Fragments, ThatDifferInOpnumContextObjectOrProtectionCutTheConnection) {
  const std::string_view object = "00010203-0405-0607-0809-0a0b0c0d0e0f";
  const std::string_view other = "10010203-0405-0607-0809-0a0b0c0d0e0f";
  const std::string_view nil = "00000000-0000-0000-0000-000000000000";
  struct Case {
    Call first, second;
  };
  const Case cases[] = {
      {{0, 7, Octets(8), {}, ntlm(6)}, {0, 8, Octets(8), {}, ntlm(6)}},
      {{0, 7, Octets(8), {}, ntlm(6)}, {1, 7, Octets(8), {}, ntlm(6)}},
      {{0, 7, Octets(8), {}, ntlm(6)}, {0, 7, Octets(8), object, ntlm(6)}},
      {{0, 7, Octets(8), object, ntlm(6)}, {0, 7, Octets(8), other, ntlm(6)}},
      {{0, 7, Octets(8), {}, ntlm(6)}, {0, 7, Octets(8), nil, ntlm(6)}},
      {{0, 7, Octets(8), {}, ntlm(6)}, {0, 7, Octets(8), {}, {}}},
      {{0, 7, Octets(8), {}, ntlm(6)}, {0, 7, Octets(8), {}, ntlm(5)}},
      {{0, 7, Octets(8), {}, ntlm(6)}, {0, 7, Octets(8), {}, ntlm(6, Octets(16), 4)}},
  };
  for (const Case& each : cases) {
    RpcWorld w;
    bind_ntlm(w, samr, 6);
    w.client(request({2, ByteOrder::little, 0x01}, each.first));
    ASSERT_FALSE(w.is_cut());
    w.client(request({2, ByteOrder::little, 0x02}, each.second));
    EXPECT_EQ(w.cut_verdict().reason, Reason::fragments_disagree);
  }
}

TEST(Fragments, WithoutABeginningOrWithASecondBeginningCutTheConnection) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  w.client(request({2, ByteOrder::little, 0x02}, {0, 0}));
  EXPECT_EQ(w.cut_verdict().reason, Reason::pdu_unexpected);
  for (const std::uint32_t second_id : {2u, 3u}) {
    bind_bare(w, wkssvc);
    w.client(request({2, ByteOrder::little, 0x01}, {0, 0}));
    EXPECT_TRUE(w.client(request({second_id, ByteOrder::little, 0x01}, {0, 0})).size() <= 16);
    EXPECT_EQ(w.cut_verdict().reason, Reason::pdu_unexpected);
  }
}

TEST(Fragments, InterruptedByCancelOrphanedOrAlterStayOneCall) {
  RpcWorld w;
  bind_ntlm(w, samr, 6);
  const Call denied{0, samr_denied, Octets(32), {}, ntlm(6)};
  const std::vector<Octets> parts = request_fragments(call(2), denied, 16);
  EXPECT_EQ(w.client(parts[0]), opnum_poisoned(parts[0]));
  for (const Octets& between : {pdu(pdu_co_cancel, call(2), {}), pdu(pdu_orphaned, call(2), {}),
                                alter(call(3), {{1, wkssvc}})})
    EXPECT_EQ(w.client(between), between);
  EXPECT_EQ(w.client(parts[1]), opnum_poisoned(parts[1]));
  EXPECT_FALSE(w.is_cut());
}

TEST(Fragments, WithoutAByteThatAreNotTheLastCutTheConnection) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  w.client(request({2, ByteOrder::little, 0x01}, {0, 0, {}}));
  EXPECT_EQ(w.cut_verdict().reason, Reason::pdu_malformed);
}

TEST(Fragments, BeyondTheLimitCutTheConnection) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  const Call large{0, 0, Octets(1025 * 8)};
  for (const Octets& fragment : request_fragments(call(2), large, 8)) w.client(fragment);
  EXPECT_EQ(w.cut_verdict().reason, Reason::call_too_long);
}

TEST(Fragments, StillOnTheirWayWhenTheServerFaultedTheCallPass) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  const std::vector<Octets> parts = request_fragments(call(2), {0, 0, Octets(24)}, 8);
  w.client(parts[0]);
  w.server(fault(call(2), 0, 5));
  EXPECT_EQ(w.client(parts[1]), parts[1]);
  w.server(fault(call(2), 0, 5));
  // Or the client gives up and begins another call.
  const Octets next = request(call(3), {0, 0});
  EXPECT_EQ(w.client(next), next);
  EXPECT_FALSE(w.is_cut());
}

// --- calls and answers ---------------------------------------------------------------------------

TEST(Answer, InManyFragmentsPassesAndEndsTheCall) {
  RpcWorld w;
  bind_ntlm(w, samr, 6);
  w.client(request(call(2), {0, 7, Octets(16), {}, ntlm(6)}));
  for (std::uint8_t i = 0; i < 100; ++i) {
    const auto flags = static_cast<std::uint8_t>((i == 0 ? 1 : 0) | (i == 99 ? 2 : 0));
    const Octets part = response({2, ByteOrder::little, flags}, 0, Octets(4000), ntlm(6));
    ASSERT_EQ(w.server(part), part);
  }
  EXPECT_FALSE(w.is_cut());
  w.server(response(call(2), 0, Octets(8), ntlm(6)));
  EXPECT_EQ(w.cut_verdict().reason, Reason::pdu_unexpected);
}

TEST(Answer, ToSeveralOutstandingCallsMayComeInAnyOrder) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  for (std::uint32_t id = 2; id < 6; ++id) w.client(request(call(id), {0, 0}));
  for (std::uint32_t id = 5; id >= 2; --id) w.server(response(call(id), 0, Octets(8)));
  EXPECT_FALSE(w.is_cut());
}

TEST(Answer, ThatNobodyAskedForCutsTheConnection) {
  for (const Octets& answer : {response(call(9), 0, Octets(8)), fault(call(9), 0, 5)}) {
    RpcWorld w;
    bind_bare(w, wkssvc);
    EXPECT_TRUE(w.server(answer).empty());
    EXPECT_EQ(w.cut_verdict().reason, Reason::pdu_unexpected);
  }
}

TEST(Answer, WithoutABeginningOrWithTwoCutsTheConnection) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  w.client(request(call(2), {0, 0}));
  EXPECT_TRUE(w.server(response({2, ByteOrder::little, 0x02}, 0, Octets(8))).empty());
  EXPECT_EQ(w.cut_verdict().reason, Reason::pdu_unexpected);
  bind_bare(w, wkssvc);
  w.client(request(call(2), {0, 0}));
  w.server(response({2, ByteOrder::little, 0x01}, 0, Octets(8)));
  EXPECT_TRUE(w.server(response({2, ByteOrder::little, 0x01}, 0, Octets(8))).empty());
  EXPECT_EQ(w.cut_verdict().reason, Reason::pdu_unexpected);
}

TEST(Answer, ToAPoisonedCallCutsTheConnection) {
  RpcWorld w;
  bind_ntlm(w, samr, 6);
  w.client(request(call(2), {0, samr_denied, Octets(16), {}, ntlm(6)}));
  EXPECT_TRUE(w.server(response(call(2), 0, Octets(8), ntlm(6))).empty());
  EXPECT_TRUE(w.is_cut());
}

TEST(Answer, WithoutATrailerToAProtectedCallCutsTheConnectionButAFaultMayBeBare) {
  RpcWorld w;
  bind_ntlm(w, samr, 6);
  w.client(request(call(2), {0, 7, Octets(16), {}, ntlm(6)}));
  const Octets bare_fault = fault(call(2), 0, 5);
  EXPECT_EQ(w.server(bare_fault), bare_fault);
  w.client(request(call(3), {0, 7, Octets(16), {}, ntlm(6)}));
  EXPECT_TRUE(w.server(response(call(3), 0, Octets(8))).empty());
  EXPECT_EQ(w.cut_verdict().reason, Reason::protection_too_low);
}

TEST(Answer, ThatIsARequestOfTheServerIsACallbackAndCut) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  EXPECT_TRUE(w.server(request(call(2), {0, 0})).empty());
  EXPECT_EQ(w.cut_verdict().reason, Reason::callback);
}

TEST(Answer, BeforeAnyBindCutsTheConnection) {
  RpcWorld w;
  w.open(FlowKind::data);
  EXPECT_TRUE(w.server(bind_ack(call(1), {accepted()})).empty());
  EXPECT_TRUE(w.is_cut());
}

TEST(Calls, ThatWantNoAnswerAreNotOutstanding) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  const std::uint32_t before = w.items_in_use();
  for (std::uint32_t id = 2; id < 1000; ++id)
    w.client(request({id, ByteOrder::little, 0x43}, {0, 0}));
  EXPECT_FALSE(w.is_cut());
  EXPECT_EQ(w.items_in_use(), before);
}

TEST(Calls, BeyondTheLimitCutTheConnection) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  for (std::uint32_t id = 2; id < 2 + 256; ++id) w.client(request(call(id), {0, 0}));
  ASSERT_FALSE(w.is_cut());
  w.client(request(call(1000), {0, 0}));
  EXPECT_EQ(w.cut_verdict().reason, Reason::too_many_calls);
}

TEST(Calls, ThatReuseAnOutstandingIdCutTheConnection) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  w.client(request(call(2), {0, 0}));
  w.client(request(call(2), {0, 0}));
  EXPECT_EQ(w.cut_verdict().reason, Reason::call_id_reused);
}

TEST(Calls, WithoutAnItemLeftCutTheConnection) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  while (w.items->make<inspect::CallItem>() != inspect::no_item) {
  }
  w.client(request(call(2), {0, 0}));
  EXPECT_EQ(w.cut_verdict().reason, Reason::state_table_full);
}

// --- new rules -----------------------------------------------------------------------------------

TEST(Rejudge, EndsAnAssociationWhoseInterfaceIsNoLongerGranted) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  inspect::Env same = w.env();
  EXPECT_EQ(inspect::rejudge(w.association, same), Reason::none);
  std::string rules = standard_rules;
  rules.replace(rules.find("wkssvc"), 6, "winreg");
  w.use_rules(rules, 2);
  inspect::Env other = w.env();
  EXPECT_EQ(inspect::rejudge(w.association, other), Reason::policy_changed);
}

TEST(Close, GivesEveryItemBack) {
  RpcWorld w;
  bind_ntlm(w, samr, 6);
  w.client(alter(call(2), {{1, winreg}, {2, wkssvc}}));
  w.client(request(call(3), {0, 7, Octets(16), {}, ntlm(6)}));
  EXPECT_GT(w.items_in_use(), 0u);
  w.close();
  EXPECT_EQ(w.items_in_use(), 0u);
}

}  // namespace
}  // namespace rpcgate::test
