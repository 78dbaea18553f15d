// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// ept_lookup: refused, or for one interface with nothing but granted towers left in the answer;
// and calls to the mapper that are signed.
#include "../dcerpc/ept_lookup_builder.hpp"
#include "conversation.hpp"
#include "dcerpc/ept_lookup.hpp"
#include "mapper_conversation.hpp"

namespace rpcgate::test {
namespace {

namespace lookup = dcerpc::test;

constexpr std::uint16_t ept_lookup = 2;

std::string rules(const std::string& keys) {
  return one_rule("interfaces = [\"emsmdb\"]\nprotection = \"none\"\n" + keys);
}
const std::string filtered = "mapper-lookup = \"by-interface\"\n";

dcerpc::Ndr way(Ndr ndr) {
  return ndr == Ndr::ndr64 ? dcerpc::Ndr::ndr64 : dcerpc::Ndr::ndr32;
}

Octets asks(std::uint32_t id, std::uint32_t inquiry, const Interface& interface,
            Ndr ndr = Ndr::ndr32) {
  lookup::Question question;
  question.inquiry = inquiry;
  question.has_interface = true;
  question.interface = id_of(interface);
  return request(call(id), {0, ept_lookup, lookup::build(question, way(ndr), ByteOrder::little)});
}
Octets answers(std::uint32_t id, const lookup::Answer& what, Ndr ndr = Ndr::ndr32) {
  return response(call(id), 0, lookup::build(what, way(ndr), ByteOrder::little));
}

TEST(Lookup, IsRefusedWhereTheRuleDoesNotSayOtherwise) {
  RpcWorld w(rules(""));
  bind_mapper(w);
  EXPECT_EQ(w.client(asks(2, 1, emsmdb)), opnum_poisoned(asks(2, 1, emsmdb)));
  EXPECT_EQ(w.last(Kind::request_refused).reason, Reason::mapper_operation);
}

TEST(Lookup, OfEverythingIsRefused) {
  for (const std::uint32_t inquiry : {0u, 2u}) {
    RpcWorld w(rules(filtered));
    bind_mapper(w);
    EXPECT_EQ(w.client(asks(2, inquiry, emsmdb)), opnum_poisoned(asks(2, inquiry, emsmdb)));
    EXPECT_EQ(w.last(Kind::map_refused).reason, Reason::mapper_operation);
  }
}

TEST(Lookup, OfAnInterfaceThatIsNotGrantedIsRefused) {
  RpcWorld w(rules(filtered));
  bind_mapper(w);
  EXPECT_EQ(w.client(asks(2, 1, samr)), opnum_poisoned(asks(2, 1, samr)));
  EXPECT_EQ(w.last(Kind::map_refused).reason, Reason::interface_not_granted);
  EXPECT_EQ(w.last(Kind::map_refused).interface, id_of(samr));
}

TEST(Lookup, LeavesOnlyTheTowersThatLeadToWhatIsGranted) {
  for (const Ndr ndr : {Ndr::ndr32, Ndr::ndr64}) {
    RpcWorld w(rules(filtered));
    bind_mapper(w, ndr);
    EXPECT_EQ(w.client(asks(2, 1, emsmdb, ndr), 9), asks(2, 1, emsmdb, ndr));
    const Octets sent = answers(2, lookup::mixed_answer(), ndr);
    const Octets left = w.server(sent, 33);
    ASSERT_EQ(left.size(), sent.size());
    EXPECT_TRUE(has_pinhole(w, 49667));
    EXPECT_EQ(w.count(Kind::pinhole_opened), 1u);
    // Read again: one entry leads to EMSMDB, and nothing else tells anything.
    dcerpc::LookupResponse read;
    ASSERT_EQ(
        dcerpc::read_lookup_response(Bytes{left}.subspan(24), way(ndr), ByteOrder::little, read),
        Reason::none);
    std::size_t leads = 0;
    read.entries.each([&](const dcerpc::LookupEntry& entry) {
      if (!entry.has_tower) return;
      const dcerpc::Tower& tower = entry.tower.tower;
      if (tower.kind == dcerpc::TowerKind::tcp && tower.interface.uuid == id_of(emsmdb).uuid) {
        ++leads;
        EXPECT_EQ(tower.port, 49667);
        EXPECT_EQ(tower.address, wire::IpAddress::from_v4(published_address));
        return;
      }
      EXPECT_NE(tower.interface.uuid, id_of(emsmdb).uuid);
      for (std::uint32_t i = 0; i < entry.annotation_size; ++i)
        EXPECT_EQ(left[24 + entry.annotation_offset + i], std::byte{0});
    });
    EXPECT_EQ(leads, 1u);
    EXPECT_FALSE(w.is_cut());
  }
}

TEST(Lookup, GoesOnWithTheHandleItWasGivenAndEnds) {
  RpcWorld w(rules(filtered));
  bind_mapper(w);
  w.client(asks(2, 1, emsmdb));
  const Octets end = answers(2, {{}, dcerpc::ept_not_registered});
  EXPECT_EQ(w.server(end), end);
  EXPECT_EQ(w.client(asks(3, 1, emsmdb)), asks(3, 1, emsmdb));
  EXPECT_FALSE(w.is_cut());
}

TEST(Lookup, ThatIsSignedMustNotNeedAnEdit) {
  RpcWorld w(rules(filtered));
  w.open(FlowKind::mapper);
  w.client(bind(call(1), {{0, epmapper}}, ntlm(5, ntlm_negotiate())));
  w.server(bind_ack(call(1), {accepted()}, 0x3988, ntlm(5, ntlm_challenge())));
  w.client(auth3(call(1), ntlm(5, ntlm_authenticate({}))));
  lookup::Question question;
  question.inquiry = 1;
  question.has_interface = true;
  question.interface = id_of(emsmdb);
  w.client(request(
      call(2),
      {0, ept_lookup, lookup::build(question, way(Ndr::ndr32), ByteOrder::little), {}, ntlm(5)}));
  w.server(response(call(2), 0,
                    lookup::build(lookup::mixed_answer(), way(Ndr::ndr32), ByteOrder::little),
                    ntlm(5)));
  EXPECT_TRUE(w.is_cut());
  EXPECT_EQ(w.cut_verdict().reason, Reason::tower_not_acceptable);
}

TEST(MapperAuthentication, ThatIsRefusedPoisonsTheBindAndNotABareOne) {
  const std::string refused = "mapper-authentication = \"refuse\"\n";
  for (const std::uint8_t level : {std::uint8_t{2}, std::uint8_t{5}, std::uint8_t{6}}) {
    RpcWorld w(rules(refused));
    w.open(FlowKind::mapper);
    const Octets sent = bind(call(1), {{0, epmapper}}, ntlm(level, ntlm_negotiate()));
    EXPECT_EQ(w.client(sent) == sent, level == 2) << unsigned{level};
    EXPECT_EQ(w.count(Kind::bind_refused), level == 2 ? 0u : 1u);
    if (level == 2) continue;
    EXPECT_EQ(w.last(Kind::bind_refused).reason, Reason::mapper_authenticated);
  }
  RpcWorld w(rules(refused));
  bind_mapper(w);
  EXPECT_EQ(w.client(ask(2, emsmdb)), ask(2, emsmdb));
}

TEST(MapperAuthentication, OfAnotherInterfaceDoesNotSignAQuestion) {
  // The mapper is bound bare, then a security context comes with another interface: a question
  // signed by it is refused at the call.
  RpcWorld w(rules("mapper-authentication = \"refuse\"\n"));
  bind_mapper(w);
  w.client(alter(call(2), {{1, emsmdb}}, ntlm(5, ntlm_negotiate())));
  w.server(alter_resp(call(2), {accepted()}, ntlm(5, ntlm_challenge())));
  w.client(auth3(call(2), ntlm(5, ntlm_authenticate({}))));
  const Octets asked = request(
      call(3),
      {0, ept_map, map_question({{emsmdb}, 4, true}, Ndr::ndr32, ByteOrder::little), {}, ntlm(5)});
  EXPECT_EQ(w.client(asked), opnum_poisoned(asked));
  EXPECT_EQ(w.last(Kind::map_refused).reason, Reason::mapper_authenticated);
}

}  // namespace
}  // namespace rpcgate::test
