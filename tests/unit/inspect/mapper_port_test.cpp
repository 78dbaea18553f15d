// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What else comes to the mapper's port: other operations, odd questions, authenticated ones.
#include "mapper_conversation.hpp"

namespace rpcgate::test {
namespace {

// --- other calls of the mapper's port ------------------------------------------------------------

TEST(Mapper, OperationsThatAreNeverAllowedArePoisonedInEveryFragment) {
  for (const int opnum : {0, 1, 2, 5, 6, 7, 8, 9, 200}) {
    RpcWorld w;
    bind_mapper(w);
    for (const Octets& part :
         request_fragments(call(2), {0, static_cast<std::uint16_t>(opnum), Octets(40)}, 16))
      EXPECT_EQ(w.client(part), opnum_poisoned(part)) << opnum;
    EXPECT_EQ(w.last(Kind::request_refused).reason, Reason::mapper_operation);
    EXPECT_EQ(w.reasons(Reason::mapper_operation), 1u);
  }
}

TEST(Mapper, HandleFreePasses) {
  RpcWorld w;
  bind_mapper(w);
  const Octets free = request(call(2), {0, 4, Octets(20)});
  EXPECT_EQ(w.client(free), free);
  const Octets done = response(call(2), 0, Octets(24));
  EXPECT_EQ(w.server(done), done);
}

TEST(Mapper, OtherInterfacesOnItsPortAreUnderTheRuleLikeAnything) {
  RpcWorld w;
  w.open(FlowKind::mapper);
  const Octets asked = bind(call(1), {{0, mgmt}});
  EXPECT_EQ(w.client(asked), with(asked, 32, ff(16)));
  w.open(FlowKind::mapper);
  const Octets granted = bind(call(1), {{0, samr}});
  EXPECT_EQ(w.client(granted), granted);
  w.server(bind_ack(call(1), {accepted()}));
  const Octets bare = request(call(2), {0, 3, Octets(40)});
  EXPECT_EQ(w.client(bare), opnum_poisoned(bare));
  EXPECT_EQ(w.last(Kind::request_refused).reason, Reason::protection_too_low);
}

TEST(Mapper, QuestionsThatCannotBeReadWithCertaintyArePoisoned) {
  const Octets good = map_question({{samr}, 4, true}, Ndr::ndr32);
  const std::vector<Octets> odd = {
      with(good, 24, from_hex("4c000000")),     // conformance and length differ
      with(good, 20, from_hex("00000000")),     // no tower
      with(good, 32, from_hex("0400")),         // four floors
      joined({good, Octets(8, std::byte{1})}),  // something behind it
      slice(good, 0, good.size() - 1),         Octets(1),
  };
  for (const Octets& stub : odd) {
    RpcWorld w;
    bind_mapper(w);
    const Octets question = request(call(2), {0, ept_map, stub});
    EXPECT_EQ(w.client(question), opnum_poisoned(question)) << to_hex(stub);
    EXPECT_EQ(w.last(Kind::map_refused).reason, Reason::mapper_malformed);
    EXPECT_FALSE(w.is_cut());
  }
}

TEST(Mapper, QuestionForAnotherProtocolIsRefused) {
  RpcWorld w;
  bind_mapper(w);
  Tower http{samr, 135, 0};
  http.port_protocol = 0x1f;
  const Octets question = request(call(2), {0, ept_map, map_question({http, 4, true}, Ndr::ndr32)});
  EXPECT_NE(w.client(question), question);
  EXPECT_EQ(w.count(Kind::map_refused), 1u);
}

TEST(Mapper, QuestionWithAnObjectInItsHeaderIsRefused) {
  RpcWorld w;
  bind_mapper(w);
  const Octets question = request(call(2), {0, ept_map, map_question({{samr}, 4, true}, Ndr::ndr32),
                                            "00010203-0405-0607-0809-0a0b0c0d0e0f"});
  EXPECT_EQ(w.client(question), opnum_poisoned(question));
}

TEST(Mapper, QuestionWithAVerificationTrailerPasses) {
  RpcWorld w;
  bind_mapper(w);
  const Octets stub = joined({map_question({{samr}, 4, true}, Ndr::ndr32),
                              from_hex("8ae3137102f43671 01c00400 01000000")});
  const Octets question = request(call(2), {0, ept_map, stub});
  EXPECT_EQ(w.client(question), question);
}

TEST(Mapper, QuestionForMoreTowersThanAnybodyUsesIsClampedInEitherOrder) {
  for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
    for (const Ndr ndr : {Ndr::ndr32, Ndr::ndr64}) {
      RpcWorld w;
      bind_mapper(w, ndr, order);
      EXPECT_EQ(w.client(ask(2, samr, ndr, order, 500)), ask(2, samr, ndr, order, 8));
      EXPECT_EQ(w.client(ask(3, samr, ndr, order, 8)), ask(3, samr, ndr, order, 8));
    }
  }
}

TEST(Mapper, AnswerWithoutAQuestionCutsTheConnection) {
  RpcWorld w;
  bind_mapper(w);
  EXPECT_TRUE(w.server(answer(9, {{samr, 49154, server_address}})).empty());
  EXPECT_EQ(w.cut_verdict().reason, Reason::answer_without_question);
  EXPECT_EQ(w.pinholes->size(), 0u);
}

TEST(Mapper, AnswerThatCannotBeReadCutsTheConnection) {
  RpcWorld w;
  bind_mapper(w);
  w.client(ask(2, samr));
  EXPECT_TRUE(w.server(response(call(2), 0, Octets(30, std::byte{9}))).empty());
  EXPECT_EQ(w.cut_verdict().reason, Reason::mapper_malformed);
}

TEST(Mapper, FaultEndsTheQuestion) {
  RpcWorld w;
  bind_mapper(w);
  w.client(ask(2, samr));
  const Octets refusal = fault(call(2), 0, 5);
  EXPECT_EQ(w.server(refusal), refusal);
  w.server(answer(2, {{samr, 49154, server_address}}));
  EXPECT_EQ(w.cut_verdict().reason, Reason::answer_without_question);
}

TEST(Mapper, QuestionRefusedByResetOrInSilenceCutsTheConnection) {
  for (const bool drop : {false, true}) {
    std::string rules = standard_rules;
    rules.insert(rules.find("also = "), drop ? "refuse = \"drop\"\n" : "refuse = \"reset\"\n");
    RpcWorld w(rules);
    bind_mapper(w);
    EXPECT_TRUE(w.client(ask(2, winreg)).empty());
    EXPECT_TRUE(w.is_cut());
    EXPECT_EQ(w.cut_verdict().silent, drop);
    EXPECT_EQ(w.last(Kind::map_refused).action,
              drop ? event::Action::dropped : event::Action::reset);
  }
}

TEST(Mapper, AnswerUnderRulesThatNoLongerGrantTheInterfaceOpensNothing) {
  RpcWorld w;
  bind_mapper(w);
  w.client(ask(2, wkssvc));
  std::string rules = standard_rules;
  rules.replace(rules.find("wkssvc"), 6, "winreg");
  w.use_rules(rules, 2);
  w.server(answer(2, {{wkssvc, 49155, server_address}}));
  EXPECT_EQ(w.pinholes->size(), 0u);
  EXPECT_EQ(w.last(Kind::map_refused).reason, Reason::policy_changed);
}

// --- authenticated -------------------------------------------------------------------------------

void bind_mapper_ntlm(RpcWorld& w, std::uint8_t level) {
  w.open(FlowKind::mapper);
  w.client(bind(call(1), {{0, epmapper}}, ntlm(level, ntlm_negotiate())));
  w.server(bind_ack(call(1), {accepted()}, 1, ntlm(level, ntlm_challenge())));
  w.client(auth3(call(1), ntlm(level, ntlm_authenticate())));
  ASSERT_FALSE(w.is_cut());
}

Octets ask_with(std::uint32_t id, const Interface& interface, const Trailer& trailer) {
  return request(call(id),
                 {0, ept_map, map_question({{interface}, 4, true}, Ndr::ndr32), {}, trailer});
}
Octets answer_with(std::uint32_t id, const std::vector<Tower>& towers, const Trailer& trailer) {
  return response(call(id), 0, map_answer({towers}, Ndr::ndr32), trailer);
}

TEST(MapperAuthenticated, SignedQuestionIsReadAndItsAnswerLeavesUnchanged) {
  RpcWorld w;
  bind_mapper_ntlm(w, 5);
  const Octets question = ask_with(2, samr, ntlm(5));
  EXPECT_EQ(w.client(question), question);
  EXPECT_EQ(w.last(Kind::map_allowed).user.view(), "CORP\\administrator@PC1");
  const Octets reply = answer_with(2, {{samr, 49154, server_address}}, ntlm(5));
  EXPECT_EQ(w.server(reply), reply);
  EXPECT_TRUE(has_pinhole(w, 49154));
}

TEST(MapperAuthenticated, SignedQuestionForAForbiddenInterfaceLosesItsOpnum) {
  RpcWorld w;
  bind_mapper_ntlm(w, 5);
  const Octets question = ask_with(2, winreg, ntlm(5));
  EXPECT_EQ(w.client(question), opnum_poisoned(question));
  EXPECT_EQ(w.last(Kind::map_refused).reason, Reason::interface_not_granted);
  w.server(answer_with(2, {{winreg, 49154, server_address}}, ntlm(5)));
  EXPECT_TRUE(w.is_cut());
  EXPECT_EQ(w.pinholes->size(), 0u);
}

TEST(MapperAuthenticated, SignedAnswerWhosePortIsTakenIsCutRatherThanEdited) {
  RpcWorld w;
  pinhole::Request other;
  other.client = w.flow.scope.client;
  other.outer = w.flow.scope.outer;
  other.server = {wire::IpAddress::from_v4(0x0a010163), 49154};
  ASSERT_TRUE(w.pinholes->open(other, w.now));
  bind_mapper_ntlm(w, 5);
  w.client(ask_with(2, samr, ntlm(5)));
  EXPECT_TRUE(w.server(answer_with(2, {{samr, 49154, server_address}}, ntlm(5))).empty());
  EXPECT_EQ(w.cut_verdict().reason, Reason::no_outer_port);
  EXPECT_EQ(w.last(Kind::map_refused).action, event::Action::reset);
}

TEST(MapperAuthenticated, SignedAnswerIsNotEditedAlthoughTheQuestionWasBare) {
  RpcWorld w;
  bind_mapper_ntlm(w, 5);
  const Octets question = ask(2, samr);
  EXPECT_EQ(w.client(question), question);
  const Octets reply = answer_with(2, {{samr, 49154, server_address}}, ntlm(5));
  EXPECT_EQ(w.server(reply), reply);
  EXPECT_TRUE(has_pinhole(w, 49154));
}

TEST(MapperAuthenticated, SignedAnswerForAPortThatIsMappedAlreadyIsCut) {
  RpcWorld w;
  pinhole::Request other;
  other.client = w.flow.scope.client;
  other.outer = w.flow.scope.outer;
  other.server = {wire::IpAddress::from_v4(0x0a010163), 49154};
  ASSERT_TRUE(w.pinholes->open(other, w.now));
  bind_mapper_ntlm(w, 5);
  w.client(ask(2, samr));
  w.server(answer(2, {{samr, 49154, server_address}}));  // bare: mapped and patched
  ASSERT_FALSE(w.is_cut());
  w.client(ask_with(3, samr, ntlm(5)));
  EXPECT_TRUE(w.server(answer_with(3, {{samr, 49154, server_address}}, ntlm(5))).empty());
  EXPECT_EQ(w.cut_verdict().reason, Reason::no_outer_port);
}

TEST(MapperAuthenticated, SealedQuestionIsRefused) {
  RpcWorld w;
  bind_mapper_ntlm(w, 6);
  const Octets question = ask_with(2, samr, ntlm(6));
  EXPECT_EQ(w.client(question), opnum_poisoned(question));
  EXPECT_EQ(w.last(Kind::map_refused).reason, Reason::mapper_authenticated);
}

TEST(MapperAuthenticated, QuestionAtConnectLevelIsEditedLikeABareOne) {
  RpcWorld w;
  bind_mapper_ntlm(w, 2);
  const Octets bad = ask_with(2, winreg, ntlm(2));
  EXPECT_EQ(w.client(bad), with(bad, uuid_in(bad, winreg), ff(16)));
  const Octets good = ask_with(3, samr, ntlm(2));
  EXPECT_EQ(w.client(good), good);
  const Tower tower{samr, 49154, server_address};
  EXPECT_EQ(w.server(answer_with(3, {tower}, ntlm(2))),
            answer_with(3, {seen(tower, 49154)}, ntlm(2)));
}

}  // namespace
}  // namespace rpcgate::test
