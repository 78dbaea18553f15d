// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Notification datagrams through the whole pipeline: what a registration allows passes in the name
// of the published address, and nothing else does.
#include <gtest/gtest.h>

#include "rpc_builder.hpp"
#include "world.hpp"

namespace rpcgate::tests {
namespace {

using stats::Counter;
using stats::Drop;
using test::Octets;

constexpr std::uint16_t port = 2000;
constexpr std::uint32_t client_number = 0xc0000207;  // 192.0.2.7

std::string text(const Octets& octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

// One client's connection to a mailbox store through a pinhole, with its own sequence numbers.
struct Store {
  explicit Store(World& world) : w(world), outer_port(w.open_pinhole(client, 49667)) {
    w.establish(1024, outer_port);
    from_client_side(test::bind({1}, {{0, test::emsmdb}}));
    from_server_side(test::bind_ack({1}, {test::accepted()}));
  }
  void from_client_side(const Octets& pdu) {
    w.send(outer, from_client(1024, outer_port).seq(c).ack(s).payload(text(pdu)));
    c += static_cast<std::uint32_t>(pdu.size());
  }
  void from_server_side(const Octets& pdu) {
    w.send(inner, from_server(49667, 1024).seq(s).ack(c).payload(text(pdu)));
    s += static_cast<std::uint32_t>(pdu.size());
  }
  void register_push(std::uint32_t address = client_number) {
    from_client_side(test::request(
        {2}, {0, 4, test::push_question({.address = address, .port = port}), {}, {}}));
    from_server_side(test::response({2}, 0, Octets(28)));
  }
  void close() {
    w.send(outer, from_client(1024, outer_port).seq(c).flags(0x04));
    w.after(seconds{3});
  }

  World& w;
  std::uint16_t outer_port;
  std::uint32_t c = 1001, s = 5001;
};

std::vector<SeenPacket> notify(World& w, std::uint16_t to = port,
                               const std::string& payload = "newmail!", std::uint16_t from = 1500,
                               const std::string& source = server,
                               const std::string& target = client) {
  return w.send(inner, eth().ipv4(source, target).udp(from, to).payload(payload));
}

TEST(Notification, PassesInTheNameOfThePublishedAddress) {
  World w;
  Store store(w);
  EXPECT_TRUE(notify(w).empty());
  store.register_push();
  const auto out = notify(w);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].source, ip(published));
  EXPECT_EQ(out[0].destination, ip(client));
  EXPECT_EQ(out[0].source_port, 1500);
  EXPECT_EQ(out[0].destination_port, port);
  EXPECT_EQ(out[0].payload, "newmail!");
  EXPECT_TRUE(out[0].ip_checksum_right && out[0].l4_checksum_right);
  EXPECT_EQ(w.counted(Counter::notifications_passed), 1u);
  EXPECT_TRUE(w.told(event::Kind::notification_passed));
  // From another port of the server each time: it draws one for each datagram.
  EXPECT_EQ(notify(w, port, "newmail!", 1501).size(), 1u);
}

TEST(Notification, NothingElsePasses) {
  World w;
  Store store(w);
  store.register_push();
  const std::string large(65, 'x');
  EXPECT_TRUE(notify(w, port + 1).empty()) << "another port";
  EXPECT_TRUE(notify(w, port, "another!").empty()) << "another payload";
  EXPECT_TRUE(notify(w, port, "newmail!x").empty()) << "a larger one";
  EXPECT_TRUE(notify(w, port, large).empty());
  EXPECT_TRUE(notify(w, port, "").empty());
  EXPECT_TRUE(notify(w, port, "newmail!", 1023).empty()) << "a low source port";
  EXPECT_EQ(w.dropped(Drop::notification_unexpected), 6u);
  EXPECT_TRUE(notify(w, port, "newmail!", 1500, "10.10.0.11").empty()) << "another host";
  EXPECT_TRUE(notify(w, port, "newmail!", 1500, server, other_client).empty());
  EXPECT_EQ(w.dropped(Drop::no_rule), 2u);
  EXPECT_EQ(w.counted(Counter::notifications_passed), 0u);
  // Nothing the other way, either: no flow was made.
  EXPECT_TRUE(w.send(outer, eth().ipv4(client, published).udp(port, 1500).payload("x")).empty());
  EXPECT_EQ(notify(w).size(), 1u) << "and the registration still holds";
  EXPECT_TRUE(w.send(outer, eth().ipv4(client, published).udp(port, 1500).payload("x")).empty());
}

TEST(Notification, AFloodIsCutToOneASecond) {
  World w;
  Store store(w);
  store.register_push();
  std::size_t passed = 0;
  for (int i = 0; i < 20; ++i) passed += notify(w).size();
  EXPECT_EQ(passed, 5u);
  EXPECT_EQ(w.dropped(Drop::notification_flood), 15u);
  w.after(seconds{1});
  EXPECT_EQ(notify(w).size(), 1u);
}

TEST(Notification, EndsWithTheSession) {
  World w;
  Store store(w);
  store.register_push();
  store.close();
  EXPECT_EQ(notify(w).size(), 1u) << "within the grace: another connection may come";
  w.after(seconds{91});
  EXPECT_TRUE(notify(w).empty());
}

TEST(Notification, EndsWhenNewRulesWantNone) {
  World w;
  Store store(w);
  store.register_push();
  w.publish(config_text("notifications = \"off\"\n"));
  EXPECT_TRUE(notify(w).empty());
  EXPECT_EQ(w.dropped(Drop::notification_unexpected), 1u);
}

TEST(Notification, ThatWasNotReadEndsWhenNewRulesWantToReadIt) {
  WorldOptions options;
  options.config = config_text("notifications = \"session\"\n");
  World w(options);
  Store store(w);
  EXPECT_EQ(notify(w).size(), 1u);
  w.publish(config_text("notifications = \"registered\"\n"));
  EXPECT_TRUE(notify(w).empty());
}

TEST(Notification, EndsWhenTheClientIsClosedByCommand) {
  World w;
  Store store(w);
  store.register_push();
  interplane::Command command;
  command.kind = interplane::Command::Kind::close_client;
  command.client = ip(client);
  w.command(command);
  w.run();
  EXPECT_TRUE(notify(w).empty());
}

// The client sits behind a NAT of its own and registers the address it has there, which may well
// exist here: the registration is refused, and what a server sends there stays where it is.
TEST(Notification, ToAPrivateAddressLeadsNowhere) {
  World w;
  Store store(w);
  store.register_push(0x0a0a0063);  // 10.10.0.99
  EXPECT_TRUE(notify(w, port, "newmail!", 1500, server, "10.10.0.99").empty());
  EXPECT_EQ(w.dropped(Drop::same_zone), 1u);
  EXPECT_TRUE(notify(w).empty());
}

TEST(Notification, ToListedPortsAlone) {
  WorldOptions options;
  options.config = config_text("notifications = \"ports\"\nnotification-ports = [\"2000-2001\"]\n");
  World w(options);
  Store store(w);
  EXPECT_EQ(notify(w, 2000).size(), 1u) << "no call is needed";
  EXPECT_EQ(notify(w, 2001).size(), 1u);
  EXPECT_TRUE(notify(w, 2002).empty());
}

TEST(Notification, WithAWrongChecksumIsNotTaken) {
  World w;
  Store store(w);
  store.register_push();
  FrameBytes frame = eth().ipv4(server, client).udp(1500, port).payload("newmail!").bytes();
  frame.back() ^= std::byte{1};
  EXPECT_TRUE(w.send(inner, frame).empty());
  EXPECT_EQ(w.dropped(Drop::bad_l4_checksum), 1u);
}

}  // namespace
}  // namespace rpcgate::tests
