// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "notify/sessions.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "dice.hpp"

namespace rpcgate::notify {
namespace {

using wire::IpAddress;

constexpr Instant start = instant_from_ns(1'700'000'000'000'000'000);
const IpAddress client = IpAddress::from_v4(0xc6336407), other = IpAddress::from_v4(0xc6336408);
const IpAddress outer = IpAddress::from_v4(0xcb007105), server = IpAddress::from_v4(0x0a010114);

Bytes bytes(std::string_view text) {
  return as_bytes(text.data(), text.size());
}

struct Fixture : testing::Test {
  Arena arena{256, 1};
  Sessions sessions{arena, 0};
  Instant now = start;

  Who who(std::uint32_t group = 7, const IpAddress& from = client) {
    return {from, outer, server, from, group, 1, 1};
  }
  Fate send(wire::L4Port port, std::string_view payload, const IpAddress& to = client) {
    return sessions.pass(to, server, port, bytes(payload), now, [](auto&) { return true; }).fate;
  }
  void later(Duration by) {
    now += by;
    sessions.expire(now, 1000);
  }
};

TEST_F(Fixture, NothingPassesWithoutASession) {
  EXPECT_EQ(send(2000, "12345678"), Fate::unknown);
  sessions.attach(who(), false, now);
  EXPECT_EQ(send(2000, "12345678"), Fate::unexpected) << "connected, but nothing was asked for";
  EXPECT_EQ(send(2000, "12345678", other), Fate::unknown);
}

TEST_F(Fixture, AReadRegistrationPassesOnceTheServerHasAnswered) {
  const auto s = sessions.attach(who(), false, now);
  const auto slot = sessions.reserve(s, 2000, bytes("12345678"));
  EXPECT_EQ(send(2000, "12345678"), Fate::unexpected);
  sessions.confirm(s, slot);
  EXPECT_EQ(send(2000, "12345678"), Fate::passes);
  EXPECT_EQ(send(2001, "12345678"), Fate::unexpected);
  EXPECT_EQ(send(2000, "12345679"), Fate::unexpected);
  EXPECT_EQ(send(2000, "1234567"), Fate::unexpected);
  EXPECT_EQ(send(2000, "123456789"), Fate::unexpected);
  EXPECT_EQ(sessions[s].ports[0], 2000);
}

TEST_F(Fixture, ARefusedRegistrationOpensNothing) {
  const auto s = sessions.attach(who(), false, now);
  sessions.withdraw(s, sessions.reserve(s, 2000, bytes("12345678")));
  EXPECT_EQ(send(2000, "12345678"), Fate::unexpected);
  EXPECT_EQ(sessions[s].registrations, 0u);
}

TEST_F(Fixture, ASealedRegistrationIsPinnedByTheFirstDatagram) {
  const auto s = sessions.attach(who(), false, now);
  sessions.confirm(s, sessions.reserve(s, 0, {}));
  EXPECT_EQ(send(3000, "ABCDEFGH"), Fate::pins);
  EXPECT_EQ(send(3000, "ABCDEFGH"), Fate::passes);
  EXPECT_EQ(send(3000, "ABCDEFGX"), Fate::unexpected);
  EXPECT_EQ(send(3001, "ABCDEFGH"), Fate::unexpected);
}

TEST_F(Fixture, MoreThanFiveAtOnceAndOneASecondIsAFlood) {
  const auto s = sessions.attach(who(), false, now);
  sessions.confirm(s, sessions.reserve(s, 2000, bytes("12345678")));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(send(2000, "12345678"), Fate::passes) << i;
  EXPECT_EQ(send(2000, "12345678"), Fate::too_many);
  later(seconds{1});
  EXPECT_EQ(send(2000, "12345678"), Fate::passes);
  EXPECT_EQ(send(2000, "12345678"), Fate::too_many);
  later(seconds{3600});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(send(2000, "12345678"), Fate::passes) << i;
  EXPECT_EQ(send(2000, "12345678"), Fate::too_many);
  EXPECT_EQ(sessions[s].passed, 11u);
}

TEST_F(Fixture, FourRegistrationsAndNoMore) {
  const auto s = sessions.attach(who(), false, now);
  for (int i = 0; i < 4; ++i) EXPECT_NE(sessions.reserve(s, 0, {}), Sessions::no_slot);
  EXPECT_EQ(sessions.reserve(s, 0, {}), Sessions::no_slot);
}

TEST_F(Fixture, TheSameRegistrationAgainTakesNoSecondSlot) {
  const auto s = sessions.attach(who(), false, now);
  for (int i = 0; i < 9; ++i) {
    const auto slot = sessions.reserve(s, 2000, bytes("12345678"));
    ASSERT_EQ(slot, 0);
    sessions.confirm(s, slot);
  }
  EXPECT_EQ(send(2000, "12345678"), Fate::passes);
}

TEST_F(Fixture, ARegistrationThatIsTakenBackPassesNothing) {
  const auto s = sessions.attach(who(), false, now);
  sessions.confirm(s, sessions.reserve(s, 2000, bytes("12345678")));
  sessions.confirm(s, sessions.reserve(s, 2000, bytes("ABCDEFGH")));
  later(seconds{1});
  EXPECT_EQ(send(2000, "ABCDEFGH"), Fate::passes);
  sessions.end_one(s, false);  // the one longest without a datagram
  EXPECT_EQ(send(2000, "12345678"), Fate::unexpected);
  EXPECT_EQ(send(2000, "ABCDEFGH"), Fate::passes);
  sessions.end_one(s, false);
  EXPECT_EQ(send(2000, "ABCDEFGH"), Fate::unexpected);
}

TEST_F(Fixture, AnOpenSessionNeedsNoCall) {
  const auto s = sessions.attach(who(), true, now);
  EXPECT_EQ(send(2000, "12345678"), Fate::pins);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(send(2001, std::string(1, static_cast<char>('a' + i))), Fate::pins);
  EXPECT_EQ(send(2002, "z"), Fate::unexpected);
  sessions.end_one(s, true);
  EXPECT_EQ(send(2002, "z"), Fate::pins);
}

TEST_F(Fixture, TheSessionOutlivesItsLastConnectionByTheGrace) {
  const auto s = sessions.attach(who(), false, now);
  EXPECT_EQ(sessions.attach(who(), false, now), s);
  sessions.confirm(s, sessions.reserve(s, 2000, bytes("12345678")));
  sessions.detach(s, seconds{90}, now);
  later(seconds{1000});
  EXPECT_EQ(send(2000, "12345678"), Fate::passes) << "another connection of the group lives";
  sessions.detach(s, seconds{90}, now);
  later(seconds{89});
  EXPECT_EQ(send(2000, "12345678"), Fate::passes);
  later(seconds{2});
  EXPECT_EQ(send(2000, "12345678"), Fate::unknown);
  EXPECT_EQ(sessions.size(), 0u);
}

TEST_F(Fixture, ASessionThatRegisteredForNothingEndsWithItsConnection) {
  sessions.detach(sessions.attach(who(), false, now), seconds{90}, now);
  later(seconds{1});
  EXPECT_EQ(sessions.size(), 0u);
}

TEST_F(Fixture, ARepeatedRegistrationThatFailsLeavesTheFirst) {
  const auto s = sessions.attach(who(), false, now);
  sessions.confirm(s, sessions.reserve(s, 2000, bytes("12345678")));
  sessions.withdraw(s, sessions.reserve(s, 2000, bytes("12345678")));
  EXPECT_EQ(send(2000, "12345678"), Fate::passes);
}

TEST_F(Fixture, AConnectionWithinTheGraceKeepsIt) {
  const auto s = sessions.attach(who(), false, now);
  sessions.confirm(s, sessions.reserve(s, 2000, bytes("12345678")));
  sessions.detach(s, seconds{90}, now);
  later(seconds{80});
  EXPECT_EQ(sessions.attach(who(), false, now), s);
  later(seconds{1000});
  EXPECT_EQ(send(2000, "12345678"), Fate::passes);
}

TEST_F(Fixture, SessionsOfOneAddressAreToldApartByGroup) {
  const auto a = sessions.attach(who(1), false, now), b = sessions.attach(who(2), false, now);
  ASSERT_NE(a, b);
  sessions.confirm(a, sessions.reserve(a, 2000, bytes("aaaaaaaa")));
  sessions.confirm(b, sessions.reserve(b, 2000, bytes("bbbbbbbb")));
  EXPECT_EQ(send(2000, "aaaaaaaa"), Fate::passes);
  sessions.detach(a, seconds{1}, now);
  later(seconds{2});
  EXPECT_EQ(send(2000, "aaaaaaaa"), Fate::unexpected);
  EXPECT_EQ(send(2000, "bbbbbbbb"), Fate::passes);
}

TEST_F(Fixture, WhatIsSilencedPassesNothingThoughConnected) {
  const auto s = sessions.attach(who(), false, now);
  sessions.confirm(s, sessions.reserve(s, 2000, bytes("12345678")));
  sessions.silence([](const SessionRecord& r) { return r.client == client; });
  EXPECT_EQ(send(2000, "12345678"), Fate::unexpected);
}

TEST(Sessions, OfOneClientAndServerAreBounded) {
  Arena arena{4096, 1};
  Sessions sessions{arena, 0};
  std::uint32_t group = 0;
  while (sessions.attach({client, outer, server, client, ++group, 1, 1}, false, start) != no_index)
    ASSERT_LT(group, 4096u);
  EXPECT_EQ(sessions.size(), max_sessions);
  EXPECT_NE(sessions.attach({other, outer, server, other, 1, 1, 1}, false, start), no_index);
  for (std::uint32_t known = 1; known < group; ++known)
    ASSERT_NE(sessions.attach({client, outer, server, client, known, 1, 1}, false, start),
              no_index);
}

TEST_F(Fixture, AFullArenaSaysSo) {
  std::uint32_t group = 0;
  while (sessions.attach(who(++group), false, now) != no_index) ASSERT_LT(group, 100'000u);
  EXPECT_EQ(sessions.size(), arena.capacity());
}

// Against a plain list: chains of sessions under one key, ends in any order.
TEST_F(Fixture, AgreesWithAPlainListUnderRandomUse) {
  struct Model {
    std::uint32_t session, group, connections;
    IpAddress from;
    bool registered;
  };
  tests::Dice dice(1128);
  std::vector<Model> model;
  for (int step = 0; step < 20000; ++step) {
    const IpAddress from = IpAddress::from_v4(0xc6336400 + dice.below(3));
    const std::uint32_t group = dice.below(6);
    const auto at = std::find_if(model.begin(), model.end(), [&](const Model& m) {
      return m.from == from && m.group == group;
    });
    if (dice.below(2) == 0) {
      const auto s = sessions.attach(who(group, from), false, now);
      ASSERT_NE(s, no_index);
      if (at != model.end()) {
        ASSERT_EQ(s, at->session);
        ++at->connections;
      } else {
        const auto name = std::to_string(group);
        const bool registered = dice.below(2) == 0;
        if (registered) sessions.confirm(s, sessions.reserve(s, 5000, bytes(name)));
        model.push_back({s, group, 1, from, registered});
      }
    } else if (at != model.end()) {
      sessions.detach(at->session, seconds{0}, now);
      if (--at->connections == 0) model.erase(at);
    }
    later(seconds{1});
    ASSERT_EQ(sessions.size(), model.size());
    for (const Model& m : model) {
      const Fate fate = send(5000, std::to_string(m.group), m.from);
      ASSERT_EQ(fate == Fate::passes || fate == Fate::too_many, m.registered);
    }
  }
}

}  // namespace
}  // namespace rpcgate::notify
