// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Quiet connections: an end that answers probes keeps them however long, one that does not loses
// them within a minute.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "world.hpp"

namespace rpcgate::tests {
namespace {

using stats::Counter;
using stats::Drop;

WorldOptions probing() {
  WorldOptions options;
  options.probing = true;
  return options;
}

bool is_probe(const SeenPacket& p) {
  return p.flags == 0x10 && p.payload.empty() && (p.seq == 1000 || p.seq == 5000);
}

// The clock goes on by steps; ends that live answer what they are asked, as kernels do: by an
// acknowledgement of where they stand. What else left.
struct Ends {
  World& w;
  bool client_lives = true;
  bool server_lives = true;
  std::vector<SeenPacket> others{};
  Duration until_reset{};

  void pass(Duration total, Duration step = seconds{1}) {
    for (Duration gone{}; gone < total; gone += step) {
      for (const SeenPacket& p : w.after(step)) take(p);
      if (!others.empty() && until_reset == Duration{}) until_reset = gone + step;
    }
  }
  void take(const SeenPacket& p) {
    if (!is_probe(p)) return others.push_back(p);
    if (p.destination == ip(client)) {
      if (client_lives)
        w.send(outer, from_client(p.destination_port, p.source_port).seq(1001).ack(5001));
    } else if (server_lives) {
      w.send(inner, from_server(p.destination_port, p.source_port).seq(5001).ack(1001));
    }
  }
};

TEST(Probe, BothQuietEndsAreAskedAndTheirAnswersKeepTheConnectionForEightHours) {
  World w(probing());
  w.establish(1024, 88);
  Ends ends{w};
  ends.pass(std::chrono::hours{8});
  EXPECT_TRUE(ends.others.empty());
  EXPECT_EQ(w.flows(), 1u);
  EXPECT_GT(w.counted(Counter::probes_sent), 2u * 8 * 3600 / 60);
  // And it still carries.
  EXPECT_EQ(w.send(outer, from_client(1024, 88).seq(1001).ack(5001).payload("x")).size(), 1u);
  EXPECT_EQ(w.all_drops(), 0u);
}

TEST(Probe, AConnectionThatIsBusyIsNotProbed) {
  World w(probing());
  w.establish(1024, 88);
  for (std::uint32_t i = 0; i < 60; ++i) {
    w.send(outer, from_client(1024, 88).seq(1001 + i).ack(5001 + i).payload("x"));
    w.send(inner, from_server(88, 1024).seq(5001 + i).ack(1002 + i).payload("y"));
    EXPECT_TRUE(w.after(seconds{10}).empty());
  }
  EXPECT_EQ(w.counted(Counter::probes_sent), 0u);
}

// KB917936: a server admits 32 sessions of a user; a client that lost its link must not hold them.
TEST(Probe, AClientWhoseCableIsPulledLosesItsThirtyTwoConnectionsWithinAMinute) {
  World w(probing());
  const wire::L4Port port = w.open_pinhole(client, 49667);
  for (std::uint16_t i = 0; i < 32; ++i) w.establish(static_cast<std::uint16_t>(2000 + i), port);
  ASSERT_EQ(w.flows(), 32u);
  w.events();
  Ends ends{w, false, true};
  ends.pass(seconds{60});
  std::set<std::uint16_t> reset;
  for (const SeenPacket& p : ends.others)
    if (p.destination == ip(server)) {
      EXPECT_NE(p.flags & 0x04, 0);
      EXPECT_EQ(p.seq, 1001u) << "the exact number, or the server does not believe it (RFC 5961)";
      reset.insert(p.source_port);
    }
  EXPECT_EQ(reset.size(), 32u);
  EXPECT_LE(ends.until_reset, seconds{60});
  const auto events = w.events();
  EXPECT_EQ(std::count_if(events.begin(), events.end(),
                          [](const event::Event& e) {
                            return e.kind == event::Kind::connection_reset &&
                                   e.reason == stats::Reason::peer_gone;
                          }),
            32);
}

TEST(Probe, AServerThatDiedIsToldToItsClient) {
  World w(probing());
  w.establish(1024, 88);
  Ends ends{w, true, false};
  ends.pass(seconds{60});
  const auto to_client = [](const SeenPacket& p) {
    return p.destination == ip(client) && (p.flags & 0x04) != 0 && p.seq == 5001;
  };
  EXPECT_TRUE(std::any_of(ends.others.begin(), ends.others.end(), to_client));
}

TEST(Probe, AnEndThatStartedAnewAnswersWithAResetAndThatEndsIt) {
  World w(probing());
  w.establish(1024, 88);
  const auto asked = w.after(seconds{26});
  ASSERT_EQ(asked.size(), 2u);
  const auto at = std::find_if(asked.begin(), asked.end(),
                               [](const SeenPacket& p) { return p.destination == ip(server); });
  ASSERT_NE(at, asked.end());
  // RFC 9293 3.5.2: of no connection, with an ACK: a reset whose number is what was acknowledged.
  const auto out = w.send(inner, from_server(88, 1024).seq(at->ack).flags(0x04));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].destination, ip(client));
  w.after(seconds{3});
  EXPECT_EQ(w.flows(), 0u);
}

TEST(Probe, ATurnThatComesLateGivesNobodyUpUnasked) {
  World w(probing());
  w.establish(1024, 88);
  w.now += std::chrono::hours{1};  // as after a suspended machine
  EXPECT_EQ(w.run().size(), 2u);
  EXPECT_EQ(w.flows(), 1u);
  Ends ends{w};
  ends.pass(seconds{120});
  EXPECT_TRUE(ends.others.empty());
  EXPECT_EQ(w.flows(), 1u);
}

TEST(Probe, NoneAreSentWhereTheLimitSaysSoAndIdleTimeDecides) {
  WorldOptions options = probing();
  options.config = "[limits]\nprobes = 0\n" + config_text();
  World w(options);
  w.establish(1024, 88);
  EXPECT_TRUE(w.after(seconds{7000}).empty());
  EXPECT_EQ(w.flows(), 1u);
  w.after(seconds{500});
  EXPECT_EQ(w.flows(), 0u);
}

}  // namespace
}  // namespace rpcgate::tests
