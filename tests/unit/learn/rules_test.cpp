// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What learned rules grant is shown by tests/packet/test_learn.py on real conversations; here, what
// becomes of the file around them.
#include "learn/rules.hpp"

#include <gtest/gtest.h>

#include "uses_for_test.hpp"

namespace rpcgate::learn {
namespace {

using dcerpc::ids::lsarpc;
using dcerpc::ids::samr;

constexpr std::string_view head = R"(# Of the north branch.
[[port]]
name = "outer0"
zone = "outer"
networks = ["0.0.0.0/0"]

)";
constexpr std::string_view learning = R"([[publish]]
name = "dc"
clients = ["any"]
action = "learn"
outer = "198.51.100.1"
server = "10.10.0.10"   # the old one
services = [
  "rpc",
  "dns",
]
)";
constexpr std::string_view tail = R"(
# The rest is refused.
[[publish]]
name = "dc-1"
action = "deny"
clients = ["203.0.113.0/24"]
outer = "198.51.100.1"
)";

std::string text_of(std::string_view rule) {
  return std::string(head) + std::string(rule) + std::string(tail);
}

Result<std::string> learn(const std::string& text, const Uses& uses, RuleOptions options = {}) {
  options.load.replay = true;
  options.load.packs_dir = RPCGATE_TEST_PACKS_DIR;
  options.load.user_packs = false;
  return learned_rules(text, "file", uses, options);
}

TEST(LearnedRules, StandInThePlaceOfTheOneThatLearned) {
  Uses uses;
  uses.record(call(7, samr, 5, 6), "dc");
  uses.record(connection(7, 53, 17), "dc");
  const auto rules = learn(text_of(learning), uses);
  ASSERT_TRUE(rules) << rules.error().what;
  EXPECT_EQ(*rules, text_of(R"([[publish]]
name = "dc"
action = "allow"
clients = ["198.51.100.7"]
services = ["rpc", {protocol = "udp", port = 53}]
outer = "198.51.100.1"
server = "10.10.0.10"   # the old one

[[publish.interface]]
name = "samr"
opnums = [5]
protection = "privacy"
)"));
}

TEST(LearnedRules, AreOneForClientsThatDidAlike) {
  Uses uses;
  uses.record(call(7, samr, 5, 6), "dc");
  uses.record(call(8, samr, 5, 5), "dc");  // with less protection: the rule is as wide
  uses.record(call(9, samr, 6, 6), "dc");
  const auto rules = learn(text_of(learning), uses);
  ASSERT_TRUE(rules) << rules.error().what;
  EXPECT_NE(rules->find("name = \"dc-2\"\naction = \"allow\"\n"
                        "clients = [\"198.51.100.7\", \"198.51.100.8\"]\n"),
            std::string::npos)
      << *rules;
  EXPECT_NE(rules->find("opnums = [5]\nprotection = \"integrity\"\n"), std::string::npos) << *rules;
  // The name dc-1 was taken.
  EXPECT_NE(rules->find("name = \"dc-3\"\naction = \"allow\"\nclients = [\"198.51.100.9\"]\n"),
            std::string::npos)
      << *rules;
}

TEST(LearnedRules, NeedOneThatLearns) {
  std::string text = text_of(learning);
  const auto other = learn(text, {}, {.rule = "nobody", .load = {}});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().what, "no rule 'nobody' has action = \"learn\"");
  text.replace(text.find("\"learn\""), 7, "\"deny\"");
  const auto none = learn(text, {});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().what, "no rule has action = \"learn\"");
}

TEST(LearnedRules, AreNotMadeOfTextWithErrors) {
  const auto broken = learn(text_of(learning) + "[[publish]]\nname = \"x\"\n", {});
  ASSERT_FALSE(broken);
  EXPECT_NE(broken.error().what.find("file:"), std::string::npos) << broken.error().what;
}

TEST(LearnedRules, AreNotMadeOfRulesOnOneLine) {
  const std::string text = std::string(head) +
                           "publish = [{name = \"dc\", action = \"learn\", clients = [\"any\"], "
                           "outer = \"198.51.100.1\", server = \"10.10.0.10\"}]\n";
  const auto inline_rules = learn(text, {});
  ASSERT_FALSE(inline_rules);
}

TEST(LearnedRules, KeepTablesBehindTheKeys) {
  Uses uses;
  uses.record(call(7, lsarpc, 44, 2), "dc");
  const auto rules =
      learn(text_of(std::string(learning) + "[publish.limits]\npinhole-idle = \"2m\"\n"), uses);
  ASSERT_TRUE(rules) << rules.error().what;
  EXPECT_NE(rules->find("# the old one\n[publish.limits]\npinhole-idle = \"2m\"\n"
                        "\n[[publish.interface]]\nname = \"lsarpc\"\n"),
            std::string::npos)
      << *rules;
}

TEST(LearnedRules, AreNoneWhereNothingWasDone) {
  Uses uses;
  uses.record(connection(7, 135), "dc");  // it asked nothing
  const auto rules = learn(text_of(learning), uses);
  ASSERT_TRUE(rules) << rules.error().what;
  EXPECT_EQ(*rules, text_of("# Nothing was done under the rule \"dc\" that was here to learn.\n"));
}

TEST(Uses, AreBounded) {
  Uses uses;
  for (std::size_t i = 0; i < Uses::limit + 10; ++i) {
    event::Event e = connection(1, 1);
    e.client = wire::IpAddress::from_v4(static_cast<std::uint32_t>(i));
    uses.record(e, "dc");
  }
  EXPECT_LE(uses.of("dc")->clients.size(), Uses::limit);
  EXPECT_GT(uses.left_out(), 0u);
}

}  // namespace
}  // namespace rpcgate::learn
