// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "conversation.hpp"

namespace rpcgate::test {
namespace {

constexpr std::size_t first_uuid_at = 32;   // of the first element's abstract syntax
constexpr std::size_t second_uuid_at = 76;  // of the second's, when both offer one syntax
constexpr std::size_t group_at = 20;

TEST(Bind, ToAGrantedInterfaceLeavesUnchangedAndIsToldWhenAccepted) {
  for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
    RpcWorld w;
    w.open(FlowKind::data);
    const Octets asked = bind(call(1, order), {{0, samr}});
    EXPECT_EQ(w.client(asked), asked);
    EXPECT_EQ(w.count(Kind::bind_allowed), 0u);
    const Octets answered = bind_ack(call(1), {accepted()}, 0x3988, {}, "49154");
    EXPECT_EQ(w.server(answered), answered);
    EXPECT_EQ(w.last(Kind::bind_allowed).interface, id_of(samr));
    EXPECT_EQ(w.last(Kind::bind_allowed).rule, policy::rule_id("dc"));
  }
}

TEST(Bind, ToAnInterfaceThatIsNotGrantedIsPoisonedInEitherByteOrder) {
  for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
    RpcWorld w;
    w.open(FlowKind::data);
    const Octets asked = bind(call(1, order), {{0, winreg}});
    EXPECT_EQ(w.client(asked), with(asked, first_uuid_at, ff(16)));
    EXPECT_EQ(w.last(Kind::bind_refused).interface, id_of(winreg));
    EXPECT_EQ(w.last(Kind::bind_refused).action, event::Action::rpc_error);
    EXPECT_EQ(w.last(Kind::bind_refused).reason, Reason::interface_not_granted);
    EXPECT_EQ(w.reasons(Reason::interface_not_granted), 1u);
    EXPECT_EQ(w.counted(Counter::pdus_poisoned), 1u);
    w.server(bind_ack(call(1), {rejected()}));
    EXPECT_FALSE(w.is_cut());
    EXPECT_EQ(w.count(Kind::bind_allowed), 0u);
  }
}

TEST(Bind, InAnotherMajorVersionIsPoisoned) {
  RpcWorld w;
  w.open(FlowKind::data);
  const Octets asked = bind(call(1), {{0, {samr.uuid, 2, 0}}});
  EXPECT_EQ(w.client(asked), with(asked, first_uuid_at, ff(16)));
  EXPECT_EQ(w.last(Kind::bind_refused).reason, Reason::version_not_granted);
}

TEST(Bind, ToTheEndpointMapperOnADataPortIsPoisoned) {
  RpcWorld w;
  w.open(FlowKind::data);
  const Octets asked = bind(call(1), {{0, epmapper}});
  EXPECT_EQ(w.client(asked), with(asked, first_uuid_at, ff(16)));
}

TEST(Bind, OfManyElementsPoisonsOnlyTheForbiddenOnes) {
  RpcWorld w;
  w.open(FlowKind::data);
  const Octets asked = bind(call(1), {{0, samr}, {1, winreg}, {2, wkssvc}});
  EXPECT_EQ(w.client(asked), with(asked, second_uuid_at, ff(16)));
  w.server(bind_ack(call(1), {accepted(), rejected(), accepted()}));
  EXPECT_FALSE(w.is_cut());
  EXPECT_EQ(w.count(Kind::bind_allowed), 2u);
  EXPECT_EQ(w.count(Kind::bind_refused), 1u);
  const Octets use = request(call(2), {2, 0});
  EXPECT_EQ(w.client(use), use);
}

TEST(Bind, OfWindowsOffersBothSyntaxesAndFeaturesAndPasses) {
  RpcWorld w;
  w.open(FlowKind::data);
  const Octets asked = bind(
      call(2), {{0, wkssvc, {ndr32_syntax}}, {1, wkssvc, {ndr64_syntax}}, {2, wkssvc, {features}}});
  EXPECT_EQ(w.client(asked), asked);
  w.server(bind_ack(call(2), {rejected(2), accepted(ndr64_syntax), features_granted()}));
  EXPECT_FALSE(w.is_cut());
  EXPECT_EQ(w.count(Kind::bind_allowed), 1u);
  const Octets use = request(call(3), {1, 0});
  EXPECT_EQ(w.client(use), use);
  const Octets misuse = request(call(4), {0, 0});
  EXPECT_EQ(w.client(misuse), opnum_poisoned(misuse));
}

TEST(Bind, WithoutFragmentFlagsIsMadeToSayThatItIsWhole) {
  RpcWorld w;
  w.open(FlowKind::data);
  const Octets asked = bind({1, ByteOrder::little, 0x00}, {{0, samr}});
  EXPECT_EQ(w.client(asked), bind(call(1), {{0, samr}}));
}

TEST(Bind, ThatTheServerAcceptsAlthoughPoisonedCutsTheConnection) {
  RpcWorld w;
  w.open(FlowKind::data);
  w.client(bind(call(1), {{0, winreg}}));
  EXPECT_TRUE(w.server(bind_ack(call(1), {accepted()})).empty());
  EXPECT_EQ(w.cut_verdict().reason, Reason::pdu_unexpected);
}

TEST(Bind, ThatIsAnsweredWithASyntaxNobodyOfferedCutsTheConnection) {
  RpcWorld w;
  w.open(FlowKind::data);
  w.client(bind(call(1), {{0, samr, {ndr32_syntax}}}));
  w.server(bind_ack(call(1), {accepted(ndr64_syntax)}));
  EXPECT_TRUE(w.is_cut());
}

TEST(Bind, ThatIsAnsweredWithMoreResultsOrNoneCutsTheConnection) {
  for (const std::vector<Outcome>& outcomes :
       {std::vector<Outcome>{accepted(), accepted()}, std::vector<Outcome>{}}) {
    RpcWorld w;
    w.open(FlowKind::data);
    w.client(bind(call(1), {{0, samr}}));
    w.server(bind_ack(call(1), outcomes));
    EXPECT_EQ(w.cut_verdict().reason, Reason::pdu_malformed);
  }
}

TEST(Bind, WhoseLastElementsGetNoResultHasOnlyTheFirstAccepted) {
  RpcWorld w;
  w.open(FlowKind::data);
  w.client(bind(call(1), {{0, wkssvc}, {1, wkssvc, {ndr64_syntax}}}));
  w.server(bind_ack(call(1), {accepted()}));
  ASSERT_FALSE(w.is_cut());
  const Octets first = request(call(2), {0, 0});
  EXPECT_EQ(w.client(first), first);
  const Octets second = request(call(3), {1, 0});
  EXPECT_EQ(w.client(second), opnum_poisoned(second));
}

TEST(Bind, ThatIsAnsweredUnderAnotherCallIdCutsTheConnection) {
  RpcWorld w;
  w.open(FlowKind::data);
  w.client(bind(call(1), {{0, samr}}));
  w.server(bind_ack(call(9), {accepted()}));
  EXPECT_EQ(w.cut_verdict().reason, Reason::pdu_unexpected);
}

TEST(Bind, IsTheFirstPduAndTheOnlyOne) {
  RpcWorld w;
  for (const Octets& first :
       {alter(call(1), {{0, samr}}), request(call(1), {}), auth3(call(1), ntlm(6))}) {
    w.open(FlowKind::data);
    EXPECT_TRUE(w.client(first).empty());
    EXPECT_EQ(w.cut_verdict().reason, Reason::pdu_unexpected);
  }
  bind_bare(w, samr);
  EXPECT_TRUE(w.client(bind(call(2), {{1, samr}})).empty());
  EXPECT_EQ(w.cut_verdict().reason, Reason::pdu_unexpected);
}

TEST(Bind, WithoutElementsOrSyntaxesOrWithBytesLeftOverCutsTheConnection) {
  for (const Octets& odd :
       {bind(call(1), {}), bind(call(1), {{0, samr, {}}}), pdu(pdu_bind, call(1), Octets(60))}) {
    RpcWorld w;
    w.open(FlowKind::data);
    EXPECT_TRUE(w.client(odd).size() <= 16);
    EXPECT_TRUE(w.is_cut());
  }
}

TEST(Bind, RefusedByResetOrInSilenceCutsTheConnection) {
  for (const bool drop : {false, true}) {
    std::string rules = standard_rules;
    const std::string key = "protection = \"privacy\"\n[[publish.interface]]\nname = \"samr\"";
    const std::size_t at = rules.find(key);
    ASSERT_NE(at, std::string::npos);
    rules.insert(at, drop ? "refuse = \"drop\"\n" : "refuse = \"reset\"\n");
    RpcWorld w(rules);
    w.open(FlowKind::data);
    EXPECT_TRUE(w.client(bind(call(1), {{0, winreg}})).empty());
    EXPECT_TRUE(w.is_cut());
    EXPECT_EQ(w.cut_verdict().silent, drop);
    EXPECT_EQ(w.cut_verdict().reason, Reason::interface_not_granted);
    EXPECT_EQ(w.last(Kind::bind_refused).action,
              drop ? event::Action::dropped : event::Action::reset);
    EXPECT_EQ(w.reasons(Reason::interface_not_granted), 1u);
  }
}

TEST(Bind, ToAnInterfaceThatTheRulesNowSendToAnotherServerIsPoisoned) {
  RpcWorld w;
  w.open(FlowKind::data);
  std::string rules = standard_rules;
  rules.replace(rules.find("10.1.1.20"), 9, "10.1.1.99");
  w.use_rules(rules, 2);
  const Octets asked = bind(call(1), {{0, samr}});
  EXPECT_EQ(w.client(asked), with(asked, first_uuid_at, ff(16)));
  EXPECT_EQ(w.last(Kind::bind_refused).reason, Reason::interface_not_on_pinhole);
}

TEST(Bind, ThatIsNakedForgetsAllContexts) {
  RpcWorld w;
  w.open(FlowKind::data);
  w.client(bind(call(1), {{0, wkssvc}}));
  const Octets nak = bind_nak(call(1));
  EXPECT_EQ(w.server(nak), nak);
  const Octets late = request(call(2), {0, 0});
  EXPECT_EQ(w.client(late), opnum_poisoned(late));
  EXPECT_EQ(w.last(Kind::request_refused).reason, Reason::unknown_context);
}

TEST(BindAnswer, HidesTheInnerPortWhereTheOuterOneIsAsLong) {
  RpcWorld w;
  w.flow.server.port = 49154;
  w.flow.outer_port = 50000;
  w.open(FlowKind::data);
  w.client(bind(call(1), {{0, samr}}));
  EXPECT_EQ(w.server(bind_ack(call(1), {accepted()}, 1, {}, "49154")),
            bind_ack(call(1), {accepted()}, 1, {}, "50000"));
  w.flow.outer_port = 1000;
  w.open(FlowKind::data);
  w.client(bind(call(1), {{0, samr}}));
  const Octets ack = bind_ack(call(1), {accepted()}, 1, {}, "49154");
  EXPECT_EQ(w.server(ack), ack);
}

// --- alter_context -------------------------------------------------------------------------------

TEST(Alter, ThatAddsAForbiddenInterfaceIsPoisonedAndTheOthersGoOn) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  const Octets asked = alter(call(2), {{1, winreg}});
  EXPECT_EQ(w.client(asked), with(asked, first_uuid_at, ff(16)));
  w.server(alter_resp(call(2), {rejected()}));
  const Octets use = request(call(3), {0, 0});
  EXPECT_EQ(w.client(use), use);
  EXPECT_FALSE(w.is_cut());
}

TEST(Alter, WithDecoysPoisonsOnlyTheForbiddenElement) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  const Octets asked = alter(call(2), {{1, samr}, {2, winreg}, {3, lsarpc}});
  EXPECT_EQ(w.client(asked), with(asked, second_uuid_at, ff(16)));
}

TEST(Alter, WithoutATrailerOnASealedConnectionIsLegitimate) {
  RpcWorld w;
  bind_ntlm(w, samr, 6);
  const Octets asked = alter(call(2), {{1, wkssvc}});
  EXPECT_EQ(w.client(asked), asked);
  w.server(alter_resp(call(2), {accepted()}));
  const Octets use = request(call(3), {1, 0, Octets(16), {}, ntlm(6)});
  EXPECT_EQ(w.client(use), use);
  EXPECT_FALSE(w.is_cut());
}

TEST(Alter, ThatRepeatsAContextIsLegitimate) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  const Octets again = alter(call(2), {{0, wkssvc}});
  EXPECT_EQ(w.client(again), again);
  w.server(alter_resp(call(2), {accepted()}));
  EXPECT_FALSE(w.is_cut());
  EXPECT_EQ(w.count(Kind::bind_allowed), 1u);
}

TEST(Alter, ThatIsRejectedLeavesTheOldContextOfThatIdAlive) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  w.client(alter(call(2), {{0, wkssvc}}));
  w.server(alter_resp(call(2), {rejected()}));
  const Octets use = request(call(3), {0, 0});
  EXPECT_EQ(w.client(use), use);
}

TEST(Alter, ThatGivesAnAcceptedIdAnotherMeaningCutsBeforeAnyPoisoning) {
  for (const Element& element :
       {Element{0, winreg}, Element{0, samr}, Element{0, wkssvc, {ndr64_syntax}}}) {
    RpcWorld w;
    bind_bare(w, wkssvc);
    EXPECT_TRUE(w.client(alter(call(2), {element})).empty());
    EXPECT_EQ(w.cut_verdict().reason, Reason::context_changed);
    EXPECT_EQ(w.count(Kind::bind_refused), 0u);
  }
}

TEST(Alter, ThatGivesAPendingIdAnotherMeaningCutsTheConnection) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  w.client(alter(call(2), {{1, winreg}}));  // poisoned, not answered yet
  w.client(alter(call(3), {{1, samr}}));
  EXPECT_EQ(w.cut_verdict().reason, Reason::context_changed);
}

TEST(Bind, ThatUsesOneIdTwiceWithDifferentMeaningsCutsTheConnection) {
  for (const Element& second : {Element{0, winreg}, Element{0, samr, {ndr64_syntax}}}) {
    RpcWorld w;
    w.open(FlowKind::data);
    w.client(bind(call(1), {{0, samr}, second}));
    EXPECT_EQ(w.cut_verdict().reason, Reason::context_changed);
  }
}

TEST(Alter, MayUseAnIdAgainWhoseOnlyUseWasRejected) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  w.client(alter(call(2), {{1, winreg}}));
  w.server(alter_resp(call(2), {rejected()}));
  const Octets again = alter(call(3), {{1, samr}});
  EXPECT_EQ(w.client(again), again);
  w.server(alter_resp(call(3), {accepted()}));
  EXPECT_FALSE(w.is_cut());
  EXPECT_EQ(w.last(Kind::bind_allowed).interface, id_of(samr));
}

TEST(Alter, ThatIsAnsweredByAFaultAddsNothing) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  w.client(alter(call(2), {{1, lsarpc}}));
  const Octets answer = fault(call(2), 0, 0x1c01000b);
  EXPECT_EQ(w.server(answer), answer);
  const Octets use = request(call(3), {1, 0});
  EXPECT_EQ(w.client(use), opnum_poisoned(use));
}

TEST(Alter, BeyondTheLimitOfContextsCutsTheConnection) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  std::uint32_t id = 2;
  for (std::uint16_t context = 1; context < 64; ++context, ++id) {
    w.client(alter(call(id), {{context, wkssvc}}));
    w.server(alter_resp(call(id), {accepted()}));
    ASSERT_FALSE(w.is_cut()) << context;
  }
  w.client(alter(call(id), {{64, wkssvc}}));
  EXPECT_EQ(w.cut_verdict().reason, Reason::too_many_contexts);
}

// --- association groups --------------------------------------------------------------------------

TEST(Group, ThatTheServerGaveToThisClientMayBeJoined) {
  RpcWorld w;
  bind_bare(w, wkssvc);  // put into 0x3988
  w.open(FlowKind::data);
  const Octets asked = bind(call(1), {{0, wkssvc}}, {}, 0x3988);
  EXPECT_EQ(w.client(asked), asked);
}

TEST(Group, ThatWasGivenToAnotherClientIsPoisoned) {
  for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
    RpcWorld w;
    bind_bare(w, wkssvc);
    w.close();
    w.flow.scope.client = wire::IpAddress::from_v4(0xc6336408);
    w.open(FlowKind::data);
    const Octets asked = bind(call(1, order), {{0, wkssvc}}, {}, 0x3988);
    EXPECT_EQ(w.client(asked), with(asked, group_at, ff(4)));
    EXPECT_EQ(w.last(Kind::bind_refused).reason, Reason::association_group_foreign);
    EXPECT_EQ(w.reasons(Reason::association_group_foreign), 1u);
  }
}

TEST(Group, ThatWasGivenByAnotherServerIsPoisoned) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  const inspect::AssociationGroups& groups = *w.groups;
  EXPECT_TRUE(groups.knows(w.flow.scope.client, w.flow.server.address, 0x3988, w.now));
  EXPECT_FALSE(groups.knows(w.flow.scope.client, wire::IpAddress::from_v4(1), 0x3988, w.now));
}

TEST(Group, IsForgottenAnHourAfterItsLastUseButNotWhileItIsUsed) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  for (std::uint32_t i = 0; i < 3; ++i) {
    w.now += seconds{3000};
    w.client(request(call(10 + i), {0, 0}));
    w.server(response(call(10 + i), 0, Octets(4)));
  }
  EXPECT_TRUE(w.groups->knows(w.flow.scope.client, w.flow.server.address, 0x3988, w.now));
  w.close();
  w.now += seconds{3601};
  EXPECT_FALSE(w.groups->knows(w.flow.scope.client, w.flow.server.address, 0x3988, w.now));
}

TEST(Group, ThatIsUnknownAfterARestartPassesDuringTheAmnestyAndIsTold) {
  RpcWorld w;
  w.groups->set_amnesty_until(w.now + seconds{60});
  w.open(FlowKind::data);
  const Octets asked = bind(call(1), {{0, wkssvc}}, {}, 0x77);
  EXPECT_EQ(w.client(asked), asked);
  EXPECT_EQ(w.last(Kind::bind_allowed).reason, Reason::association_group_foreign);
  w.now += seconds{61};
  w.open(FlowKind::data);
  EXPECT_NE(w.client(asked), asked);
}

TEST(Group, TableMakesRoomByForgettingTheLongestUnused) {
  inspect::AssociationGroups groups(4, seconds{1000});  // one set of four
  const wire::IpAddress client = wire::IpAddress::from_v4(1);
  const wire::IpAddress server = wire::IpAddress::from_v4(2);
  Instant now = instant_from_ns(1);
  for (std::uint32_t group = 1; group <= 4; ++group)
    groups.give(client, server, group, now += seconds{1});
  groups.give(client, server, 1, now += seconds{1});
  groups.give(client, server, 5, now += seconds{1});
  EXPECT_TRUE(groups.knows(client, server, 1, now));
  EXPECT_FALSE(groups.knows(client, server, 2, now));
  EXPECT_TRUE(groups.knows(client, server, 5, now));
  EXPECT_FALSE(groups.knows(client, server, 0, now));
}

}  // namespace
}  // namespace rpcgate::test
