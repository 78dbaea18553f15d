// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "flow/table.hpp"

#include <atomic>
#include <map>
#include <thread>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "dice.hpp"
#include "flow/timer_wheel.hpp"

namespace rpcgate::flow {
namespace {

using wire::IpAddress;
constexpr auto tcp = static_cast<std::uint8_t>(wire::Protocol::tcp);

IpAddress v4(std::uint32_t n) {
  return IpAddress::from_v4(n);
}
IpAddress v6(std::uint8_t last) {
  std::array<std::uint8_t, 16> octets{0x20, 0x01, 0x0d, 0xb8};
  octets[15] = last;
  return IpAddress::from_v6_octets(octets.data());
}

// client:port -> outer:135, published to server:135.
FlowImage published(IpAddress client, wire::L4Port port, IpAddress outer = v4(0xc6336401),
                    IpAddress server = v4(0x0a0a000a)) {
  FlowImage r;
  r.from_client = {client, outer, port, 135, tcp, {}};
  r.from_server = {server, client, 135, port, tcp, {}};
  r.opened = instant_from_ns(port);
  return r;
}

TEST(FlowTable, OneRecordIsFoundByBothDirections) {
  Arenas arenas{64, 1};
  Table table{arenas, 0};
  ASSERT_TRUE(table.ready());
  const FlowImage r = published(v4(1), 40000);
  const Inserted in = table.insert(r);
  ASSERT_EQ(in.result, Inserted::Result::inserted);
  const Found c = table.lookup(r.from_client), s = table.lookup(r.from_server);
  EXPECT_EQ(c.index, in.index);
  EXPECT_EQ(c.direction, Direction::from_client);
  EXPECT_EQ(s.index, in.index);
  EXPECT_EQ(s.direction, Direction::from_server);
  EXPECT_FALSE(table.lookup(reversed(r.from_client)));
  EXPECT_EQ(table[in.index].client(), (wire::Endpoint{v4(1), 40000}));
  EXPECT_EQ(table[in.index].outer(), (wire::Endpoint{v4(0xc6336401), 135}));
  EXPECT_EQ(table[in.index].server(), (wire::Endpoint{v4(0x0a0a000a), 135}));
  EXPECT_EQ(table[in.index].client_seen(), (wire::Endpoint{v4(1), 40000}));
  table.erase(in.index);
  EXPECT_FALSE(table.lookup(r.from_client));
  EXPECT_FALSE(table.lookup(r.from_server));
}

TEST(FlowTable, ARoutedFlowOfIPv6IsFoundByBothDirections) {
  Arenas arenas{64, 1};
  Table table{arenas, 0};
  FlowImage r;
  r.from_client = {v6(1), v6(2), 5000, 135, tcp, {}};
  r.from_server = reversed(r.from_client);
  const Inserted in = table.insert(r);
  EXPECT_EQ(table.lookup(r.from_client).direction, Direction::from_client);
  EXPECT_EQ(table.lookup(r.from_server).direction, Direction::from_server);
  EXPECT_EQ(table.lookup(r.from_server).index, in.index);
}

TEST(FlowTable, ProtocolsDoNotMeet) {
  Arenas arenas{64, 1};
  Table table{arenas, 0};
  FlowImage r = published(v4(1), 40000);
  table.insert(r);
  FlowKey other = r.from_client;
  other.protocol = static_cast<std::uint8_t>(wire::Protocol::udp);
  EXPECT_FALSE(table.lookup(other));
}

TEST(FlowTable, AKeyThatIsTakenIsNotTakenAgain) {
  Arenas arenas{64, 1};
  Table table{arenas, 0};
  ASSERT_EQ(table.insert(published(v4(1), 40000)).result, Inserted::Result::inserted);
  EXPECT_EQ(table.insert(published(v4(1), 40000)).result, Inserted::Result::exists);
  // Another published address, same client port, same server: the server could not tell them apart.
  EXPECT_EQ(table.insert(published(v4(1), 40000, v4(0xc6336402))).result, Inserted::Result::exists);
  EXPECT_EQ(table.size(), 1u);
  FlowImage itself = published(v4(1), 135);
  itself.from_client.destination = v4(1);
  itself.from_server = itself.from_client;
  EXPECT_EQ(table.insert(itself).result, Inserted::Result::exists);
}

TEST(FlowTable, AFullArenaRefusesAndRecovers) {
  Arenas arenas{64, 1};
  Table table{arenas, 0};
  std::vector<std::uint32_t> all;
  for (wire::L4Port port = 1; all.size() < arenas.records.capacity(); ++port)
    all.push_back(table.insert(published(v4(port), port)).index);
  EXPECT_EQ(table.insert(published(v4(9999), 9999)).result, Inserted::Result::full);
  EXPECT_FALSE(table.lookup(published(v4(9999), 9999).from_client));
  table.erase(all.back());
  all.pop_back();
  EXPECT_EQ(table.insert(published(v4(9999), 9999)).result, Inserted::Result::inserted);
  table.erase(table.lookup(published(v4(9999), 9999).from_client).index);
  for (const std::uint32_t i : all) table.erase(i);
  EXPECT_EQ(arenas.records.in_use(), 0u);
  EXPECT_EQ(arenas.clients.in_use(), 0u);
}

TEST(FlowTable, CountsFlowsAndHalfOpenFlowsPerClient) {
  Arenas arenas{64, 1};
  Table table{arenas, 0};
  FlowImage r = published(v4(1), 1);
  r.set(FlowFlag::half_open);
  const std::uint32_t a = table.insert(r).index;
  const std::uint32_t b = table.insert(published(v4(1), 2)).index;
  r = published(v4(1), 3);
  r.set(FlowFlag::half_open);
  const std::uint32_t c = table.insert(r).index;
  EXPECT_EQ(table.counts_of(v4(1)).flows, 3u);
  EXPECT_EQ(table.counts_of(v4(1)).half_open, 2u);
  EXPECT_EQ(table.counts_of(v4(2)).flows, 0u);
  table.established(a);
  table.established(a);
  EXPECT_EQ(table.counts_of(v4(1)).half_open, 1u);
  table.erase(c);
  EXPECT_EQ(table.counts_of(v4(1)).half_open, 0u);
  table.erase(a);
  table.erase(b);
  EXPECT_EQ(table.counts_of(v4(1)).flows, 0u);
  EXPECT_EQ(arenas.clients.in_use(), 0u);
}

TEST(FlowTable, AnIdNamesOneFlowAndNoLaterOne) {
  Arenas arenas{64, 2};
  Table mine{arenas, 0}, other{arenas, 1};
  const std::uint32_t a = mine.insert(published(v4(1), 1)).index;
  const std::uint64_t id = mine.id_of(a);
  EXPECT_NE(id, 0u);
  EXPECT_EQ(mine.index_of_id(id), a);
  EXPECT_EQ(other.index_of_id(id), no_index);
  EXPECT_EQ(mine.index_of_id(0), no_index);
  EXPECT_EQ(mine.index_of_id(~std::uint64_t{0}), no_index);
  FlowImage seen;
  ASSERT_TRUE(arenas.read(a, instant_from_ns(0), seen));
  EXPECT_EQ(Table::id_of(a, seen.generation), id);
  mine.erase(a);
  EXPECT_EQ(mine.index_of_id(id), no_index);
  const std::uint32_t b = mine.insert(published(v4(1), 1)).index;
  ASSERT_EQ(b, a) << "the record is used again";
  EXPECT_EQ(mine.index_of_id(id), no_index);
  EXPECT_NE(mine.id_of(b), id);
}

TEST(FlowTable, TimersRunThroughTheRecords) {
  Arenas arenas{64, 1};
  Table table{arenas, 0};
  TimerWheel timers;
  const Instant now = instant_from_ns(1'000'000'000'000);
  const std::uint32_t a = table.insert(published(v4(1), 1)).index;
  timers.arm(table.timer_links(), a, now + seconds{30}, now);
  std::vector<std::uint32_t> fired;
  const auto note = [&](std::uint32_t i) { fired.push_back(i); };
  timers.advance(now + seconds{29}, table.timer_links(), 10, note);
  EXPECT_TRUE(fired.empty());
  timers.advance(now + seconds{31}, table.timer_links(), 10, note);
  EXPECT_EQ(fired, std::vector<std::uint32_t>{a});
}

TEST(FlowTable, AgreesWithAMapUnderRandomUse) {
  tests::Dice dice{10};
  SCOPED_TRACE(dice.seed());
  constexpr unsigned workers = 2;
  Arenas arenas{3000, workers};
  Table tables[workers] = {{arenas, 0}, {arenas, 1}};
  // Clients of one worker are no other's: their parity says whose they are.
  std::map<std::pair<std::uint32_t, wire::L4Port>, std::uint32_t> model[workers];
  std::map<std::uint32_t, std::uint32_t> flows_of;
  for (int step = 0; step < 40000; ++step) {
    const std::uint32_t client = dice.below(50);
    const auto port = static_cast<wire::L4Port>(1 + dice.below(100));
    const unsigned w = client % workers;
    const FlowImage r = published(v4(client), port);
    const auto known = model[w].find({client, port});
    const Found found = tables[w].lookup(dice.one_in(2) ? r.from_client : r.from_server);
    ASSERT_EQ(static_cast<bool>(found), known != model[w].end()) << "step " << step;
    if (known != model[w].end()) {
      ASSERT_EQ(found.index, known->second) << "step " << step;
      if (dice.one_in(2)) continue;
      tables[w].erase(known->second);
      model[w].erase(known);
      --flows_of[client];
    } else {
      const Inserted in = tables[w].insert(r);
      if (in.result == Inserted::Result::full) {
        ASSERT_GT(model[0].size() + model[1].size(),
                  arenas.records.capacity() - arenas.records.region().chunk_records());
        continue;
      }
      ASSERT_EQ(in.result, Inserted::Result::inserted);
      model[w][{client, port}] = in.index;
      ++flows_of[client];
    }
    ASSERT_EQ(tables[w].counts_of(v4(client)).flows, flows_of[client]);
    ASSERT_EQ(tables[w].size(), model[w].size());
  }
  EXPECT_EQ(arenas.records.in_use(), model[0].size() + model[1].size());
  for (unsigned w = 0; w < workers; ++w) {
    std::uint32_t at = 0;
    do at = tables[w].sweep(at, 100, [&](std::uint32_t i) { tables[w].erase(i); });
    while (at != 0);
  }
  EXPECT_EQ(arenas.records.in_use(), 0u);
  EXPECT_EQ(arenas.clients.in_use(), 0u);
}

TEST(FlowTable, ABulkLookupFindsWhatSingleOnesFind) {
  tests::Dice dice{11};
  SCOPED_TRACE(dice.seed());
  Arenas arenas{1000, 1};
  Table table{arenas, 0};
  for (wire::L4Port port = 1; port <= 500; ++port) table.insert(published(v4(port % 7), port));
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{31}, std::size_t{32},
                                 std::size_t{33}, std::size_t{200}}) {
    std::vector<FlowKey> keys;
    for (std::size_t i = 0; i < size; ++i) {
      const auto port = static_cast<wire::L4Port>(1 + dice.below(800));
      const FlowImage r = published(v4(port % 7), port);
      keys.push_back(dice.one_in(2) ? r.from_client : r.from_server);
    }
    std::vector<Found> found(size);
    table.lookup_bulk(keys, found);
    for (std::size_t i = 0; i < size; ++i) {
      const Found single = table.lookup(keys[i]);
      ASSERT_EQ(found[i].index, single.index);
      ASSERT_EQ(found[i].direction, single.direction);
    }
  }
}

// Run under TSan too: the control core lists flows while their worker opens, counts and ends them.
TEST(FlowTable, TheControlCoreListsWholeFlowsWhileTheWorkerWorks) {
  Arenas arenas{128, 1};
  Table table{arenas, 0};
  std::atomic<bool> enough{false};
  std::thread worker{[&] {
    tests::Dice dice{12};
    TimerWheel timers;
    std::vector<std::uint32_t> live;
    for (int step = 0; step < (1 << 26) && !enough.load(); ++step) {
      const Instant now = instant_from_ns(step * 1000);
      if (live.size() < 60 && dice.one_in(2)) {
        const auto port = static_cast<wire::L4Port>(1 + dice.below(60000));
        const Inserted in = table.insert(published(v4(port), port));
        if (in.result != Inserted::Result::inserted) continue;
        timers.arm(table.timer_links(), in.index, now + seconds{1}, now);
        table[in.index]->stream = in.index;
        live.push_back(in.index);
      } else if (!live.empty()) {
        const Flow r = table[live.back()];
        r.count(Direction::from_client, 100, stamp_of(now));
        r->phase = TcpPhase::established;
        r->set(FlowFlag::told);
        r->policy_generation += 1u;
        r->tcp.peer(Direction::from_client).ack += 1;
        if (!dice.one_in(3)) continue;
        timers.cancel(table.timer_links(), live.back());
        table.erase(live.back());
        live.pop_back();
      }
    }
    for (const std::uint32_t i : live) {
      timers.cancel(table.timer_links(), i);
      table.erase(i);
    }
  }};
  const Instant now = instant_from_ns(1'000'000'000'000);
  std::uint64_t read = 0, wrong = 0;
  for (int round = 0; round < 1000000 && read < 20000; ++round)
    for (std::uint32_t i = 0; i < table.records().capacity(); ++i) {
      FlowImage r;
      if (!arenas.read(i, now, r)) continue;
      ++read;
      const wire::L4Port port = r.from_client.source_port;
      wrong += r.from_client.source != v4(port) || r.from_server.destination_port != port ||
               to_ns(r.opened) != port;
    }
  enough.store(true);
  worker.join();
  EXPECT_GE(read, 20000u);
  EXPECT_EQ(wrong, 0u);
  EXPECT_EQ(arenas.records.in_use(), 0u);
}

}  // namespace
}  // namespace rpcgate::flow
