// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "mapper_conversation.hpp"

namespace rpcgate::test {
namespace {

struct Shape {
  Ndr ndr;
  ByteOrder client;
  ByteOrder server;
};
constexpr Shape shapes[] = {
    {Ndr::ndr32, ByteOrder::little, ByteOrder::little},
    {Ndr::ndr32, ByteOrder::big, ByteOrder::little},
    {Ndr::ndr32, ByteOrder::big, ByteOrder::big},
    {Ndr::ndr64, ByteOrder::little, ByteOrder::little},
    {Ndr::ndr64, ByteOrder::big, ByteOrder::little},
    {Ndr::ndr64, ByteOrder::little, ByteOrder::big},
};

TEST(Map, OfAGrantedInterfaceOpensAPinholeAndPatchesTheAnswerInEveryShape) {
  for (const Shape& shape : shapes) {
    RpcWorld w;
    bind_mapper(w, shape.ndr, shape.client, shape.server);
    const Octets question = ask(2, samr, shape.ndr, shape.client);
    EXPECT_EQ(w.client(question), question);
    EXPECT_EQ(w.last(Kind::map_allowed).interface, id_of(samr));
    const Tower tower{samr, 49154, server_address};
    EXPECT_EQ(w.server(answer(2, {tower}, shape.ndr, shape.server)),
              answer(2, {seen(tower, 49154)}, shape.ndr, shape.server));
    ASSERT_FALSE(w.is_cut());
    ASSERT_TRUE(has_pinhole(w, 49154));
    const event::Event& e = w.last(Kind::pinhole_opened);
    EXPECT_EQ(e.interface, id_of(samr));
    EXPECT_EQ(e.server_port, 49154);
    EXPECT_EQ(e.outer_port, 49154);
    EXPECT_NE(e.pinhole, 0u);
    EXPECT_EQ(e.server, w.flow.server.address);
  }
}

TEST(Map, OpensThePinholeBeforeTheAnswerLeaves) {
  RpcWorld w;
  bind_mapper(w);
  w.client(ask(2, samr));
  bool there = false;
  w.on_release = [&](Side from, const Octets&) {
    if (from == Side::server) there = has_pinhole(w, 49154);
  };
  w.server(answer(2, {{samr, 49154, server_address}}));
  EXPECT_TRUE(there);
  w.on_release = nullptr;
}

TEST(Map, OfTheRealExchangeQuestionAndAnswerIsReadByteForByte) {
  std::string rules = standard_rules;
  rules.replace(rules.find("wkssvc"), 6, "emsmdb");
  RpcWorld w(rules);
  bind_mapper(w);
  const Octets question = from_hex(
      "05 00 00 03 10 00 00 00 9c 00 00 00 01 00 00 00 "
      "84 00 00 00 00 00 03 00 01 00 00 00 00 00 00 00 "
      "00 00 00 00 00 00 00 00 00 00 00 00 02 00 00 00 "
      "4b 00 00 00 4b 00 00 00 05 00 13 00 0d 00 db f1 "
      "a4 47 ca 67 10 b3 1f 00 dd 01 06 62 da 00 00 02 "
      "00 51 00 13 00 0d 04 5d 88 8a eb 1c c9 11 9f e8 "
      "08 00 2b 10 48 60 02 00 02 00 00 00 01 00 0b 02 "
      "00 00 00 01 00 07 02 00 00 87 01 00 09 04 00 00 "
      "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
      "00 00 00 00 00 00 00 00 04 00 00 00 ");
  ASSERT_EQ(question.size(), 156u);
  EXPECT_EQ(w.client(question), question);
  const Octets reply = from_hex(
      "05 00 02 03 10 00 00 00 98 00 00 00 01 00 00 00 "
      "80 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
      "00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 "
      "04 00 00 00 00 00 00 00 01 00 00 00 03 00 00 00 "
      "4b 00 00 00 4b 00 00 00 05 00 13 00 0d 00 db f1 "
      "a4 47 ca 67 10 b3 1f 00 dd 01 06 62 da 00 00 02 "
      "00 51 00 13 00 0d 04 5d 88 8a eb 1c c9 11 9f e8 "
      "08 00 2b 10 48 60 02 00 02 00 00 00 01 00 0b 02 "
      "00 00 00 01 00 07 02 00 c2 03 01 00 09 04 00 0a "
      "01 01 14 00 00 00 00 00 ");
  ASSERT_EQ(reply.size(), 152u);
  const Octets patched = with(reply, 143, from_hex("cb007105"));
  EXPECT_EQ(w.server(reply), patched);
  EXPECT_TRUE(has_pinhole(w, 49667));
}

TEST(Map, OfAnInterfaceThatIsNotGrantedLosesItsUuidAndOpensNothing) {
  for (const Shape& shape : shapes) {
    RpcWorld w;
    bind_mapper(w, shape.ndr, shape.client, shape.server);
    const Octets question = ask(2, winreg, shape.ndr, shape.client);
    EXPECT_EQ(w.client(question), with(question, uuid_in(question, winreg), ff(16)));
    EXPECT_EQ(w.last(Kind::map_refused).interface, id_of(winreg));
    EXPECT_EQ(w.last(Kind::map_refused).reason, Reason::interface_not_granted);
    EXPECT_EQ(w.reasons(Reason::interface_not_granted), 1u);
    EXPECT_EQ(w.count(Kind::map_allowed), 0u);
    const Octets none = answer(2, {}, shape.ndr, shape.server, not_registered);
    EXPECT_EQ(w.server(none), none);
    EXPECT_FALSE(w.is_cut());
    EXPECT_EQ(w.pinholes->size(), 0u);
  }
}

TEST(Map, OfTheMapperItselfOrAnotherVersionIsRefused) {
  for (const Interface& interface : {epmapper, Interface{samr.uuid, 2, 0}}) {
    RpcWorld w;
    bind_mapper(w);
    const Octets question = ask(2, interface);
    EXPECT_NE(w.client(question), question);
    EXPECT_EQ(w.count(Kind::map_refused), 1u);
  }
}

TEST(Map, AnsweredWithTowersAlthoughPoisonedOpensNothing) {
  RpcWorld w;
  bind_mapper(w);
  w.client(ask(2, winreg));
  const Tower tower{winreg, 49154, server_address};
  Tower denied = tower;
  denied.port = 0;
  EXPECT_EQ(w.server(answer(2, {tower})),
            answer(2, {denied}, Ndr::ndr32, ByteOrder::little, not_registered));
  EXPECT_EQ(w.pinholes->size(), 0u);
  EXPECT_EQ(w.count(Kind::map_refused), 1u);  // told when it was asked
}

TEST(Map, AnsweredWithSeveralTowersOpensEachPort) {
  RpcWorld w;
  bind_mapper(w, Ndr::ndr64);
  w.client(ask(2, samr, Ndr::ndr64));
  const Tower one{samr, 49674, server_address};
  const Tower two{samr, 49667, 0};
  EXPECT_EQ(w.server(answer(2, {one, two}, Ndr::ndr64)),
            answer(2, {seen(one, 49674), seen(two, 49667)}, Ndr::ndr64));
  EXPECT_TRUE(has_pinhole(w, 49674));
  EXPECT_TRUE(has_pinhole(w, 49667));
  EXPECT_EQ(w.count(Kind::pinhole_opened), 2u);
}

TEST(Map, AnsweredTwiceWithOnePortOpensOnePinholeAndTellsItOnce) {
  RpcWorld w;
  bind_mapper(w);
  for (std::uint32_t id = 2; id < 5; ++id) {
    w.client(ask(id, samr));
    const Tower tower{samr, 49154, server_address};
    EXPECT_EQ(w.server(answer(id, {tower, tower})),
              answer(id, {seen(tower, 49154), seen(tower, 49154)}));
  }
  EXPECT_EQ(w.pinholes->size(), 1u);
  EXPECT_EQ(w.count(Kind::pinhole_opened), 1u);
}

TEST(Map, AnsweredWithATowerThatDoesNotFitIsGivenThePlaceOfOneThatDoes) {
  const Tower good{samr, 49154, server_address};
  const Tower bad[] = {
      {winreg, 49160, server_address},             // another interface
      {{samr.uuid, 2, 0}, 49160, server_address},  // another version
      {samr, 49160, 0x0a010199},                   // an inner third host
      {samr, 49160, 0x7f000001},                   // itself
      {samr, 0, server_address},
      {samr, 135, server_address},
      {samr, 445, server_address},
      {samr, 1023, server_address},
      {samr, 3389, server_address},
      {samr, 5985, server_address},
  };
  for (const Tower& odd : bad) {
    RpcWorld w;
    bind_mapper(w);
    w.client(ask(2, samr));
    EXPECT_EQ(w.server(answer(2, {odd, good})), answer(2, {seen(odd, 49154), seen(good, 49154)}));
    EXPECT_EQ(w.pinholes->size(), 1u);
  }
}

TEST(Map, AnsweredWithNothingThatFitsBecomesNotRegistered) {
  for (const Shape& shape : shapes) {
    RpcWorld w;
    bind_mapper(w, shape.ndr, shape.client, shape.server);
    w.client(ask(2, samr, shape.ndr, shape.client));
    const Tower foreign{samr, 49154, 0x0a010199};
    const Tower file_sharing{samr, 445, server_address};
    Tower first = foreign;
    Tower second = file_sharing;
    first.port = second.port = 0;
    EXPECT_EQ(w.server(answer(2, {foreign, file_sharing}, shape.ndr, shape.server)),
              answer(2, {first, second}, shape.ndr, shape.server, not_registered));
    EXPECT_EQ(w.pinholes->size(), 0u);
    EXPECT_EQ(w.last(Kind::map_refused).reason, Reason::tower_not_acceptable);
    EXPECT_EQ(w.reasons(Reason::tower_not_acceptable), 1u);
  }
}

TEST(Map, AnsweredWithAMemberOfTheServersGroupOpensTowardsThatOne) {
  RpcWorld w;
  bind_mapper(w);
  w.client(ask(2, samr));
  w.server(answer(2, {{samr, 49154, 0x0a010115}}));
  ASSERT_EQ(w.pinholes->size(), 1u);
  EXPECT_EQ(w.last(Kind::pinhole_opened).server, wire::IpAddress::from_v4(0x0a010115));
  EXPECT_EQ(w.last(Kind::pinhole_opened).outer, w.flow.scope.outer);  // dialled as ever
}

TEST(Map, WhosePortIsStaticForOtherClientsAloneIsOpenedAsItIs) {
  const auto with = [](const char* clients) {
    return std::string{standard_rules} + "[[publish]]\nname = \"other\"\nclients = [\"" + clients +
           "\"]\nouter = \"203.0.113.5\"\nserver = \"10.1.1.20\"\ninterfaces = [\"wkssvc\"]\n"
           "static-ports = [49154]\n";
  };
  for (const char* clients : {"192.0.2.0/24", "198.51.100.0/24"}) {
    RpcWorld w(with(clients));
    bind_mapper(w);
    w.client(ask(2, samr));
    w.server(answer(2, {{samr, 49154, server_address}}));
    // To a client that it is open to by a rule it needs no pinhole.
    EXPECT_EQ(has_pinhole(w, 49154), std::string{clients} == "192.0.2.0/24") << clients;
    EXPECT_EQ(w.count(Kind::map_refused), 0u);
  }
}

TEST(Map, WhosePortIsTakenByAnotherServerGetsAMappedPortPatchedIn) {
  RpcWorld w;
  pinhole::Request other;
  other.client = w.flow.scope.client;
  other.outer = w.flow.scope.outer;
  other.server = {wire::IpAddress::from_v4(0x0a010163), 49154};
  ASSERT_TRUE(w.pinholes->open(other, w.now));
  bind_mapper(w);
  w.client(ask(2, samr));
  const Tower tower{samr, 49154, server_address};
  const Octets out = w.server(answer(2, {tower}));
  const wire::L4Port mapped = w.last(Kind::pinhole_opened).outer_port;
  EXPECT_NE(mapped, 49154);
  EXPECT_EQ(out, answer(2, {seen(tower, mapped)}));
  EXPECT_TRUE(has_pinhole(w, mapped));
}

TEST(Map, OfARoutedServerIsNotPatched) {
  std::string rules = standard_rules;
  rules.replace(rules.find("outer = \"203.0.113.5\""), 21,
                "outer = \"10.1.1.20\"\nmode = \"routed\"");
  RpcWorld w(rules);
  w.flow.scope.outer = w.flow.server.address;
  bind_mapper(w);
  w.client(ask(2, samr));
  const Octets reply = answer(2, {{samr, 49154, server_address}});
  EXPECT_EQ(w.server(reply), reply);
  EXPECT_TRUE(has_pinhole(w, 49154));
}

TEST(Map, ThatTheTableHasNoRoomForBecomesNotRegistered) {
  RpcWorld w;
  pinhole::Request other;
  other.client = w.flow.scope.client;
  other.outer = w.flow.scope.outer;
  for (wire::L4Port port = 50000;; ++port) {
    other.server = {wire::IpAddress::from_v4(0x0a010163), port};
    other.per_client = 0xffffffff;
    other.per_rule = 0xffffffff;
    if (!w.pinholes->open(other, w.now)) break;
  }
  bind_mapper(w);
  w.client(ask(2, samr));
  w.server(answer(2, {{samr, 49154, server_address}}));
  EXPECT_NE(w.last(Kind::map_refused).reason, Reason::tower_not_acceptable);
  EXPECT_EQ(w.count(Kind::pinhole_opened), 0u);
}

// --- fragments, order, pipelining ----------------------------------------------------------------

TEST(Map, AskedInFragmentsOfAnySizeIsHeldUntilTheLastAndJudgedAsOne) {
  for (const Ndr ndr : {Ndr::ndr32, Ndr::ndr64}) {
    for (std::size_t chunk = 1; chunk <= 16; ++chunk) {
      for (const Interface& interface : {samr, winreg}) {
        RpcWorld w;
        bind_mapper(w, ndr);
        const Octets stub = map_question({{interface}, 4, true}, ndr);
        const std::vector<Octets> parts = request_fragments(call(2), {0, ept_map, stub}, chunk);
        for (std::size_t i = 0; i + 1 < parts.size(); ++i) ASSERT_TRUE(w.client(parts[i]).empty());
        const Octets out = w.client(parts.back());
        ASSERT_FALSE(w.is_cut());
        Octets expected_stub = stub;
        if (interface.uuid == winreg.uuid)
          expected_stub = with(stub, uuid_in(stub, winreg), ff(16));
        EXPECT_EQ(out, joined(request_fragments(call(2), {0, ept_map, expected_stub}, chunk)))
            << chunk;
        EXPECT_EQ(w.held(Side::client), 0u);
      }
    }
  }
}

TEST(Map, AnsweredInFragmentsIsHeldUntilTheLastAndPatchedWhereItLies) {
  for (std::size_t chunk = 1; chunk <= 90; ++chunk) {
    RpcWorld w;
    bind_mapper(w);
    w.client(ask(2, samr));
    const Tower one{samr, 49154, server_address};
    const Tower two{samr, 49155, server_address};
    const Octets stub = map_answer({{one, two}}, Ndr::ndr32);
    const std::vector<Octets> parts = response_fragments(call(2), 0, stub, chunk);
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) ASSERT_TRUE(w.server(parts[i]).empty());
    const Octets patched = map_answer({{seen(one, 49154), seen(two, 49155)}}, Ndr::ndr32);
    EXPECT_EQ(w.server(parts.back()), joined(response_fragments(call(2), 0, patched, chunk)))
        << chunk;
    EXPECT_EQ(w.held(Side::server), 0u);
  }
}

TEST(Map, AnswersAreMatchedByCallIdInWhateverOrderTheyCome) {
  RpcWorld w;
  bind_mapper(w);
  w.client(joined({ask(2, samr), ask(3, wkssvc), ask(4, winreg)}));
  const Tower for_samr{samr, 49154, server_address};
  const Tower for_wkssvc{wkssvc, 49155, server_address};
  EXPECT_EQ(w.server(joined({answer(4, {}, Ndr::ndr32, ByteOrder::little, not_registered),
                             answer(3, {for_wkssvc}), answer(2, {for_samr})})),
            joined({answer(4, {}, Ndr::ndr32, ByteOrder::little, not_registered),
                    answer(3, {seen(for_wkssvc, 49155)}), answer(2, {seen(for_samr, 49154)})}));
  EXPECT_FALSE(w.is_cut());
}

TEST(Map, AnswerThatNamesTheInterfaceOfAnotherQuestionOpensNothing) {
  RpcWorld w;
  bind_mapper(w);
  w.client(joined({ask(2, samr), ask(3, wkssvc)}));
  w.server(answer(2, {{wkssvc, 49155, server_address}}));
  EXPECT_EQ(w.pinholes->size(), 0u);
  EXPECT_EQ(w.last(Kind::map_refused).reason, Reason::tower_not_acceptable);
}

TEST(Map, AnswersInInterleavedFragmentsAreReadEachForItself) {
  RpcWorld w;
  bind_mapper(w);
  w.client(joined({ask(2, samr), ask(3, wkssvc)}));
  const Tower one{samr, 49154, server_address};
  const Tower two{wkssvc, 49155, server_address};
  const auto parts = [&](std::uint32_t id, const Tower& tower) {
    return response_fragments(call(id), 0, map_answer({{tower}}, Ndr::ndr32), 80);
  };
  const std::vector<Octets> a = parts(2, one);
  const std::vector<Octets> b = parts(3, two);
  ASSERT_EQ(a.size(), 2u);
  EXPECT_TRUE(w.server(joined({a[0], b[0], a[1]})).empty());
  const std::vector<Octets> pa = parts(2, seen(one, 49154));
  const std::vector<Octets> pb = parts(3, seen(two, 49155));
  EXPECT_EQ(w.server(b[1]), joined({pa[0], pb[0], pa[1], pb[1]}));
  EXPECT_EQ(w.held(Side::server), 0u);
}

TEST(Map, QuestionInterruptedByCancelOrAlterIsStillOne) {
  RpcWorld w;
  bind_mapper(w);
  const Octets stub = map_question({{winreg}, 4, true}, Ndr::ndr32);
  const std::vector<Octets> parts = request_fragments(call(2), {0, ept_map, stub}, 60);
  ASSERT_EQ(parts.size(), 3u);
  const Octets cancel = pdu(pdu_co_cancel, call(2), {});
  const Octets another = alter(call(3), {{1, epmapper}});
  EXPECT_TRUE(w.client(joined({parts[0], cancel, parts[1], another})).empty());
  const Octets poisoned = with(stub, uuid_in(stub, winreg), ff(16));
  const std::vector<Octets> out = request_fragments(call(2), {0, ept_map, poisoned}, 60);
  EXPECT_EQ(w.client(parts[2]), joined({out[0], cancel, out[1], another, out[2]}));
  EXPECT_FALSE(w.is_cut());
}

TEST(Map, BeyondTheLimitOfAQuestionCutsTheConnection) {
  RpcWorld w;
  bind_mapper(w);
  w.client(request({2, ByteOrder::little, 0x01}, {0, ept_map, Octets(4000)}));
  ASSERT_FALSE(w.is_cut());
  w.client(request({2, ByteOrder::little, 0x02}, {0, ept_map, Octets(200)}));
  EXPECT_EQ(w.cut_verdict().reason, Reason::call_too_long);
}

TEST(Map, AskedBeforeTheBindIsAnsweredIsReadBothWaysWhereBothWereOffered) {
  for (const Ndr ndr : {Ndr::ndr32, Ndr::ndr64}) {
    RpcWorld w;
    w.open(FlowKind::mapper);
    w.client(bind(call(1), {{0, epmapper, {ndr32_syntax, ndr64_syntax}}}));
    const Octets bad = ask(2, winreg, ndr);
    EXPECT_EQ(w.client(bad), with(bad, uuid_in(bad, winreg), ff(16)));
    const Octets good = ask(3, samr, ndr);
    EXPECT_EQ(w.client(good), good);
    w.server(bind_ack(call(1), {accepted(syntax_of(ndr))}));
    w.server(answer(2, {}, ndr, ByteOrder::little, not_registered));
    const Tower tower{samr, 49154, server_address};
    EXPECT_EQ(w.server(answer(3, {tower}, ndr)), answer(3, {seen(tower, 49154)}, ndr));
    EXPECT_TRUE(has_pinhole(w, 49154));
  }
}

TEST(Map, OnOneConnectionWithContextsOfBothSyntaxesIsReadByItsContext) {
  RpcWorld w;
  w.open(FlowKind::mapper);
  w.client(bind(call(1), {{0, epmapper, {ndr32_syntax}}}));
  w.server(bind_ack(call(1), {accepted()}));
  w.client(alter(call(2), {{1, epmapper, {ndr64_syntax}}}));
  w.server(alter_resp(call(2), {accepted(ndr64_syntax)}));
  const Octets q32 = ask(3, samr, Ndr::ndr32);
  const Octets q64 = request(call(4), {1, ept_map, map_question({{samr}, 4, true}, Ndr::ndr64)});
  EXPECT_EQ(w.client(joined({q32, q64})), joined({q32, q64}));
  const Octets wrong = request(call(5), {1, ept_map, map_question({{samr}, 4, true}, Ndr::ndr32)});
  EXPECT_EQ(w.client(wrong), opnum_poisoned(wrong));
  EXPECT_EQ(w.last(Kind::map_refused).reason, Reason::mapper_malformed);
}

}  // namespace
}  // namespace rpcgate::test
