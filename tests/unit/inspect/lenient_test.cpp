// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Replay of captures that begin in the middle or lose segments: what was not seen is no offence.
#include "conversation.hpp"

namespace rpcgate::test {
namespace {

class Lenient : public ::testing::Test {
 protected:
  Lenient() { w.flow.lenient = true; }
  void pick_up(FlowKind kind) {
    w.open(kind);
    inspect::resynchronise(w.association, Side::client);
    inspect::resynchronise(w.association, Side::server);
  }
  RpcWorld w;
};

TEST_F(Lenient, RequestsAndAnswersOfUnseenContextsPass) {
  pick_up(FlowKind::data);
  const Octets use = request(call(20), {3, 7, Octets(16), {}, ntlm(6)});
  EXPECT_EQ(w.client(use), use);
  const Octets stray = response(call(19), 3, Octets(40), ntlm(6));
  EXPECT_EQ(w.server(stray), stray);
  const Octets tail = request({21, ByteOrder::little, 0x02}, {3, 7, Octets(16), {}, ntlm(6)});
  EXPECT_EQ(w.client(tail), tail);
  EXPECT_FALSE(w.is_cut());
  EXPECT_TRUE(w.events.empty());
}

TEST_F(Lenient, AuthenticationAndAlterOfUnseenBeginningsPass) {
  pick_up(FlowKind::data);
  w.client(auth3(call(1), ntlm(6, ntlm_authenticate())));
  w.client(alter(call(2), {{1, samr}}));
  w.server(alter_resp(call(2), {accepted()}));
  w.server(bind_ack(call(9), {accepted()}));
  w.server(bind_nak(call(10)));
  EXPECT_FALSE(w.is_cut());
}

TEST_F(Lenient, ForbiddenBindsAreToldAlthoughTheCapturesServerAcceptedThem) {
  w.open(FlowKind::data);
  w.client(bind(call(1), {{0, winreg}}));
  w.server(bind_ack(call(1), {accepted()}));
  w.client(request(call(2), {0, 0}));
  w.server(response(call(2), 0, Octets(8)));
  EXPECT_FALSE(w.is_cut());
  EXPECT_EQ(w.count(Kind::bind_refused), 1u);
  EXPECT_EQ(w.count(Kind::bind_allowed), 0u);
}

TEST_F(Lenient, RequestsOnARefusedContextStayRefusedAndManyAreNotTold) {
  w.open(FlowKind::data);
  w.client(bind(call(1), {{0, winreg}, {1, wkssvc}}));
  w.server(bind_ack(call(1), {accepted(), accepted()}));
  for (std::uint32_t id = 2; id < 102; ++id) {
    const Octets use = request(call(id), {0, 0});
    EXPECT_EQ(w.client(use), opnum_poisoned(use));
    w.server(response(call(id), 0, Octets(8)));
  }
  EXPECT_EQ(w.last(Kind::request_refused).reason, Reason::unknown_context);
  EXPECT_EQ(w.count(Kind::request_refused), 64u);
  const Octets granted = request(call(102), {1, 0});
  EXPECT_EQ(w.client(granted), granted);
  EXPECT_FALSE(w.is_cut());
}

TEST_F(Lenient, RefusedRequestsAreToldAndTheirAnswersPass) {
  bind_bare(w, samr);
  w.client(request(call(2), {0, 7}));
  w.server(response(call(2), 0, Octets(8)));
  EXPECT_FALSE(w.is_cut());
  EXPECT_EQ(w.last(Kind::request_refused).reason, Reason::protection_too_low);
}

TEST_F(Lenient, MapperQuestionOfAnUnseenBindIsReadInEitherSyntax) {
  for (const Ndr ndr : {Ndr::ndr32, Ndr::ndr64}) {
    pick_up(FlowKind::mapper);
    w.client(request(call(5), {0, 3, map_question({{samr}, 4, true}, ndr)}));
    w.server(response(call(5), 0, map_answer({{{samr, 49154, server_address}}}, ndr)));
    EXPECT_FALSE(w.is_cut());
  }
  EXPECT_EQ(w.count(Kind::map_allowed), 2u);
  EXPECT_EQ(w.pinholes->size(), 1u);
}

TEST_F(Lenient, MapperAnswerOfAnUnseenQuestionIsReadInEitherSyntax) {
  for (const Ndr ndr : {Ndr::ndr32, Ndr::ndr64}) {
    RpcWorld fresh;
    fresh.flow.lenient = true;
    fresh.open(FlowKind::mapper);
    inspect::resynchronise(fresh.association, Side::server);
    fresh.server(response(call(5), 0, map_answer({{{samr, 49154, server_address}}}, ndr)));
    EXPECT_FALSE(fresh.is_cut());
    EXPECT_EQ(fresh.pinholes->size(), 1u);
    fresh.server(response(call(6), 0, map_answer({{{winreg, 49155, server_address}}}, ndr)));
    EXPECT_EQ(fresh.pinholes->size(), 1u);
    EXPECT_EQ(fresh.count(Kind::map_refused), 1u);
  }
}

TEST_F(Lenient, BytesLostInTheMiddleOfHeldFragmentsLeaveNothingBehind) {
  bind_mapper(w);
  const Octets stub = map_question({{samr}, 4, true}, Ndr::ndr32);
  w.client(request_fragments(call(2), {0, 3, stub}, 60)[0]);
  w.client(request(call(3), {0, 3, stub}));  // a second beginning
  w.server(response_fragments(call(3), 0, map_answer({{{samr, 49154, server_address}}}, Ndr::ndr32),
                              40)[0]);
  inspect::resynchronise(w.association, Side::client);
  inspect::resynchronise(w.association, Side::server);
  EXPECT_EQ(inspect::next_want(w.association, Side::server).length, 16u);
  w.close();
  EXPECT_EQ(w.items_in_use(), 0u);
}

TEST_F(Lenient, OutstandingCallsBeyondTheLimitForgetTheOldest) {
  bind_bare(w, wkssvc);
  for (std::uint32_t id = 2; id < 1000; ++id) w.client(request(call(id), {0, 0}));
  EXPECT_FALSE(w.is_cut());
  EXPECT_LT(w.items_in_use(), 300u);
}

TEST_F(Lenient, WhatIsNotRpcIsStillSaidToBeNoRpc) {
  w.open(FlowKind::data);
  w.client(Octets(32, std::byte{0x16}));
  EXPECT_EQ(w.cut_verdict().reason, Reason::not_rpc);
}

}  // namespace
}  // namespace rpcgate::test
