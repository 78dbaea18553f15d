// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "learn/report.hpp"

#include <gtest/gtest.h>

#include "config/load.hpp"
#include "uses_for_test.hpp"

namespace rpcgate::learn {
namespace {

using dcerpc::ids::lsarpc;
using dcerpc::ids::samr;
using event::Kind;

config::Config config_with(const std::string& action) {
  return config::load_text("[[publish]]\nname = \"dc\"\naction = \"" + action +
                               "\"\nclients = [\"any\"]\nouter = \"198.51.100.1\"\n"
                               "server = \"10.10.0.10\"\ninterfaces = [\"any\"]\n"
                               "services = [\"rpc\", \"dns\"]\n",
                           "file", {.replay = true, .packs_dir = RPCGATE_TEST_PACKS_DIR})
      .config;
}

Uses some_uses() {
  Uses uses;
  uses.record(event_of(Kind::bind_allowed, 1, samr), "dc");
  uses.record(call(1, samr, 5, 6), "dc");
  uses.record(call(2, samr, 7, 6), "dc");
  uses.record(event_of(Kind::map_allowed, 2, lsarpc), "dc");
  uses.record(event_of(Kind::bind_allowed, 2, lsarpc), "dc");
  event::Event refused = event_of(Kind::bind_refused, 2, dcerpc::ids::mgmt);
  refused.reason = stats::Reason::interface_not_granted;
  uses.record(refused, "dc");
  uses.record(pinhole(Kind::pinhole_opened, 49664), "dc");
  uses.record(pinhole(Kind::pinhole_opened, 49665), "dc");
  uses.record(pinhole(Kind::pinhole_used, 49665), "dc");
  return uses;
}

TEST(Report, TellsWhatWasNeeded) {
  EXPECT_EQ(to_text(report(config_with("learn"), some_uses(), "")),
            "rule 'dc', which learns: 2 clients\n"
            "  ports: a packet filter would hold 16387 open; 2 were opened here for one client "
            "each, 1 used: 49665\n"
            "  interfaces: 3 seen, 1 needed\n"
            "  needed:\n"
            "    samr, opnums 5, 7 (2 clients, bound 1)\n"
            "  not needed:\n"
            "    lsarpc (1 client, mapped 1, bound 1)\n"
            "    mgmt (1 client, refused 1, last for interface-not-granted)\n"
            "\n"
            "in all: of 16387 ports that would be open elsewhere 1 used; of 3 interfaces seen 1 "
            "needed\n");
}

TEST(Report, CountsBindingsWhereCallsAreNotTold) {
  const auto reports = report(config_with("allow"), some_uses(), "");
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].needed(), 2u);  // lsarpc too
  EXPECT_FALSE(reports[0].learning);
}

TEST(Report, TellsOfRulesThatAreGone) {
  Uses uses = some_uses();
  uses.record(call(1, samr, 5, 6), "old");
  const auto reports = report(config_with("allow"), uses, "");
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_EQ(reports[1].rule, "old");
  EXPECT_EQ(reports[1].ports_elsewhere, 0u);
  EXPECT_EQ(report(config_with("allow"), uses, "old").size(), 1u);
  EXPECT_EQ(report(config_with("allow"), uses, "nobody").size(), 0u);
}

}  // namespace
}  // namespace rpcgate::learn
