// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/packs.hpp"
#include "config/reference.hpp"
#include "load_for_test.hpp"

namespace rpcgate::config {
namespace {

TEST(Load, ReadsEveryKindOfValue) {
  const Loaded loaded = load_for_test(R"(
[daemon]
workers = 4
idle = "poll"
hugepages = true
eal-arguments = ["--vdev=net_null0"]
[limits]
tcp-idle = "2h"
udp-idle = 90
held-bytes = "64KiB"
stream-memory = "1GiB"
[[port]]
name = "outer0"
zone = "outer"
device = "net_af_xdp0,iface=gw-outer,queue_count=2"
networks = ["0.0.0.0/0"]
addresses = ["198.51.100.254/24"]
queues = 2
tx-queues = 1
[[neighbour]]
address = "198.51.100.9"
mac = "02:00:00:00:00:fE"
port = "outer0"
[[route]]
prefix = "192.0.2.0/24"
via = "198.51.100.9"
port = "outer0"
[[local-service]]
address = "198.51.100.254"
protocol = 112
)");
  EXPECT_EQ(told(loaded), std::vector<std::string>{});
  const Config& config = loaded.config;
  EXPECT_EQ(*config.daemon.workers, 4u);
  EXPECT_EQ(config.daemon.workers.at.line, 3u);
  EXPECT_EQ(config.daemon.workers.at.column, 11u);
  EXPECT_EQ(*config.daemon.idle, Idle::poll);
  EXPECT_TRUE(*config.daemon.hugepages);
  EXPECT_EQ(*config.daemon.eal_arguments, std::vector<std::string>{"--vdev=net_null0"});
  EXPECT_EQ(config.limits.tcp_idle, Duration{seconds{7200}});
  EXPECT_EQ(config.limits.udp_idle, Duration{seconds{90}});
  EXPECT_EQ(config.limits.held_bytes, 65536u);
  EXPECT_EQ(config.limits.stream_memory, 1ull << 30);
  EXPECT_EQ(config.limits.pinhole_idle, Limits{}.pinhole_idle);
  ASSERT_EQ(config.ports.size(), 1u);
  EXPECT_EQ(kernel_interface_of(config.ports[0]), "gw-outer");
  EXPECT_EQ((*config.ports[0].addresses)[0]->bits, 120);
  EXPECT_EQ(*config.ports[0].tx_queues, 1u);
  EXPECT_EQ(*config.neighbours[0].mac, (MacAddress{2, 0, 0, 0, 0, 0xfe}));
  EXPECT_EQ(config.routes[0].via->to_string(), "198.51.100.9");
  EXPECT_EQ(*config.local_services[0].protocol, 112);
}

TEST(Load, TakesTheKernelInterfaceThatIsNamedOverTheDevices) {
  Port port;
  EXPECT_EQ(kernel_interface_of(port), "");
  port.device = Value<std::string>{"net_tap0,xiface=no,iface=yes"};
  EXPECT_EQ(kernel_interface_of(port), "yes");
  port.kernel_interface = Value<std::string>{"eth7", Position{0, 1, 1}};
  EXPECT_EQ(kernel_interface_of(port), "eth7");
}

TEST(Load, ResolvesClientsInterfacesAndServices) {
  const Loaded loaded = load_for_test(R"(
[[client-set]]
name = "staff"
prefixes = ["192.0.2.0/24", "2001:db8::/32"]
[[publish]]
name = "dc"
clients = ["staff", "203.0.113.7", "any"]
outer = "198.51.100.1"
server = "10.10.0.10"
services = ["rpc", "kerberos", {protocol = "udp", port = 5000}]
interfaces = ["SAMR", "f5cc59b4-4264-101a-8c59-08002b2f8426/21", "any"]
static-ports = [6001]
outer-ports = [7000, "50000-50100"]
limits = {pinholes-per-client = 16}
)");
  EXPECT_EQ(told(loaded), std::vector<std::string>{});
  const Rule& rule = loaded.config.rules.at(0);
  EXPECT_EQ((*rule.clients)[0]->prefixes.size(), 2u);
  EXPECT_EQ((*rule.clients)[1]->prefixes[0].to_string(), "203.0.113.7/32");
  EXPECT_EQ((*rule.clients)[2]->prefixes[0].to_string(), "::/0");
  EXPECT_EQ((*rule.interfaces)[0]->id, dcerpc::ids::samr);
  EXPECT_EQ((*rule.interfaces)[1]->id.major, 21);
  EXPECT_TRUE((*rule.interfaces)[2]->any);
  EXPECT_EQ((*rule.services)[1]->ports.size(), 2u);  // TCP and UDP
  EXPECT_EQ((*rule.services)[2]->ports[0].port, 5000);
  EXPECT_TRUE(rule.has_rpc());
  EXPECT_EQ((*rule.outer_ports)[1]->high, 50100);
  EXPECT_EQ(rule.limits.pinholes_per_client, 16u);
  EXPECT_EQ(rule.limits.flows_per_client, Limits{}.flows_per_client);
}

TEST(Load, TakesTheOuterAddressForTheServerInRoutedMode) {
  const Loaded loaded = load_for_test(
      "[[publish]]\nname = 'ca'\nclients = ['any']\nmode = 'routed'\nouter = '2001:db8::30'\n"
      "interfaces = ['any']\n");
  EXPECT_TRUE(loaded.ok());
  EXPECT_EQ(*loaded.config.rules[0].server, *loaded.config.rules[0].outer);
}

TEST(Load, RefusesATextDeeperOrLongerThanAnyConfiguration) {
  const std::string deep = "a = " + std::string(300, '[') + std::string(300, ']');
  EXPECT_FALSE(load_for_test(deep).ok());
  std::string dotted = "x";
  for (int i = 0; i < 100000; ++i) dotted += ".x";
  const Loaded loaded = load_for_test("[" + dotted + "]\n");
  ASSERT_EQ(loaded.diagnostics.size(), 1u);
  EXPECT_EQ(to_string(loaded.diagnostics[0]), "t.toml:1:1: error: a line of more than 4096 bytes");
}

TEST(Load, CutShortAnywhereNeverCrashes) {
  const auto text = read_file(RPCGATE_TEST_EXAMPLE);
  ASSERT_TRUE(text);
  for (std::size_t length = 0; length <= text->size(); length += 7)
    static_cast<void>(load_for_test(std::string_view{*text}.substr(0, length)));
}

TEST(Packs, OfTheProductAreReadWithoutAWord) {
  const Loaded loaded = load_for_test("");
  EXPECT_EQ(told(loaded), std::vector<std::string>{});
  ASSERT_NE(loaded.config.pack("active-directory"), nullptr);
  ASSERT_NE(loaded.config.pack("exchange"), nullptr);
  ASSERT_NE(loaded.config.pack("dcsync"), nullptr);
  EXPECT_EQ(*loaded.config.pack("dcsync")->use, PackUse::deny);
}

TEST(Packs, GiveAReasonForEveryFloor) {
  for (const Pack& pack : load_for_test("").config.packs)
    for (const InterfaceEntry& entry : pack.interfaces) {
      EXPECT_FALSE(entry.why->empty()) << *pack.name << " " << *entry.name;
      for (const FloorEntry& floor : entry.floors)
        EXPECT_FALSE(floor.why->empty()) << *pack.name << " " << *entry.name;
    }
}

TEST(Packs, MayNameInterfacesNobodyKnows) {
  Config config;
  std::vector<Diagnostic> diagnostics;
  read_pack(
      "name = 'own'\n[[interface]]\nname = 'frobnicator'\n"
      "uuid = '00112233-4455-6677-8899-aabbccddeeff'\nversion = 2\n",
      "own.toml", config, diagnostics);
  EXPECT_TRUE(diagnostics.empty());
  ASSERT_NE(config.pack("own"), nullptr);
  EXPECT_EQ(config.pack("own")->interfaces[0].id.major, 2);
}

TEST(Packs, WithMistakesAreToldInTheirOwnFile) {
  Config config;
  std::vector<Diagnostic> diagnostics;
  read_pack("name = 'one'\n[[interface]]\nname = 'samr'\n", "one.toml", config, diagnostics);
  read_pack(
      "name = 'one'\n[[interface]]\nname = 'samr'\n[[interface]]\nname = 'samr'\nopnum = [1]\n",
      "two.toml", config, diagnostics);
  std::vector<std::string> lines;
  for (const Diagnostic& diagnostic : diagnostics) lines.push_back(to_string(diagnostic));
  EXPECT_THAT(lines, testing::ElementsAre(
                         "two.toml:6:1: error: unknown key 'opnum', did you mean 'opnums'?",
                         "two.toml:1:8: error: pack 'one' is already defined at one.toml:1:8"));
}

TEST(Example, LoadsWithoutAWord) {
  LoadOptions options;
  options.packs_dir = RPCGATE_TEST_PACKS_DIR;
  options.user_packs = false;
  EXPECT_EQ(told(load(RPCGATE_TEST_EXAMPLE, options)), std::vector<std::string>{});
}

TEST(Reference, PagesAreThoseOfTheTables) {
  const auto config_page = read_file(RPCGATE_TEST_REFERENCE_DIR "/config.md");
  const auto limits_page = read_file(RPCGATE_TEST_REFERENCE_DIR "/limits.md");
  ASSERT_TRUE(config_page);
  ASSERT_TRUE(limits_page);
  EXPECT_EQ(*config_page, reference_markdown()) << "run rpcgated --write-reference docs/reference";
  EXPECT_EQ(*limits_page, limits_reference_markdown());
}

}  // namespace
}  // namespace rpcgate::config
