// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
// An AF_XDP port under our own program, on a veth pair in a network namespace of the test's own:
// the driver loads it from memory, its maps are found, and a port that was killed is taken over.
// Run with "kill", it opens the port and is then killed. Needs root; ends with 77 without.
#include "dpdk/port.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <optional>

#include <arpa/inet.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_ethdev.h>

#include "../route/private_network.hpp"
#include "../route/steering_cases.hpp"
#include "dpdk/eal.hpp"
#include "xdp/descriptor.hpp"
#include "xdp/forwarding.hpp"
#include "xdp/loader.hpp"

namespace rpcgate::xdp {
namespace {

std::string own_path;

struct Running {
  std::optional<dpdk::Eal> eal;
  dpdk::Mempool pool;
  std::unique_ptr<PortSteering> steering;
  std::optional<dpdk::Port> port;
};

// As the daemon starts: close the kernel's way, prepare, open, start, adopt.
Result<void> start(Running& r) {
  auto guard = ForwardingGuard::close({"gw0"});
  if (!guard) return tl::unexpected(guard.error());
  auto eal = dpdk::Eal::start(
      {.program = "test", .memory_mib = 96, .hugepages = false, .log_level = "error"});
  if (!eal) return tl::unexpected(eal.error());
  r.eal.emplace(std::move(*eal));
  auto pool =
      dpdk::make_packet_pool({.name = "pool", .packets = 16383, .cache = 0, .private_size = 128});
  if (!pool) return tl::unexpected(pool.error());
  r.pool = std::move(*pool);
  auto steering = PortSteering::prepare("gw0", Kind::xdp, route::test::case_config());
  if (!steering) return tl::unexpected(steering.error());
  r.steering = std::move(*steering);
  auto port =
      dpdk::Port::open({.name = "outer0",
                        .device = with_program("net_af_xdp0,iface=gw0", r.steering->object_path()),
                        .workers = 2},
                       r.pool);
  if (!port) return tl::unexpected(port.error());
  r.port.emplace(std::move(*port));
  if (const auto started = r.port->start(); !started) return started;
  return r.steering->adopt();
}

std::uint32_t attached_program() {
  std::uint32_t id = 0;
  bpf_xdp_query_id(static_cast<int>(if_nametoindex("gw0")), 0, &id);
  return id;
}

bool qdisc_is_there() {
  return std::system("tc qdisc show dev gw0 | grep -q clsact") == 0;
}

bool send_from_peer(const std::vector<std::uint8_t>& frame) {
  const Descriptor socket(::socket(AF_PACKET, SOCK_RAW, 0));
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = static_cast<int>(if_nametoindex("peer0"));
  to.sll_halen = 6;
  return sendto(socket.get(), frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&to),
                sizeof to) == static_cast<ssize_t>(frame.size());
}

// The frame that arrives within a bounded number of polls, or null.
dpdk::Mbuf receive(const dpdk::Port& port) {
  rte_mbuf* packet = nullptr;
  for (int i = 0; i < 2000; ++i) {
    if (rte_eth_rx_burst(port.id(), 0, &packet, 1) == 1) return dpdk::Mbuf(packet);
    usleep(500);
  }
  return {};
}

std::uint64_t count(const PortSteering& steering, std::string_view name) {
  const auto counters = steering.statistics().value();
  for (const auto& counter : counters)
    if (counter.name == name) return counter.packets;
  return 0;
}

TEST(AfXdpPort, APortThatWasKilledIsTakenOverAndWorks) {
  ASSERT_TRUE(route::test::ip_command("link add gw0 type veth peer name peer0"));
  ASSERT_TRUE(route::test::ip_command("link set gw0 up && ip link set peer0 up"));
  ASSERT_EQ(std::system("ethtool -K peer0 tx-checksum-ip-generic off >/dev/null 2>&1; true"), 0);

  const int killed = std::system((own_path + " kill").c_str());
  ASSERT_EQ(WEXITSTATUS(killed), 128 + SIGKILL);
  const std::uint32_t stale = attached_program();
  ASSERT_NE(stale, 0u) << "the killed process leaves its program: closed, not open";
  ASSERT_TRUE(qdisc_is_there());

  Running r;
  const auto started = start(r);
  ASSERT_TRUE(started) << started.error().what;
  EXPECT_NE(attached_program(), 0u);
  EXPECT_NE(attached_program(), stale);
  EXPECT_EQ(r.port->info().kernel_interface, "gw0");
  EXPECT_EQ(r.port->info().rx_queues, 1) << "veth has one queue under a program of one's own";
  EXPECT_FALSE(r.port->info().multi_segment);

  const auto published = route::test::frame_of({});
  ASSERT_TRUE(send_from_peer(published));
  dpdk::Mbuf got = receive(*r.port);
  ASSERT_NE(got, nullptr);
  EXPECT_EQ(rte_pktmbuf_pkt_len(got.get()), published.size());
  EXPECT_EQ(count(*r.steering, "ours"), 1u);
  ASSERT_TRUE(send_from_peer(route::test::frame_of({.destination = "10.20.0.1"})));
  EXPECT_EQ(count(*r.steering, "drop-not-ours"), 1u);

  // What is sent comes back, what the driver keeps is known: the balance is exact.
  for (unsigned i = 0; i < 50; ++i) {
    rte_mbuf* packet = rte_pktmbuf_alloc(r.pool.get());
    ASSERT_NE(rte_pktmbuf_append(packet, 60), nullptr);
    ASSERT_EQ(rte_eth_tx_burst(r.port->id(), 0, &packet, 1), 1);
  }
  r.port.reset();
  EXPECT_EQ(dpdk::packets_in_use(r.pool), 1u);
  got.reset();
  EXPECT_EQ(dpdk::packets_in_use(r.pool), 0u);
  EXPECT_TRUE(qdisc_is_there()) << "the twin outlives the port";
  ASSERT_TRUE(r.steering->detach());
  EXPECT_EQ(attached_program(), 0u);
  EXPECT_FALSE(qdisc_is_there());
}

}  // namespace
}  // namespace rpcgate::xdp

// The driver never closes the object it loaded, nor frees its UMEM's description.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libbpf.so\nleak:libxdp.so\n";
}

int main(int argc, char** argv) {
  using namespace rpcgate::xdp;
  if (argc == 2 && std::string_view(argv[1]) == "kill") {
    Running r;
    const auto started = start(r);
    if (started) raise(SIGKILL);
    std::fprintf(stderr, "%s\n", started.error().what.c_str());
    return 1;
  }
  testing::InitGoogleTest(&argc, argv);
  own_path = argv[0];
  if (getuid() != 0 || unshare(CLONE_NEWNET) != 0) {
    std::puts("skipped: AF_XDP in a network namespace of its own needs root");
    return 77;
  }
  return RUN_ALL_TESTS();
}
