// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "pinhole/table.hpp"

#include <atomic>
#include <map>
#include <set>
#include <thread>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "dice.hpp"

namespace rpcgate::pinhole {
namespace {

using stats::Reason;
using wire::IpAddress;

constexpr Instant start = instant_from_ns(1'700'000'000'000'000'000);
const IpAddress outer = IpAddress::from_v4(0xc6336401);
const IpAddress dc = IpAddress::from_v4(0x0a0a000a);
const IpAddress other_dc = IpAddress::from_v4(0x0a0a000b);

IpAddress client(std::uint32_t n) {
  return IpAddress::from_v4(0xcb007100 + n);
}
dcerpc::InterfaceId interface_number(std::uint8_t n) {
  dcerpc::InterfaceId id{};
  static_assert(sizeof(id) >= 16);
  std::memcpy(static_cast<void*>(&id), &n, 1);
  return id;
}

Request ask(std::uint32_t who, wire::Endpoint server, std::uint8_t interface = 1) {
  Request r;
  r.client = client(who);
  r.outer = outer;
  r.server = server;
  r.interface = interface_number(interface);
  r.rule = 7;
  r.policy_generation = 1;
  static_cast<void>(r.outer_ports.push_back({50000, 50009}));
  static_cast<void>(r.outer_ports.push_back({60000, 60001}));
  return r;
}
PinholeKey key(std::uint32_t who, wire::L4Port port) {
  PinholeKey k;
  k.client = client(who);
  k.outer = outer;
  k.outer_port = port;
  return k;
}

struct Fixture : testing::Test {
  Arenas arenas{256, 1};
  Table table{arenas, 0};
  Instant now = start;
  std::vector<std::uint64_t> ended;

  std::uint32_t expire(Instant at) {
    now = at;
    return table.expire(now, 1000, [&](const PinholeRecord& r) { ended.push_back(r.id); });
  }
  void TearDown() override {
    std::uint32_t at = 0;
    do at = table.sweep(at, 100, [&](std::uint32_t i) { table.close(i, now); });
    while (at != 0);
    EXPECT_EQ(arenas.records.in_use(), 0u);
    EXPECT_EQ(arenas.tallies.in_use(), 0u);
    table.expire(now + std::chrono::hours{1000}, 100000, [](const PinholeRecord&) {});
    EXPECT_EQ(arenas.tombstones.in_use(), 0u);
  }
};
using PinholeTable = Fixture;

TEST_F(PinholeTable, TheServersOwnPortIsTheOuterOneWhereItIsFree) {
  const Opened o = table.open(ask(1, {dc, 49155}), now);
  ASSERT_TRUE(o);
  EXPECT_EQ(o.outer_port, 49155);
  EXPECT_FALSE(o.refreshed);
  EXPECT_NE(o.id, 0u);
  ASSERT_EQ(table.find(key(1, 49155)), o.index);
  const PinholeRecord& r = table[o.index];
  EXPECT_EQ(r.server_endpoint(), (wire::Endpoint{dc, 49155}));
  EXPECT_EQ(r.rule, 7u);
  EXPECT_EQ(r.asked, 1u);
  EXPECT_TRUE(r.grants(interface_number(1)));
  EXPECT_FALSE(r.grants(interface_number(2)));
  EXPECT_EQ(table.index_of_id(o.id), o.index);
}

TEST_F(PinholeTable, APinholeIsOneClientsOneAddressesAndOneProtocols) {
  table.open(ask(1, {dc, 49155}), now);
  EXPECT_EQ(table.find(key(2, 49155)), no_index);
  EXPECT_EQ(table.find(key(1, 49156)), no_index);
  PinholeKey k = key(1, 49155);
  k.outer = dc;
  EXPECT_EQ(table.find(k), no_index);
  k = key(1, 49155);
  k.protocol = static_cast<std::uint8_t>(wire::Protocol::udp);
  EXPECT_EQ(table.find(k), no_index);
}

TEST_F(PinholeTable, AskingAgainKeepsThePortAndAddsTheInterface) {
  const Opened first = table.open(ask(1, {dc, 49155}, 1), now);
  const Opened again = table.open(ask(1, {dc, 49155}, 2), now + seconds{5});
  ASSERT_TRUE(again);
  EXPECT_TRUE(again.refreshed);
  EXPECT_TRUE(again.interface_added);
  EXPECT_EQ(again.id, first.id);
  EXPECT_EQ(again.outer_port, first.outer_port);
  EXPECT_TRUE(table[first.index].grants(interface_number(1)));
  EXPECT_TRUE(table[first.index].grants(interface_number(2)));
  EXPECT_FALSE(table.open(ask(1, {dc, 49155}, 2), now).interface_added);
  EXPECT_EQ(table[first.index].asked, 3u);
  EXPECT_EQ(table.size(), 1u);
  EXPECT_EQ(table.count_of(client(1)), 1u);
}

TEST_F(PinholeTable, MoreInterfacesThanItRemembersAreLeftToTheBind) {
  Opened o;
  for (std::uint8_t n = 1; n <= 8; ++n) o = table.open(ask(1, {dc, 49155}, n), now);
  EXPECT_FALSE(table[o.index].grants(interface_number(9)));
  o = table.open(ask(1, {dc, 49155}, 9), now);
  EXPECT_TRUE(o.interface_added);
  EXPECT_TRUE(table[o.index].more_interfaces);
  EXPECT_TRUE(table[o.index].grants(interface_number(9)));
}

TEST_F(PinholeTable, ATakenPortIsDrawnFromTheRanges) {
  ASSERT_EQ(table.open(ask(1, {dc, 49155}), now).outer_port, 49155);
  std::set<wire::L4Port> drawn;
  for (std::uint32_t n = 0; n < 12; ++n) {
    const Opened o = table.open(ask(1, {IpAddress::from_v4(0x0a0b0000 + n), 49155}), now);
    ASSERT_TRUE(o);
    EXPECT_TRUE((o.outer_port >= 50000 && o.outer_port <= 50009) ||
                (o.outer_port >= 60000 && o.outer_port <= 60001));
    EXPECT_TRUE(drawn.insert(o.outer_port).second);
    EXPECT_EQ(table.find(key(1, o.outer_port)), o.index);
  }
  EXPECT_EQ(table.open(ask(1, {other_dc, 49155}), now).reason, Reason::no_outer_port);
  EXPECT_TRUE(table.open(ask(2, {other_dc, 49155}), now)) << "another client has its own ports";
}

TEST_F(PinholeTable, WithoutRangesOnlyTheServersPortWillDo) {
  Request r = ask(1, {dc, 49155});
  r.outer_ports.clear();
  ASSERT_TRUE(table.open(r, now));
  r.server.address = other_dc;
  EXPECT_EQ(table.open(r, now).reason, Reason::no_outer_port);
}

TEST_F(PinholeTable, ReservedPortsAreNeverUsed) {
  std::vector<wire::L4Port> reserved{135, 88, 60000, 60001};
  for (wire::L4Port p = 50001; p <= 50009; ++p) reserved.push_back(p);
  Request r = ask(1, {dc, 88});
  r.reserved = reserved;
  EXPECT_EQ(table.open(r, now).outer_port, 50000);
  r.server.port = 135;
  EXPECT_EQ(table.open(r, now).reason, Reason::no_outer_port);
  r.server.port = 0;
  EXPECT_EQ(table.open(r, now).reason, Reason::no_outer_port);
}

TEST_F(PinholeTable, ARuleWritesItsRangesAsItLikes) {
  struct Range {
    wire::L4Port low, high;
  };
  Request r = ask(1, {dc, 135});
  r.outer_ports.clear();
  r.draw_from(std::vector<Range>{{9, 3}, {65535, 65535}});
  const std::vector<wire::L4Port> reserved{135};
  r.reserved = reserved;
  EXPECT_EQ(table.open(r, now).outer_port, 65535);
}

TEST_F(PinholeTable, LimitsOfClientAndRuleHold) {
  Request r = ask(1, {dc, 1000});
  r.per_client = 2;
  ASSERT_TRUE(table.open(r, now));
  r.server.port = 1001;
  const Opened second = table.open(r, now);
  ASSERT_TRUE(second);
  r.server.port = 1002;
  EXPECT_EQ(table.open(r, now).reason, Reason::pinhole_limit);
  r.server.port = 1001;
  EXPECT_TRUE(table.open(r, now)) << "it has that one already";
  table.close(second.index, now);
  r.server.port = 1002;
  EXPECT_TRUE(table.open(r, now));

  Request of_rule = ask(2, {dc, 1000});
  of_rule.rule = 9;
  of_rule.per_rule = 1;
  ASSERT_TRUE(table.open(of_rule, now));
  of_rule.client = client(3);
  EXPECT_EQ(table.open(of_rule, now).reason, Reason::pinhole_limit);
  of_rule.rule = 10;
  EXPECT_TRUE(table.open(of_rule, now));
}

TEST_F(PinholeTable, AGrantUnderAnotherRuleMovesItsCount) {
  Request r = ask(1, {dc, 1000});
  const Opened o = table.open(r, now);
  r.rule = 8;
  r.policy_generation = 2;
  ASSERT_TRUE(table.open(r, now));
  EXPECT_EQ(table[o.index].rule, 8u);
  EXPECT_EQ(table[o.index].policy_generation, 2u);
  EXPECT_EQ(table[o.index].id, o.id);
  EXPECT_EQ(arenas.tallies.in_use(), 2u) << "the old rule has nothing any more";
}

TEST_F(PinholeTable, AFullTableRefusesAndRecovers) {
  std::uint32_t opened = 0;
  while (table.open(ask(opened + 1, {dc, 1000}), now)) ++opened;
  EXPECT_EQ(opened, arenas.records.capacity());
  EXPECT_EQ(table.open(ask(9999, {dc, 1000}), now).reason, Reason::pinhole_table_full);
  EXPECT_EQ(table.count_of(client(9999)), 0u);
  table.close(table.find(key(1, 1000)), now);
  EXPECT_TRUE(table.open(ask(9999, {dc, 1000}), now));
}

TEST_F(PinholeTable, UnusedItEndsAfterItsFirstUseTime) {
  const Opened o = table.open(ask(1, {dc, 49155}), now);
  EXPECT_EQ(expire(start + seconds{119}), 0u);
  EXPECT_EQ(table.find(key(1, 49155)), o.index);
  EXPECT_EQ(expire(start + seconds{121}), 1u);
  EXPECT_EQ(ended, std::vector<std::uint64_t>{o.id});
  EXPECT_EQ(table.find(key(1, 49155)), no_index);
  EXPECT_EQ(table.index_of_id(o.id), no_index);
}

TEST_F(PinholeTable, AskingAgainBeginsItsTimeAnew) {
  table.open(ask(1, {dc, 49155}), now);
  table.open(ask(1, {dc, 49155}), start + seconds{100});
  EXPECT_EQ(expire(start + seconds{125}), 0u);
  EXPECT_EQ(expire(start + seconds{219}), 0u);
  EXPECT_EQ(expire(start + seconds{221}), 1u);
}

TEST_F(PinholeTable, InUseItLivesAndIdleItEndsAnHourAfterItsLastConnection) {
  const Opened o = table.open(ask(1, {dc, 49155}), now);
  ASSERT_TRUE(table.connection_opened(o.index, start + seconds{10}));
  ASSERT_TRUE(table.connection_opened(o.index, start + seconds{20}));
  EXPECT_EQ(table[o.index].connections, 2u);
  EXPECT_EQ(expire(start + std::chrono::hours{5}), 0u);
  table.connection_closed(o.index, now);
  EXPECT_EQ(expire(start + std::chrono::hours{10}), 0u);
  table.connection_closed(o.index, now);
  EXPECT_EQ(table[o.index].connections, 0u);
  EXPECT_EQ(table[o.index].connections_ever, 2u);
  EXPECT_EQ(expire(now + seconds{3599}), 0u);
  EXPECT_EQ(expire(start + std::chrono::hours{11} + seconds{1}), 1u);
}

TEST_F(PinholeTable, HasNoMoreConnectionsThanItMayHave) {
  Request r = ask(1, {dc, 49155});
  r.max_connections = 2;
  const Opened o = table.open(r, now);
  EXPECT_TRUE(table.connection_opened(o.index, now));
  EXPECT_TRUE(table.connection_opened(o.index, now));
  EXPECT_FALSE(table.connection_opened(o.index, now));
  table.connection_closed(o.index, now);
  EXPECT_TRUE(table.connection_opened(o.index, now));
}

TEST_F(PinholeTable, AHandMadeClockIsToldWhenToLook) {
  table.open(ask(1, {dc, 49155}), now);
  int looks = 0;
  while (table.size() != 0 && ++looks < 100) {
    const Instant next = table.next_look(now);
    ASSERT_NE(next, Instant::max());
    expire(std::max(now, next));
  }
  EXPECT_GE(now, start + seconds{120});
  EXPECT_LE(now, start + seconds{121});
  EXPECT_EQ(table.next_look(now), Instant::max());
}

TEST_F(PinholeTable, AClosedOneIsRememberedForADay) {
  const Opened o = table.open(ask(1, {dc, 49155}), now);
  EXPECT_FALSE(table.was_held(key(1, 49155), now));
  table.close(o.index, now);
  EXPECT_TRUE(table.was_held(key(1, 49155), now + seconds{86399}));
  EXPECT_FALSE(table.was_held(key(1, 49155), now + seconds{86400}));
  EXPECT_FALSE(table.was_held(key(2, 49155), now));
  EXPECT_EQ(table.tombstones(), 1u);
  expire(now + seconds{86401});
  EXPECT_EQ(table.tombstones(), 0u);
}

TEST_F(PinholeTable, AFreedPortIsNotAnotherServersForThatClientForADay) {
  const Opened o = table.open(ask(1, {dc, 49155}), now);
  table.close(o.index, now);
  const Opened other = table.open(ask(1, {other_dc, 49155}), now + seconds{10});
  ASSERT_TRUE(other);
  EXPECT_NE(other.outer_port, 49155);
  EXPECT_EQ(table.open(ask(2, {other_dc, 49155}), now).outer_port, 49155) << "another client";
  table.close(other.index, now);
  const Opened later = table.open(ask(1, {other_dc, 49155}), now + seconds{86401});
  EXPECT_EQ(later.outer_port, 49155);
}

TEST_F(PinholeTable, TheSameServerGetsItsPortBackAndTheTombstoneGoes) {
  const Opened o = table.open(ask(1, {dc, 49155}), now);
  table.close(o.index, now);
  const Opened again = table.open(ask(1, {dc, 49155}), now + seconds{10});
  EXPECT_EQ(again.outer_port, 49155);
  EXPECT_NE(again.id, o.id);
  EXPECT_EQ(table.tombstones(), 0u);
}

TEST_F(PinholeTable, TheOldestTombstoneMakesRoom) {
  const std::uint32_t room = arenas.tombstones.capacity();
  for (std::uint32_t n = 0; n <= room; ++n) {
    const Opened o = table.open(ask(n, {dc, 49155}), now);
    ASSERT_TRUE(o);
    table.close(o.index, now);
  }
  EXPECT_FALSE(table.was_held(key(0, 49155), now));
  EXPECT_TRUE(table.was_held(key(1, 49155), now));
  EXPECT_TRUE(table.was_held(key(room, 49155), now));
}

TEST_F(PinholeTable, JudgedAgainItCarriesTheNewGeneration) {
  const Opened o = table.open(ask(1, {dc, 49155}), now);
  table.judged(o.index, 5);
  PinholeRecord seen;
  ASSERT_TRUE(table.records().read_record(o.index, seen));
  EXPECT_EQ(seen.policy_generation, 5u);
  EXPECT_EQ(seen.id, o.id);
}

// What the lives of pinholes ought to be.
using Who = std::tuple<std::uint32_t, std::uint32_t, wire::L4Port>;  // client, server, its port
struct Life {
  Instant last;
  std::uint32_t connections = 0;
  bool used = false;
  wire::L4Port port = 0;

  bool overdue(Instant now, Duration slack = {}) const {
    const Duration allowed = used ? Duration{seconds{3600}} : Duration{seconds{120}};
    return connections == 0 && now >= last + allowed + slack;
  }
};
using LifeModel = std::map<Who, Life>;

// It ended: it must have been due.
void take_out(LifeModel& model, const PinholeRecord& r, Instant now) {
  for (auto it = model.begin(); it != model.end(); ++it) {
    if (client(std::get<0>(it->first)) != r.key.client || it->second.port != r.key.outer_port)
      continue;
    EXPECT_TRUE(it->second.overdue(now));
    model.erase(it);
    return;
  }
  ADD_FAILURE() << "a pinhole ended that had not begun";
}

TEST_F(PinholeTable, AgreesWithAModelUnderRandomUse) {
  tests::Dice dice{30};
  SCOPED_TRACE(dice.seed());
  LifeModel model;
  for (int step = 0; step < 20000; ++step) {
    const Who who{dice.below(6), dice.below(3), static_cast<wire::L4Port>(2000 + dice.below(3))};
    const auto [c, s, port] = who;
    const auto known = model.find(who);
    const std::uint32_t index =
        known == model.end() ? no_index : table.find(key(c, known->second.port));
    switch (dice.below(6)) {
      case 0:
      case 1: {
        const Opened o = table.open(ask(c, {IpAddress::from_v4(s), port}), now);
        if (!o) {
          ASSERT_EQ(o.reason, Reason::no_outer_port);
          ASSERT_EQ(known, model.end());
          break;
        }
        ASSERT_EQ(o.refreshed, known != model.end()) << "step " << step;
        Life& m = model[who];
        if (o.refreshed) {
          ASSERT_EQ(m.port, o.outer_port);
        }
        for (const auto& [w, other] : model)
          ASSERT_TRUE(w == who || std::get<0>(w) != c || other.port != o.outer_port);
        m.port = o.outer_port;
        m.last = now;
        break;
      }
      case 2:
        if (known == model.end()) break;
        ASSERT_NE(index, no_index);
        ASSERT_TRUE(table.connection_opened(index, now));
        ++known->second.connections;
        known->second.used = true;
        known->second.last = now;
        break;
      case 3:
        if (known == model.end() || known->second.connections == 0) break;
        table.connection_closed(index, now);
        --known->second.connections;
        known->second.last = now;
        break;
      case 4:
        if (known == model.end() || known->second.connections != 0 || !dice.one_in(4)) break;
        table.close(index, now);
        ASSERT_TRUE(table.was_held(key(c, known->second.port), now));
        model.erase(known);
        break;
      default:
        now += dice.one_in(100) ? Duration{seconds{90000}} : Duration{seconds{dice.below(200)}};
        table.expire(now, 100000, [&](const PinholeRecord& r) { take_out(model, r, now); });
        for (const auto& [w, m] : model)
          ASSERT_FALSE(m.overdue(now, milliseconds{40})) << "step " << step;
    }
    ASSERT_EQ(table.size(), model.size());
  }
  for (const auto& [w, m] : model) EXPECT_NE(table.find(key(std::get<0>(w), m.port)), no_index);
}

// Run under TSan too: the control core lists pinholes while their worker changes them.
TEST(PinholeTableShown, TheControlCoreListsWholePinholesWhileTheWorkerWorks) {
  Arenas arenas{64, 1};
  Table table{arenas, 0};
  std::atomic<bool> enough{false};
  std::thread worker{[&] {
    tests::Dice dice{31};
    Instant now = start;
    for (int step = 0; step < (1 << 26) && !enough.load(); ++step) {
      now += milliseconds{10};
      const std::uint32_t who = dice.below(40);
      const std::uint32_t index = table.find(key(who, static_cast<wire::L4Port>(1000 + who)));
      if (index == no_index || dice.one_in(3)) {
        table.open(ask(who, {dc, static_cast<wire::L4Port>(1000 + who)},
                       static_cast<std::uint8_t>(1 + dice.below(12))),
                   now);
      } else if (dice.one_in(2)) {
        if (table.connection_opened(index, now)) table.connection_closed(index, now);
      } else if (dice.one_in(3)) {
        table.close(index, now);
      }
      table.expire(now, 10, [](const PinholeRecord&) {});
    }
  }};
  std::uint64_t read = 0, wrong = 0;
  for (int round = 0; round < 1000000 && read < 20000; ++round)
    for (std::uint32_t i = 0; i < table.records().capacity(); ++i) {
      PinholeRecord r;
      if (!table.records().read_record(i, r)) continue;
      ++read;
      wrong += r.key.client != client(r.key.outer_port - 1000u) ||
               r.server_port != r.key.outer_port || r.interface_count == 0 ||
               r.interface_count > max_named_interfaces;
    }
  enough.store(true);
  worker.join();
  EXPECT_GE(read, 20000u);
  EXPECT_EQ(wrong, 0u);
}

}  // namespace
}  // namespace rpcgate::pinhole
