// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include <gtest/gtest.h>

#include "policy_for_test.hpp"

namespace rpcgate::policy {
namespace {

constexpr const char* text = R"(
[[publish]]
name = "guests"
action = "deny"
clients = ["192.0.2.66"]
outer = "198.51.100.1"
interfaces = ["samr"]
[[publish]]
name = "web"
clients = ["any"]
outer = "198.51.100.1"
server = "10.0.0.9"
services = ["https"]
[[publish]]
name = "dc"
clients = ["192.0.2.0/24"]
outer = "198.51.100.1"
server = "10.0.0.1"
packs = ["active-directory"]
deny = ["dcsync"]
[[publish]]
name = "later"
clients = ["192.0.2.0/28"]
outer = "198.51.100.1"
server = "10.0.0.1"
interfaces = ["samr", "svcctl"]
protection = "integrity"
anonymous = true
[[publish]]
name = "other"
clients = ["any"]
outer = "198.51.100.2"
server = "10.0.0.2"
interfaces = ["any"]
)";

struct Row {
  const char* client;
  const char* interface;
  int opnum;
  bool allowed;
  const char* rule;     // of the verdict
  const char* decides;  // the step that does, if any
  std::vector<std::string> why;
  const char* answer;
};

const std::string other = "is for 198.51.100.2, not 198.51.100.1";
const std::string plain = "does not speak of RPC";
const Row rows[] = {
    {"192.0.2.5",
     "samr",
     -1,
     true,
     "dc",
     "dc",
     {"192.0.2.5 is not among its clients", plain, "grants samr (pack active-directory)",
      "comes too late: grants samr (its interfaces)", other},
     "Allowed by rule 'dc' to 10.0.0.1: samr, for requests with at least privacy protection from "
     "a caller with a name."},
    {"192.0.2.66",
     "samr",
     3,
     false,
     "guests",
     "guests",
     {"denies samr opnum 3 (its interfaces)", plain,
      "comes too late: grants samr opnum 3 (pack active-directory)",
      "192.0.2.66 is not among its clients", other},
     "Refused by rule 'guests' (interface-denied, by rpc-error): samr opnum 3."},
    {"192.0.2.5",
     "svcctl",
     12,
     true,
     "later",
     "later",
     {"192.0.2.5 is not among its clients", plain, "does not name svcctl",
      "grants svcctl opnum 12 (its interfaces)", other},
     "Allowed by rule 'later' to 10.0.0.1: svcctl opnum 12, for requests with at least integrity "
     "protection, anonymous callers too."},
    {"192.0.2.200",
     "drsuapi",
     3,
     false,
     "dc",
     "dc",
     {"192.0.2.200 is not among its clients", plain,
      "refuses drsuapi opnums 3 (pack active-directory, deny dcsync)",
      "192.0.2.200 is not among its clients", other},
     "Refused by rule 'dc' (opnum-denied, by rpc-error): drsuapi opnum 3."},
    {"192.0.2.200",
     "netlogon",
     26,
     true,
     "dc",
     "dc",
     {"192.0.2.200 is not among its clients", plain,
      "grants netlogon opnum 26 (pack active-directory)", "192.0.2.200 is not among its clients",
      other},
     "Allowed by rule 'dc' to 10.0.0.1: netlogon opnum 26, whatever its protection."},
    {"192.0.2.200",
     "lsarpc",
     44,
     false,
     "dc",
     "",
     {"192.0.2.200 is not among its clients", plain, "names lsarpc, but of its opnums only 76, 77",
      "192.0.2.200 is not among its clients", other},
     "Refused by rule 'dc' (opnum-denied, by rpc-error): lsarpc opnum 44."},
    {"203.0.113.1",
     "samr",
     -1,
     false,
     "",
     "",
     {"203.0.113.1 is not among its clients", plain, "203.0.113.1 is not among its clients",
      "203.0.113.1 is not among its clients", other},
     "Dropped silently: no rule publishes 198.51.100.1 to 203.0.113.1 with RPC."},
    {"192.0.2.200",
     "epmapper",
     3,
     true,
     "dc",
     "dc",
     {"192.0.2.200 is not among its clients", plain,
      "publishes RPC: ept_map and ept_lookup_handle_free are allowed bare on port 135, nothing "
      "else of the mapper",
      "192.0.2.200 is not among its clients", other},
     "Allowed by rule 'dc' to 10.0.0.1: epmapper opnum 3, whatever its protection."},
};

TEST(Explain, SaysOfEveryRuleWhyItDecidesOrNot) {
  const LoadedPolicy policy = policy_of(text);
  ASSERT_NE(policy.snapshot, nullptr) << told(policy).front();
  for (const Row& row : rows) {
    Question question;
    question.scope = scope(row.client, "198.51.100.1");
    question.interface = interface(row.interface);
    if (row.opnum >= 0) question.opnum = static_cast<std::uint16_t>(row.opnum);
    const Explanation answer = explain(*policy.snapshot, question);
    EXPECT_EQ(answer.allowed, row.allowed) << row.interface;
    EXPECT_EQ(answer.rule_name, row.rule) << row.interface;
    EXPECT_EQ(answer.text, row.answer);
    ASSERT_EQ(answer.steps.size(), row.why.size());
    for (std::size_t i = 0; i < row.why.size(); ++i) {
      EXPECT_EQ(answer.steps[i].why, row.why[i]) << row.interface << " " << answer.steps[i].name;
      EXPECT_EQ(answer.steps[i].decides, answer.steps[i].name == row.decides) << row.interface;
    }
  }
}

TEST(Explain, ReadsInterfacesAsPeopleWriteThem) {
  EXPECT_EQ(parse_interface("EMSMDB")->uuid, dcerpc::ids::emsmdb.uuid);
  EXPECT_EQ(parse_interface("12345778-1234-abcd-ef00-0123456789ac")->major, 1);
  EXPECT_EQ(parse_interface("12345778-1234-abcd-ef00-0123456789ac/9")->major, 9);
  EXPECT_EQ(parse_interface("00112233-4455-6677-8899-aabbccddeeff")->major, 0);
  EXPECT_FALSE(parse_interface("sam"));
  EXPECT_FALSE(parse_interface("12345778-1234-abcd-ef00-0123456789ac/x"));
  EXPECT_FALSE(parse_interface("12345778-1234-abcd-ef00-0123456789ac/65536"));
}

TEST(Explain, ListsWhatARuleGrants) {
  const LoadedPolicy policy = policy_of(text);
  ASSERT_NE(policy.snapshot, nullptr);
  std::vector<std::string> lines;
  for (const Granted& granted : granted_by(*policy.snapshot, rule_id("dc")))
    lines.push_back(granted.name + ": " + granted.opnums + ", " +
                    std::string{name_of(granted.floor)});
  EXPECT_EQ(lines, (std::vector<std::string>{"netlogon: all, privacy", "lsarpc: 76, 77, privacy",
                                             "samr: all, privacy", "backupkey: all, privacy",
                                             "gkdi: all, privacy", "drsuapi: all but 3, privacy"}));
  const auto any = granted_by(*policy.snapshot, rule_id("other"));
  ASSERT_EQ(any.size(), 1u);
  EXPECT_EQ(any[0].name, "any");
  EXPECT_TRUE(granted_by(*policy.snapshot, rule_id("nobody")).empty());
}

}  // namespace
}  // namespace rpcgate::policy
