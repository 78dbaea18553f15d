// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
// Ports, pools and rings over a real EAL without hugepages and root. One EAL for the program.
#include "dpdk/port.hpp"

#include <atomic>
#include <filesystem>
#include <optional>

#include <gtest/gtest.h>

#include <rte_ethdev.h>
#include <rte_lcore.h>

#include "dpdk/eal.hpp"
#include "dpdk/memory_port.hpp"

namespace rpcgate::dpdk {
namespace {

std::optional<Eal> eal;

Mempool pool_of(const std::string& name) {
  return make_packet_pool({.name = name, .packets = 511, .cache = 0}).value();
}

TEST(Eal, RunsAnEntryOnEachWorker) {
  static std::atomic<unsigned> lcores{0};
  const auto entry = [](void* argument) {
    lcores += rte_lcore_id();
    *static_cast<bool*>(argument) = true;
    return 0;
  };
  bool ran[2] = {};
  ASSERT_TRUE(eal->launch(0, entry, &ran[0]));
  ASSERT_TRUE(eal->launch(1, entry, &ran[1]));
  EXPECT_FALSE(eal->launch(2, entry, &ran[0]));
  eal->wait_workers();
  EXPECT_TRUE(ran[0] && ran[1]);
  EXPECT_EQ(lcores.load(), 3u) << "worker w is lcore 1 + w";
}

TEST(Eal, ASecondStartIsAnErrorThatSaysWhatWasTried) {
  const auto second = Eal::start({.hugepages = false});
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().what.find("--no-huge"), std::string::npos) << second.error().what;
}

TEST(PacketPool, CountsWhatIsOutAndNamesItselfWhenItCannotBe) {
  const Mempool pool = pool_of("counted");
  EXPECT_EQ(packets_in_use(pool), 0u);
  {
    const Mbuf packet(rte_pktmbuf_alloc(pool.get()));
    EXPECT_EQ(packets_in_use(pool), 1u);
  }
  EXPECT_EQ(packets_in_use(pool), 0u);
  const auto again = make_packet_pool({.name = "counted", .packets = 511, .cache = 0});
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().what.find("packet pool counted"), std::string::npos);
}

TEST(PacketRing, HoldsWhatWasAskedForAndGivesBackWhatIsLeftInside) {
  const Mempool pool = pool_of("ringed");
  auto ring = PacketRing::make("small", 8);
  ASSERT_TRUE(ring);
  for (unsigned i = 0; i < 9; ++i) {
    rte_mbuf* packet = rte_pktmbuf_alloc(pool.get());
    EXPECT_EQ(ring->push(&packet, 1), i < 8 ? 1u : 0u);
    if (i == 8) rte_pktmbuf_free(packet);
  }
  rte_mbuf* packets[4];
  EXPECT_EQ(ring->pop(packets, 4), 4u);
  rte_pktmbuf_free_bulk(packets, 4);
  EXPECT_EQ(ring->count(), 4u);
  *ring = PacketRing();
  EXPECT_EQ(packets_in_use(pool), 0u);
}

TEST(Port, AMemoryPortReceivesWhatIsFedAndGivesWhatIsSent) {
  const Mempool pool = pool_of("wire");
  auto memory = MemoryPort::make("test0", 2, 64);
  ASSERT_TRUE(memory) << memory.error().what;
  {
    auto port = Port::open({.name = "outer0", .device = memory->device(), .workers = 4}, pool);
    ASSERT_TRUE(port) << port.error().what;
    EXPECT_EQ(port->info().rx_queues, 2) << "no more than the device has";
    EXPECT_EQ(port->info().tx_queues, 2);
    EXPECT_EQ(port->info().driver, "net_ring");
    EXPECT_EQ(port->info().kernel_interface, "");
    ASSERT_TRUE(port->start());
    rte_mbuf* in = rte_pktmbuf_alloc(pool.get());
    in->data_len = 60;
    in->pkt_len = 60;
    ASSERT_TRUE(memory->feed(in, 1));
    rte_mbuf* got = nullptr;
    EXPECT_EQ(rte_eth_rx_burst(port->id(), 0, &got, 1), 0);
    ASSERT_EQ(rte_eth_rx_burst(port->id(), 1, &got, 1), 1);
    EXPECT_EQ(got, in);
    ASSERT_EQ(rte_eth_tx_burst(port->id(), 0, &got, 1), 1);
    EXPECT_EQ(port->statistics().tx_packets, 1u);
    rte_mbuf* out = nullptr;
    ASSERT_EQ(memory->collect(&out, 1), 1u);
    EXPECT_EQ(out, in);
    rte_pktmbuf_free(out);
  }
  EXPECT_EQ(packets_in_use(pool), 0u);
  EXPECT_EQ(rte_eth_dev_count_avail(), 0) << "a closed port is gone";
}

TEST(Port, AVdevIsProbedAndGoneWhenClosed) {
  const Mempool pool = pool_of("null");
  for (int round = 0; round < 2; ++round) {
    auto port = Port::open({.name = "p", .device = "net_null0,size=60", .workers = 3}, pool);
    ASSERT_TRUE(port) << port.error().what;
    EXPECT_EQ(port->info().driver, "net_null");
    EXPECT_FALSE(port->info().mac.is_group());
    ASSERT_TRUE(port->start());
    Port moved = std::move(*port);
    rte_mbuf* got[4];
    const auto n = rte_eth_rx_burst(moved.id(), 0, got, 4);
    EXPECT_EQ(n, 4);
    rte_pktmbuf_free_bulk(got, n);
  }
  EXPECT_EQ(rte_eth_dev_count_avail(), 0);
  EXPECT_EQ(packets_in_use(pool), 0u);
}

TEST(Port, ADeviceThatCannotBeOpenedNamesPortAndDevice) {
  const Mempool pool = pool_of("none");
  for (const char* device :
       {"net_af_packet0,iface=no-such-interface", "net_nothing0", "0000:77:00.0"}) {
    const auto port = Port::open({.name = "outer0", .device = device}, pool);
    ASSERT_FALSE(port) << device;
    EXPECT_NE(port.error().what.find("outer0"), std::string::npos) << port.error().what;
    EXPECT_NE(port.error().what.find(device), std::string::npos) << port.error().what;
  }
  EXPECT_EQ(rte_eth_dev_count_avail(), 0);
}

}  // namespace
}  // namespace rpcgate::dpdk

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  auto started = rpcgate::dpdk::Eal::start({.program = "test",
                                            .workers = 2,
                                            .memory_mib = 64,
                                            .hugepages = false,
                                            .log_level = "emergency"});
  if (!started) {
    std::fprintf(stderr, "%s\n", started.error().what.c_str());
    return 1;
  }
  const std::string prefix = started->file_prefix();
  rpcgate::dpdk::eal.emplace(std::move(*started));
  int rc = RUN_ALL_TESTS();
  rpcgate::dpdk::eal.reset();
  // Nothing stays behind where EAL puts its run files.
  for (const char* base : {"/var/run/dpdk/", "/tmp/dpdk/"})
    if (std::filesystem::exists(base + prefix)) rc = 1;
  return rc;
}
