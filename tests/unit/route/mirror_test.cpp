// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "route/mirror.hpp"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>
#include <poll.h>

#include "private_network.hpp"
#include "route/tap_mirror.hpp"

namespace rpcgate::route {
namespace {

wire::IpAddress ip(const char* text) {
  return wire::IpAddress::parse(text).value();
}
wire::Prefix net(const char* text) {
  return wire::Prefix::parse(text).value();
}
constexpr wire::MacAddress our_mac{{2, 0, 0, 0, 0, 0xa0}};
constexpr wire::MacAddress far_mac{{2, 0, 0, 0, 0x0c, 1}};

// Two TAP devices stand for the NICs of port 0 and port 3; what the kernel sends can be read.
class MirrorTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::enter_private_network()) GTEST_SKIP() << "needs a network namespace";
    auto outer = TapMirror::create("outer0", our_mac, 1400);
    if (!outer) GTEST_SKIP() << outer.error().what;
    outer_.emplace(std::move(*outer));
    inner_.emplace(TapMirror::create("inner0", {{2, 0, 0, 0, 0, 0xa1}}, 1500).value());
    ASSERT_TRUE(test::ip_command("addr add 198.51.100.2/24 dev outer0"));
    ASSERT_TRUE(test::ip_command("addr add 10.10.0.1/24 dev inner0"));
    ASSERT_TRUE(test::ip_command("addr add 2001:db8::2/64 dev outer0 nodad"));
  }
  void TearDown() override { outer_.reset(), inner_.reset(); }

  void open(MirrorOptions options = {}) {
    options.ports = {{0, "outer0"}, {3, "inner0"}};
    auto mirror = Mirror::open(
        std::move(options), neighbours_,
        [this](std::unique_ptr<const Table> table) {
          table_ = std::move(table);
          ++tables_;
        },
        [this] { ++address_changes_; });
    ASSERT_TRUE(mirror) << mirror.error().what;
    mirror_ = std::move(*mirror);
  }

  // Reads notifications until `done` holds; false after ten seconds without.
  template <class Done>
  bool until(Done done) {
    for (int round = 0; round < 1000; ++round) {
      if (done()) return true;
      pollfd wait{mirror_->fd(), POLLIN, 0};
      if (poll(&wait, 1, 10) > 0 && !mirror_->on_readable()) return false;
    }
    return false;
  }
  const Hop* hop_to(const char* address) const { return table_->lookup(ip(address)); }

  std::optional<TapMirror> outer_;
  std::optional<TapMirror> inner_;
  NeighbourTable neighbours_{256};
  std::unique_ptr<const Table> table_;
  unsigned tables_ = 0;
  unsigned address_changes_ = 0;
  std::unique_ptr<Mirror> mirror_;
};

TEST_F(MirrorTest, ReadsLinksAddressesAndRoutesAtOnce) {
  ASSERT_TRUE(test::ip_command("route add 203.0.113.0/24 via 198.51.100.254"));
  ASSERT_TRUE(test::ip_command("-6 route add default via 2001:db8::fe dev outer0"));
  open();
  ASSERT_NE(table_, nullptr);
  ASSERT_NE(hop_to("198.51.100.9"), nullptr);
  EXPECT_EQ(hop_to("198.51.100.9")->port, 0);
  EXPECT_TRUE(hop_to("198.51.100.9")->gateway.is_unspecified());
  ASSERT_NE(hop_to("10.10.0.10"), nullptr);
  EXPECT_EQ(hop_to("10.10.0.10")->port, 3);
  ASSERT_NE(hop_to("203.0.113.7"), nullptr);
  EXPECT_EQ(hop_to("203.0.113.7")->gateway, ip("198.51.100.254"));
  ASSERT_NE(hop_to("2001:db8:77::1"), nullptr);
  EXPECT_EQ(hop_to("2001:db8:77::1")->gateway, ip("2001:db8::fe"));
  EXPECT_EQ(hop_to("192.0.2.1"), nullptr);
  EXPECT_EQ(mirror_->link(0).mac, our_mac);
  EXPECT_EQ(mirror_->link(0).mtu, 1400u);
  EXPECT_TRUE(mirror_->link(3).up);
  const auto addresses = mirror_->addresses();
  EXPECT_NE(std::find(addresses.begin(), addresses.end(), LocalAddress{3, ip("10.10.0.1"), 120}),
            addresses.end());
  EXPECT_NE(std::find(addresses.begin(), addresses.end(), LocalAddress{0, ip("2001:db8::2"), 64}),
            addresses.end());
}

TEST_F(MirrorTest, PublishesATableWhenRoutesChangeAndOnlyThen) {
  open();
  ASSERT_EQ(tables_, 1u);
  ASSERT_TRUE(test::ip_command("route add 203.0.113.0/24 via 10.10.0.254"));
  ASSERT_TRUE(until([this] { return hop_to("203.0.113.7") != nullptr; }));
  EXPECT_EQ(hop_to("203.0.113.7")->port, 3);
  ASSERT_TRUE(test::ip_command("route add blackhole 203.0.113.128/25"));
  ASSERT_TRUE(until([this] { return hop_to("203.0.113.200") == nullptr; }));
  const unsigned before = tables_;
  // Of another table: seen, and not ours.
  ASSERT_TRUE(test::ip_command("route add 192.0.2.0/24 via 10.10.0.254 table 77"));
  ASSERT_TRUE(test::ip_command("addr add 10.10.0.2/32 dev inner0"));
  ASSERT_TRUE(until([this] { return mirror_->addresses().size() > 3 && address_changes_ > 1; }));
  EXPECT_EQ(tables_, before);
  EXPECT_EQ(hop_to("192.0.2.1"), nullptr);
}

TEST_F(MirrorTest, RoutesOfALinkThatGoesDownAreGone) {
  open();
  ASSERT_NE(hop_to("10.10.0.10"), nullptr);
  ASSERT_TRUE(test::ip_command("link set inner0 down"));
  ASSERT_TRUE(until([this] { return hop_to("10.10.0.10") == nullptr; }));
  EXPECT_FALSE(mirror_->link(3).up);
  EXPECT_NE(hop_to("198.51.100.9"), nullptr);
}

TEST_F(MirrorTest, ARouteOutOfAnInterfaceThatIsNoPortLeadsNowhere) {
  ASSERT_TRUE(test::ip_command("link set lo up"));
  ASSERT_TRUE(test::ip_command("route add 192.0.2.0/24 dev lo"));
  ASSERT_TRUE(test::ip_command("route add default via 198.51.100.254"));
  open();
  EXPECT_NE(hop_to("192.0.3.1"), nullptr);
  EXPECT_EQ(hop_to("192.0.2.1"), nullptr);
}

TEST_F(MirrorTest, FollowsNeighbours) {
  ASSERT_TRUE(test::ip_command("neigh add 10.10.0.10 lladdr 02:00:00:00:0c:01 dev inner0"));
  open();
  EXPECT_EQ(neighbours_.lookup(3, ip("10.10.0.10")).state, NeighbourState::usable);
  EXPECT_EQ(neighbours_.lookup(3, ip("10.10.0.10")).mac, far_mac);
  EXPECT_EQ(neighbours_.lookup(0, ip("10.10.0.10")).state, NeighbourState::unknown);
  ASSERT_TRUE(
      test::ip_command("neigh add 2001:db8::9 lladdr 02:00:00:00:0c:02 dev outer0 nud stale"));
  ASSERT_TRUE(until(
      [this] { return neighbours_.lookup(0, ip("2001:db8::9")).state == NeighbourState::stale; }));
  ASSERT_TRUE(test::ip_command("neigh del 10.10.0.10 dev inner0"));
  ASSERT_TRUE(until([this] { return !neighbours_.lookup(3, ip("10.10.0.10")).has_mac(); }));
}

// An ARP request that the kernel sends on `tap`, answered by `far_mac`.
bool answer_arp(TapMirror& tap) {
  std::array<std::byte, 2048> frame;
  for (int round = 0; round < 200; ++round) {
    pollfd wait{tap.fd(), POLLIN, 0};
    if (poll(&wait, 1, 50) <= 0) continue;
    const auto n = tap.read(frame);
    if (!n || *n < 42 || frame[12] != std::byte{8} || frame[13] != std::byte{6}) continue;
    const auto put_mac = [&frame](std::size_t at, const wire::MacAddress& mac) {
      std::memcpy(frame.data() + at, mac.octets.data(), 6);
    };
    std::array<std::byte, 4> asked;
    std::copy_n(frame.begin() + 38, 4, asked.begin());
    std::copy_n(frame.begin() + 22, 10, frame.begin() + 32);  // its sender is our target
    std::copy_n(asked.begin(), 4, frame.begin() + 28);
    put_mac(0, our_mac);
    put_mac(6, far_mac);
    put_mac(22, far_mac);
    frame[21] = std::byte{2};  // a reply
    return tap.write({frame.data(), 42}).has_value();
  }
  return false;
}

TEST_F(MirrorTest, AsksTheKernelToFindANeighbour) {
  open();
  ASSERT_TRUE(mirror_->resolve(0, ip("198.51.100.9")));
  EXPECT_EQ(neighbours_.lookup(0, ip("198.51.100.9")).state, NeighbourState::resolving);
  ASSERT_TRUE(answer_arp(*outer_));
  ASSERT_TRUE(until([this] {
    return neighbours_.lookup(0, ip("198.51.100.9")).state == NeighbourState::usable;
  }));
  EXPECT_EQ(neighbours_.lookup(0, ip("198.51.100.9")).mac, far_mac);
}

TEST_F(MirrorTest, ANeighbourThatDoesNotAnswerFails) {
  ASSERT_TRUE(test::ip_command("ntable change name arp_cache dev outer0 retrans 1 2>/dev/null"));
  open();
  ASSERT_TRUE(mirror_->resolve(0, ip("198.51.100.10")));
  EXPECT_TRUE(until([this] {
    return neighbours_.lookup(0, ip("198.51.100.10")).state == NeighbourState::failed;
  }));
}

TEST_F(MirrorTest, StaticRoutesAndNeighboursServePortsWithoutAnInterface) {
  MirrorOptions options;
  options.static_routes = {{net("203.0.113.0/24"), {ip("192.0.2.1"), 7}, 0}};
  options.static_neighbours = {{7, ip("192.0.2.1"), far_mac}, {0, ip("198.51.100.5"), far_mac}};
  open(std::move(options));
  ASSERT_NE(hop_to("203.0.113.7"), nullptr);
  EXPECT_EQ(hop_to("203.0.113.7")->port, 7);
  EXPECT_EQ(neighbours_.lookup(7, ip("192.0.2.1")).mac, far_mac);
  EXPECT_TRUE(mirror_->resolve(7, ip("192.0.2.1"))) << "nobody to ask is no error";
  // The kernel's own idea of a configured neighbour does not replace it.
  ASSERT_TRUE(test::ip_command("neigh add 198.51.100.5 lladdr 02:00:00:00:0c:07 dev outer0"));
  ASSERT_TRUE(test::ip_command("neigh add 198.51.100.6 lladdr 02:00:00:00:0c:07 dev outer0"));
  ASSERT_TRUE(until([this] { return neighbours_.lookup(0, ip("198.51.100.6")).has_mac(); }));
  EXPECT_EQ(neighbours_.lookup(0, ip("198.51.100.5")).mac, far_mac);
}

TEST_F(MirrorTest, AnInterfaceThatComesLaterIsFound) {
  inner_.reset();
  open();
  EXPECT_EQ(mirror_->link(3).ifindex, 0u);
  inner_.emplace(TapMirror::create("inner0", our_mac, 1500).value());
  ASSERT_TRUE(test::ip_command("addr add 10.10.0.1/24 dev inner0"));
  ASSERT_TRUE(until([this] { return hop_to("10.10.0.10") != nullptr; }));
  EXPECT_NE(mirror_->link(3).ifindex, 0u);
}

TEST_F(MirrorTest, ATapThatExistsIsNotJoined) {
  const auto second = TapMirror::create("outer0", our_mac, 1500);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().what.find("outer0"), std::string::npos);
  EXPECT_FALSE(TapMirror::create("a-name-too-long-for-it", our_mac, 1500));
}

}  // namespace
}  // namespace rpcgate::route
