// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/policy_store.hpp"

#include <gtest/gtest.h>

#include "control/steering_config.hpp"

namespace rpcgate::control {
namespace {

constexpr const char* ports = R"(
[[port]]
name = "outer0"
zone = "outer"
device = "net_af_xdp0,iface=gw0"
networks = ["0.0.0.0/0"]
[[port]]
name = "inner0"
zone = "inner"
device = "net_af_xdp1,iface=gw1"
networks = ["10.10.0.0/24"]
)";
std::string rule(const std::string& name, const std::string& outer, const std::string& server) {
  return "[[publish]]\nname = \"" + name + "\"\nclients = [\"any\"]\nouter = \"" + outer +
         "\"\nserver = \"" + server + "\"\ninterfaces = [\"samr\"]\n";
}
std::string first_config() {
  return ports + rule("dc", "198.51.100.1", "10.10.0.10");
}

class Store : public testing::Test {
 protected:
  void SetUp() override {
    auto loaded = policy::load_text_and_compile(first_config(), "first.toml", 1);
    ASSERT_TRUE(loaded.snapshot) << to_string(loaded.diagnostics.front());
    store_.start(std::move(loaded), first_config());
    quiescence_.online(0);
  }
  PolicyStore::Outcome apply(const std::string& text) {
    return store_.apply(text, "next.toml", Instant{seconds{5}},
                        [this](bool by_all) { taken_up_ = by_all; });
  }

  interplane::Published published_;
  interplane::Quiescence quiescence_;
  Retirement retirement_{quiescence_};
  PolicyStore store_{published_, retirement_};
  std::optional<bool> taken_up_;
};

TEST_F(Store, WhatWorkersReadIsWhatIsInForce) {
  EXPECT_EQ(published_.policy(), &store_.snapshot());
  EXPECT_EQ(store_.snapshot().generation(), 1u);
  EXPECT_EQ(store_.rule_name(policy::rule_id("dc")), "dc");
  EXPECT_EQ(store_.rule_name(policy::rule_id("other")), "");
}

TEST_F(Store, NewRulesTakeThePlaceOfTheOldOnesWhichWaitForTheWorkers) {
  const auto text = first_config() + rule("second", "198.51.100.2", "10.10.0.11");
  const auto outcome = apply(text);
  ASSERT_TRUE(outcome.applied);
  EXPECT_TRUE(outcome.needs_restart.empty());
  EXPECT_EQ(published_.policy(), &store_.snapshot());
  EXPECT_EQ(store_.snapshot().generation(), 2u);
  EXPECT_EQ(store_.text(), text);
  EXPECT_EQ(store_.rule_name(policy::rule_id("second")), "second");
  retirement_.poll(Instant{});
  EXPECT_EQ(retirement_.size(), 1u);
  EXPECT_FALSE(taken_up_);
  quiescence_.quiescent(0);
  retirement_.poll(Instant{});
  EXPECT_EQ(retirement_.size(), 0u);
  EXPECT_EQ(taken_up_, true);
}

TEST_F(Store, AnErrorChangesNothingAndAllErrorsAreTold) {
  const auto* before = &store_.snapshot();
  const auto outcome =
      apply(first_config() + "[[publish]]\nname = \"bad\"\nprotection = \"much\"\nouter = 5\n");
  EXPECT_FALSE(outcome.applied);
  EXPECT_GE(outcome.diagnostics.size(), 2u);
  EXPECT_EQ(published_.policy(), before);
  EXPECT_EQ(store_.text(), first_config());
  EXPECT_EQ(retirement_.size(), 0u);
  EXPECT_FALSE(taken_up_);
}

TEST_F(Store, AWorkerThatDoesNotMoveIsToldAtTheDeadline) {
  ASSERT_TRUE(apply(first_config()).applied);
  retirement_.poll(Instant{seconds{6}});
  EXPECT_EQ(taken_up_, false);
  EXPECT_EQ(retirement_.size(), 1u);
}

TEST_F(Store, WhatNeedsARestartIsNamedAndKeepsItsValue) {
  const auto outcome = apply("[daemon]\nworkers = 4\n[limits]\nflows = 2048\n" + first_config() +
                             "[[port]]\nname = \"third\"\nzone = \"inner\"\ndevice = "
                             "\"net_af_xdp2,iface=gw2\"\nnetworks = [\"10.11.0.0/24\"]\n");
  ASSERT_TRUE(outcome.applied) << to_string(outcome.diagnostics.front());
  EXPECT_EQ(outcome.needs_restart,
            (std::vector<std::string>{"daemon.workers", "limits.flows", "port"}));
  EXPECT_EQ(*store_.config().daemon.workers, 1u);
  EXPECT_EQ(store_.config().ports.size(), 2u);
}

TEST_F(Store, NetworksOfTheSamePortsChangeAtOnce) {
  std::string text = first_config();
  text.replace(text.find("10.10.0.0/24"), 12, "10.10.0.0/16");
  const auto outcome = apply(text);
  ASSERT_TRUE(outcome.applied);
  EXPECT_TRUE(outcome.needs_restart.empty());
  EXPECT_EQ(store_.snapshot().ingress_port_of(*wire::IpAddress::parse("10.10.200.1")), 1);
}

TEST_F(Store, SteeringKnowsPublishedAddressesServersAndTheBoxItself) {
  const auto outcome = apply(first_config() +
                             "[[local-service]]\naddress = \"198.51.100.9\"\n"
                             "protocol = \"tcp\"\nport = 22\n");
  ASSERT_TRUE(outcome.applied) << to_string(outcome.diagnostics.front());
  const route::LocalAddress own[] = {{0, *wire::IpAddress::parse("198.51.100.9"), 120},
                                     {0, *wire::IpAddress::parse("198.51.100.1"), 120}};
  const auto configs = steering_configs(store_.config(), store_.snapshot(), own);
  ASSERT_EQ(configs.size(), 2u);
  const auto published = *wire::IpAddress::parse("198.51.100.1");
  for (const auto& config : configs) {
    EXPECT_EQ(config.ours, std::vector{published});
    EXPECT_EQ(config.local_addresses, std::vector{own[0].address});
    ASSERT_EQ(config.local_services.size(), 1u);
    EXPECT_EQ(config.local_services[0].port, 22);
  }
  EXPECT_TRUE(configs[0].transit_sources.empty());
  EXPECT_TRUE(configs[0].transit_destinations.empty());
  EXPECT_EQ(configs[1].transit_sources,
            std::vector{wire::Prefix::host(*wire::IpAddress::parse("10.10.0.10"))});
}

TEST_F(Store, SteeringKnowsClientsThatGoOutAndTheAddressTheyGoOutBy) {
  const std::string rule = "services = [\"dns\"]\n";
  const auto outcome = apply(
      first_config() + "[[outbound]]\nname = \"natted\"\nclients = [\"10.10.0.32/29\"]\n" +
      "to = [\"any\"]\nsource-nat = \"198.51.100.2\"\n" + rule +
      "[[outbound]]\nname = \"routed\"\nclients = [\"10.10.0.48/29\"]\nto = [\"any\"]\n" + rule +
      "[[outbound]]\nname = \"none\"\naction = \"deny\"\nclients = [\"10.10.0.64/29\"]\n" +
      "to = [\"any\"]\n" + rule);
  ASSERT_TRUE(outcome.applied) << to_string(outcome.diagnostics.front());
  const auto configs = steering_configs(store_.config(), store_.snapshot(), {});
  const auto prefix = [](const char* text) { return *wire::Prefix::parse(text); };
  for (const auto& config : configs)
    EXPECT_EQ(config.ours, (std::vector{*wire::IpAddress::parse("198.51.100.1"),
                                        *wire::IpAddress::parse("198.51.100.2")}));
  EXPECT_TRUE(configs[0].transit_sources.empty());
  EXPECT_EQ(configs[0].transit_destinations, std::vector{prefix("10.10.0.48/29")});
  EXPECT_EQ(configs[1].transit_sources,
            (std::vector{prefix("10.10.0.10/32"), prefix("10.10.0.32/29"), prefix("10.10.0.48/29"),
                         prefix("10.10.0.64/29")}));
  EXPECT_TRUE(configs[1].transit_destinations.empty());
}

}  // namespace
}  // namespace rpcgate::control
