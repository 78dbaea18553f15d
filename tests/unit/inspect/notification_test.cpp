// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Outlook registers for notifications by EMSMDB's opnum 4. Which datagrams may pass afterwards is
// asked of the sessions, as the data path does.
#include "conversation.hpp"

namespace rpcgate::test {
namespace {

using notify::Fate;

std::string rules(const std::string& how, const std::string& protection = "none") {
  return one_rule("interfaces = [\"emsmdb\"]\nprotection = \"" + protection + "\"\n" + how);
}

constexpr std::uint16_t push = 4, take_back = 5;

Fate send(RpcWorld& w, wire::L4Port port = 1071, std::string_view payload = "newmail!") {
  return w.sessions
      ->pass(w.flow.scope.client, w.flow.server.address, port,
             as_bytes(payload.data(), payload.size()), w.now, [](auto&) { return true; })
      .fate;
}

Octets registration(std::uint32_t id, const Octets& stub = push_question({}),
                    const std::optional<Trailer>& trailer = {}) {
  return request(call(id), {0, push, stub, {}, trailer});
}

TEST(Notification, ThatWasReadPassesOnceTheServerHasAnswered) {
  for (const std::size_t portion : {std::size_t{0}, std::size_t{1}, std::size_t{7}}) {
    RpcWorld w(rules(""));
    bind_bare(w, emsmdb);
    const Octets asked = registration(2);
    EXPECT_EQ(w.client(asked, portion), asked);
    EXPECT_EQ(send(w), Fate::unexpected);
    w.server(response(call(2), 0, Octets(28)));
    EXPECT_EQ(send(w), Fate::passes);
    EXPECT_EQ(send(w, 1072), Fate::unexpected);
    EXPECT_EQ(w.last(Kind::notification_armed).interface, id_of(emsmdb));
    EXPECT_FALSE(w.is_cut());
  }
}

TEST(Notification, IsReadInNdr64Too) {
  RpcWorld w(rules(""));
  w.open(FlowKind::data);
  w.client(bind(call(1), {{0, emsmdb, {ndr64_syntax}}}));
  w.server(bind_ack(call(1), {accepted(ndr64_syntax)}));
  const Octets asked = registration(2, push_question({}, Ndr::ndr64));
  EXPECT_EQ(w.client(asked), asked);
  w.server(response(call(2), 0, Octets(28)));
  EXPECT_EQ(send(w), Fate::passes);
}

TEST(Notification, ThatTheServerFaultsOpensNothing) {
  RpcWorld w(rules(""));
  bind_bare(w, emsmdb);
  w.client(registration(2));
  w.server(fault(call(2), 0, 5));
  EXPECT_EQ(send(w), Fate::unexpected);
  EXPECT_EQ(w.count(Kind::notification_armed), 0u);
}

TEST(Notification, ForAnotherAddressOrALowPortIsPoisoned) {
  for (const PushQuestion& lie : {PushQuestion{.address = 0x0a010101}, PushQuestion{.port = 1023},
                                  PushQuestion{.address = 0xc6336408}}) {
    RpcWorld w(rules(""));
    bind_bare(w, emsmdb);
    const Octets asked = registration(2, push_question(lie));
    EXPECT_EQ(w.client(asked), opnum_poisoned(asked));
    EXPECT_EQ(w.last(Kind::request_refused).reason, Reason::notification_target);
    EXPECT_EQ(w.reasons(Reason::notification_target), 1u);
    w.server(fault(call(2), 0, 0x1c010002));
    EXPECT_EQ(send(w), Fate::unexpected);
    // What else the connection asks goes on.
    const Octets use = request(call(3), {0, 11, Octets(40)});
    EXPECT_EQ(w.client(use), use);
  }
}

TEST(Notification, ThatCannotBeReadWithCertaintyIsPoisoned) {
  RpcWorld w(rules(""));
  bind_bare(w, emsmdb);
  const Octets asked = registration(2, Octets(66));
  EXPECT_EQ(w.client(asked), opnum_poisoned(asked));
  EXPECT_EQ(w.last(Kind::request_refused).reason, Reason::notification_malformed);
  // In fragments, too: all of them.
  for (const Octets& part : request_fragments(call(3), {0, push, push_question({}), {}, {}}, 16))
    EXPECT_EQ(w.client(part), opnum_poisoned(part));
}

TEST(Notification, IsReadAtEveryLevelButPrivacy) {
  for (const std::uint8_t level : std::initializer_list<std::uint8_t>{2, 4, 5}) {
    RpcWorld w(rules("notifications = \"registered\"\n", "connect"));
    bind_ntlm(w, emsmdb, level);
    const Octets asked = registration(2, push_question({}), ntlm(level));
    EXPECT_EQ(w.client(asked), asked) << int{level};
    w.server(response(call(2), 0, Octets(28), ntlm(level)));
    EXPECT_EQ(send(w), Fate::passes) << int{level};
  }
}

TEST(Notification, ThatIsSealedIsPinnedByTheFirstDatagram) {
  RpcWorld w(rules("notifications = \"window\"\n", "privacy"));
  bind_ntlm(w, emsmdb, 6);
  const Octets asked = registration(2, push_question({.address = 0x0a010101}), ntlm(6));
  EXPECT_EQ(w.client(asked), asked) << "what it names cannot be seen";
  EXPECT_EQ(send(w), Fate::unexpected);
  w.server(response(call(2), 0, Octets(28), ntlm(6)));
  EXPECT_EQ(send(w), Fate::pins);
  EXPECT_EQ(send(w, 1071, "another!"), Fate::unexpected);
}

TEST(Notification, ThatIsSealedIsRefusedWhereItMustBeRead) {
  RpcWorld w(rules("notifications = \"registered\"\n", "privacy"));
  bind_ntlm(w, emsmdb, 6);
  const Octets asked = registration(2, push_question({}), ntlm(6));
  EXPECT_EQ(w.client(asked), opnum_poisoned(asked));
  EXPECT_EQ(w.last(Kind::request_refused).reason, Reason::notification_sealed);
}

TEST(Notification, IsRefusedWhereTheRuleWantsNone) {
  for (const std::uint8_t level : std::initializer_list<std::uint8_t>{1, 6}) {
    RpcWorld w(rules("notifications = \"off\"\n"));
    if (level == 1)
      bind_bare(w, emsmdb);
    else
      bind_ntlm(w, emsmdb, level);
    const Octets asked =
        level == 1 ? registration(2) : registration(2, push_question({}), ntlm(level));
    EXPECT_EQ(w.client(asked), opnum_poisoned(asked));
    EXPECT_EQ(w.last(Kind::request_refused).reason, Reason::notification_off);
    EXPECT_EQ(send(w), Fate::unknown);
  }
}

TEST(Notification, OfASessionNeedsNoCall) {
  RpcWorld w(rules("notifications = \"session\"\n"));
  bind_bare(w, emsmdb);
  EXPECT_EQ(w.count(Kind::notification_armed), 1u);
  EXPECT_EQ(send(w), Fate::pins);
  const Octets lie = registration(2, push_question({.address = 0x0a010101}));
  EXPECT_EQ(w.client(lie), opnum_poisoned(lie)) << "and yet none may aim the server elsewhere";
}

TEST(Notification, ThatIsTakenBackEnds) {
  for (const bool common : {false, true}) {
    RpcWorld w(rules(""));
    w.common = common;
    bind_bare(w, emsmdb);
    w.client(registration(2));
    w.server(response(call(2), 0, Octets(28)));
    ASSERT_EQ(send(w), Fate::passes);
    const Octets back = request(call(3), {0, take_back, Octets(28)});
    EXPECT_EQ(w.client(back), back);
    EXPECT_EQ(send(w), Fate::passes) << "the server has not answered";
    w.server(response(call(3), 0, Octets(24)));
    EXPECT_EQ(send(w), Fate::unexpected);
  }
}

TEST(Notification, OutlivesTheConnectionByTheGraceAlone) {
  RpcWorld w(rules(""));
  bind_bare(w, emsmdb);
  w.client(registration(2));
  w.server(response(call(2), 0, Octets(28)));
  w.close();
  w.sessions->expire(w.now += seconds{89}, 100);
  EXPECT_EQ(send(w), Fate::passes);
  w.sessions->expire(w.now += seconds{2}, 100);
  EXPECT_EQ(send(w), Fate::unknown);
}

TEST(Notification, AskedForBeforeTheConnectionEndedIsWithdrawnWithIt) {
  RpcWorld w(rules(""));
  bind_bare(w, emsmdb);
  w.client(registration(2));
  w.close();
  EXPECT_EQ(send(w), Fate::unexpected);
}

TEST(Notification, AFifthRegistrationGoesOnAndOpensNothing) {
  RpcWorld w(rules(""));
  bind_bare(w, emsmdb);
  for (std::uint16_t i = 0; i < 5; ++i) {
    const Octets asked = registration(2u + i, push_question({.port = std::uint16_t(2000 + i)}));
    EXPECT_EQ(w.client(asked), asked);
    w.server(response(call(2u + i), 0, Octets(28)));
    EXPECT_EQ(send(w, static_cast<wire::L4Port>(2000 + i)),
              i < 4 ? Fate::passes : Fate::unexpected);
  }
  EXPECT_EQ(w.reasons(Reason::notification_limit), 1u);
  EXPECT_EQ(w.count(Kind::limit_reached), 1u);
}

TEST(Notification, OpnumFourOfAnotherInterfaceIsAnyCall) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  const Octets use = request(call(2), {0, push, Octets(66)});
  EXPECT_EQ(w.client(use), use);
  EXPECT_EQ(w.sessions->size(), 0u);
}

// --- behind source NAT ---------------------------------------------------------------------------

const wire::IpAddress nat = wire::IpAddress::from_v4(0xcb007163);  // 203.0.113.99

// The client goes out by another address, under an outbound rule.
void go_out(RpcWorld& w) {
  w.flow.scope.outbound = true;
  w.flow.scope.outer = w.flow.server.address;
  w.flow.client_seen = nat;
}
std::string outbound(const std::string& keys = "") {
  return R"(
[[outbound]]
name = "partners"
clients = ["198.51.100.0/24"]
to = ["10.1.1.0/24"]
source-nat = "203.0.113.99"
interfaces = ["emsmdb"]
protection = "none"
)" + keys;
}
Fate send_to_nat(RpcWorld& w, wire::L4Port port, wire::L4Port* client_port = nullptr) {
  const notify::Passage passage = w.sessions->pass(
      nat, w.flow.server.address, port, as_bytes("newmail!", 8), w.now, [](auto&) { return true; });
  if (client_port != nullptr) *client_port = passage.client_port;
  return passage.fate;
}

TEST(TranslatedNotification, TellsTheServerTheAddressThatItSees) {
  RpcWorld w(outbound());
  go_out(w);
  bind_bare(w, emsmdb);
  const Octets asked = registration(2);
  const Octets sent = w.client(asked);
  ASSERT_EQ(sent.size(), asked.size());
  constexpr std::size_t address_at = 24 + 52, port_at = 24 + 50;
  EXPECT_EQ(sent, with(asked, address_at,
                       {std::byte{203}, std::byte{0}, std::byte{113},
                        std::byte{99}}));  // its own port is free there
  EXPECT_EQ(slice(sent, port_at, 2), (Octets{std::byte{1071 >> 8}, std::byte{1071 & 255}}));
  w.server(response(call(2), 0, Octets(28)));
  wire::L4Port client_port = 0;
  EXPECT_EQ(send_to_nat(w, 1071, &client_port), Fate::passes);
  EXPECT_EQ(client_port, 1071);
  EXPECT_EQ(send(w), Fate::unknown);  // nobody sends to the client's own address
}

TEST(TranslatedNotification, OfTwoClientsWithOnePortAreToldApart) {
  RpcWorld w(outbound());
  go_out(w);
  bind_bare(w, emsmdb);
  w.client(registration(2));
  w.server(response(call(2), 0, Octets(28)));
  // Another client with the same port and the same payload, while the first one's session lives.
  const wire::IpAddress second = wire::IpAddress::from_v4(0xc6336408);
  w.close();
  w.flow.scope.client = second;
  bind_bare(w, emsmdb);
  const Octets asked = registration(2, push_question({0xc6336408}));
  const Octets sent = w.client(asked);
  const auto told = static_cast<wire::L4Port>(std::to_integer<unsigned>(sent[24 + 50]) << 8 |
                                              std::to_integer<unsigned>(sent[24 + 51]));
  EXPECT_NE(told, 1071);
  w.server(response(call(2), 0, Octets(28)));
  wire::L4Port client_port = 0;
  EXPECT_EQ(send_to_nat(w, told, &client_port), Fate::passes);
  EXPECT_EQ(client_port, 1071);
  EXPECT_EQ(send_to_nat(w, 1071), Fate::passes);  // the first one's
}

TEST(TranslatedNotification, ThatIsSignedOrSealedIsRefusedByName) {
  for (const std::uint8_t level : {std::uint8_t{5}, std::uint8_t{6}}) {
    RpcWorld w(outbound());
    go_out(w);
    bind_ntlm(w, emsmdb, level);
    const Octets asked = registration(2, push_question({}), ntlm(level));
    EXPECT_NE(w.client(asked), asked);
    EXPECT_EQ(w.last(Kind::request_refused).reason, Reason::notification_sealed_behind_nat);
  }
}

}  // namespace
}  // namespace rpcgate::test
