// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What rules mean, as tables.
#include <gtest/gtest.h>

#include "policy_for_test.hpp"

namespace rpcgate::policy {
namespace {

using stats::Reason;
using P = Protection;
using C = Caller;

constexpr const char* domain = R"(
[[port]]
name = "outer0"
zone = "outer"
networks = ["0.0.0.0/0", "10.10.99.0/24"]
[[port]]
name = "inner0"
zone = "inner"
networks = ["10.10.0.0/16"]

[[client-set]]
name = "staff"
prefixes = ["192.0.2.0/24"]

[[publish]]
name = "no-guests"
action = "deny"
clients = ["192.0.2.66"]
outer = "198.51.100.1"
interfaces = ["samr"]
refuse = "reset"

[[publish.interface]]
name = "drsuapi"
opnums = [3]

[[publish]]
name = "dc"
clients = ["staff"]
outer = "198.51.100.1"
server = "10.10.0.10"
also = ["10.10.0.11"]
services = ["rpc", "ldap"]
packs = ["active-directory"]
deny = ["dcsync"]
static-ports = [6001]

[[publish.interface]]
name = "samr"
deny-opnums = [37, 58]

[[publish]]
name = "managers"
clients = ["192.0.2.0/28"]
outer = "198.51.100.1"
server = "10.10.0.10"
interfaces = ["svcctl", "lsarpc"]
anonymous = true
protection = "packet"
)";

class Domain : public testing::Test {
 protected:
  void SetUp() override {
    policy_ = policy_of(domain);
    ASSERT_NE(policy_.snapshot, nullptr) << told(policy_).front();
  }
  const Snapshot& snapshot() const { return *policy_.snapshot; }
  Scope staff() const { return scope("192.0.2.200", "198.51.100.1"); }
  std::string rule_of(RuleId id) const {
    const Rule* rule = snapshot().rule(id);
    return rule == nullptr ? "" : rule->name;
  }
  LoadedPolicy policy_;
};

TEST_F(Domain, AdmitsWhatRulesPublishAndNamesWhoIsRefused) {
  struct Row {
    const char* client;
    const char* outer;
    wire::Protocol protocol;
    wire::L4Port port;
    Service service;
    bool named;
    const char* rule;
  };
  const Row rows[] = {
      {"192.0.2.200", "198.51.100.1", wire::Protocol::tcp, 135, Service::mapper, true, "dc"},
      {"192.0.2.200", "198.51.100.1", wire::Protocol::udp, 135, Service::none, true, "dc"},
      {"192.0.2.200", "198.51.100.1", wire::Protocol::tcp, 6001, Service::rpc, true, "dc"},
      {"192.0.2.200", "198.51.100.1", wire::Protocol::tcp, 389, Service::plain, true, "dc"},
      {"192.0.2.200", "198.51.100.1", wire::Protocol::udp, 389, Service::plain, true, "dc"},
      {"192.0.2.200", "198.51.100.1", wire::Protocol::tcp, 49152, Service::none, true, "dc"},
      // Named by a deny rule of some interfaces first, which leaves the ports to later rules.
      {"192.0.2.66", "198.51.100.1", wire::Protocol::tcp, 135, Service::mapper, true, "dc"},
      {"192.0.2.66", "198.51.100.1", wire::Protocol::tcp, 445, Service::none, true, "no-guests"},
      {"203.0.113.1", "198.51.100.1", wire::Protocol::tcp, 135, Service::none, false, ""},
      {"192.0.2.200", "198.51.100.2", wire::Protocol::tcp, 135, Service::none, false, ""},
  };
  for (const Row& row : rows) {
    const Admission got = snapshot().admit(scope(row.client, row.outer), row.protocol, row.port);
    const std::string what = std::string{row.client} + " to " + std::to_string(row.port);
    EXPECT_EQ(got.service, row.service) << what;
    EXPECT_EQ(got.named, row.named) << what;
    EXPECT_EQ(rule_of(got.rule), row.rule) << what;
    if (row.service == Service::none) continue;
    EXPECT_EQ(got.server, (wire::Endpoint{ip("10.10.0.10"), row.port})) << what;
    EXPECT_EQ(got.mode, Mode::nat);
  }
}

TEST_F(Domain, JudgesInterfaces) {
  struct Row {
    const char* client;
    const char* interface;
    bool on_mapper;
    bool allowed;
    Reason reason;
    const char* rule;
  };
  const Row rows[] = {
      {"192.0.2.200", "samr", false, true, Reason::none, "dc"},
      {"192.0.2.200", "drsuapi", true, true, Reason::none, "dc"},
      {"192.0.2.200", "svcctl", false, false, Reason::interface_not_granted, "dc"},
      {"192.0.2.5", "svcctl", false, true, Reason::none, "managers"},
      {"192.0.2.200", "12345778-1234-abcd-ef00-0123456789ac/2", false, false,
       Reason::version_not_granted, "dc"},
      // Denied whole, denied in part, not denied.
      {"192.0.2.66", "samr", false, false, Reason::interface_denied, "no-guests"},
      {"192.0.2.66", "drsuapi", false, true, Reason::none, "dc"},
      {"192.0.2.66", "netlogon", false, true, Reason::none, "dc"},
      {"203.0.113.1", "samr", false, false, Reason::no_rule, ""},
      // The mapper itself, and management, which nobody granted.
      {"192.0.2.200", "epmapper", true, true, Reason::none, "dc"},
      {"192.0.2.200", "epmapper", false, false, Reason::interface_not_granted, "dc"},
      {"192.0.2.200", "e1af8308-5d1f-11c9-91a4-08002b14a0fa/2", true, false,
       Reason::version_not_granted, "dc"},
      {"192.0.2.200", "mgmt", true, false, Reason::interface_not_granted, "dc"},
      {"203.0.113.1", "epmapper", true, false, Reason::no_rule, ""},
  };
  for (const Row& row : rows) {
    const InterfaceVerdict got = snapshot().judge_interface(
        scope(row.client, "198.51.100.1"), interface(row.interface), row.on_mapper);
    const std::string what = std::string{row.client} + " " + row.interface;
    EXPECT_EQ(got.allowed, row.allowed) << what;
    EXPECT_EQ(got.reason, row.reason) << what << ": " << stats::name_of(got.reason);
    EXPECT_EQ(rule_of(got.rule), row.rule) << what;
    const std::string_view by = row.rule;
    const Refuse refuse = by == "no-guests" ? Refuse::reset : Refuse::rpc_error;
    EXPECT_EQ(got.refuse, by.empty() ? Refuse::drop : refuse) << what;
  }
}

TEST_F(Domain, JudgesRequests) {
  struct Row {
    const char* client;
    const char* interface;
    std::uint16_t opnum;
    Protection level;
    Caller caller;
    Reason reason;
    Protection floor;
    const char* rule;
  };
  const Row rows[] = {
      {"192.0.2.200", "samr", 13, P::privacy, C::named, Reason::none, P::privacy, "dc"},
      {"192.0.2.200", "samr", 13, P::integrity, C::named, Reason::protection_too_low, P::privacy,
       "dc"},
      {"192.0.2.200", "samr", 13, P::none, C::unauthenticated, Reason::protection_too_low,
       P::privacy, "dc"},
      {"192.0.2.200", "samr", 13, P::privacy, C::anonymous, Reason::anonymous_caller, P::privacy,
       "dc"},
      {"192.0.2.200", "samr", 13, P::privacy, C::pending, Reason::anonymous_caller, P::privacy,
       "dc"},
      {"192.0.2.200", "samr", 37, P::privacy, C::named, Reason::opnum_denied, P::none, "dc"},
      {"192.0.2.200", "drsuapi", 3, P::privacy, C::named, Reason::opnum_denied, P::none, "dc"},
      {"192.0.2.200", "drsuapi", 12, P::privacy, C::named, Reason::none, P::privacy, "dc"},
      // Bootstrap of the secure channel is bare; the rest of it is not.
      {"192.0.2.200", "netlogon", 4, P::none, C::unauthenticated, Reason::none, P::none, "dc"},
      {"192.0.2.200", "netlogon", 15, P::none, C::unauthenticated, Reason::none, P::none, "dc"},
      {"192.0.2.200", "netlogon", 26, P::none, C::anonymous, Reason::none, P::none, "dc"},
      {"192.0.2.200", "netlogon", 30, P::none, C::unauthenticated, Reason::protection_too_low,
       P::privacy, "dc"},
      // Only some opnums of lsarpc are the pack's; a later rule has the rest.
      {"192.0.2.200", "lsarpc", 76, P::privacy, C::named, Reason::none, P::privacy, "dc"},
      {"192.0.2.200", "lsarpc", 44, P::privacy, C::named, Reason::opnum_denied, P::none, "dc"},
      {"192.0.2.5", "lsarpc", 44, P::packet, C::anonymous, Reason::none, P::packet, "managers"},
      {"192.0.2.5", "lsarpc", 44, P::connect, C::named, Reason::protection_too_low, P::packet,
       "managers"},
      {"192.0.2.5", "lsarpc", 76, P::packet, C::named, Reason::protection_too_low, P::privacy,
       "dc"},
      {"192.0.2.66", "drsuapi", 3, P::privacy, C::named, Reason::opnum_denied, P::none,
       "no-guests"},
      {"192.0.2.66", "samr", 0, P::privacy, C::named, Reason::interface_denied, P::none,
       "no-guests"},
      {"192.0.2.200", "svcctl", 0, P::privacy, C::named, Reason::interface_not_granted, P::none,
       "dc"},
      {"192.0.2.200", "samr", 65535, P::privacy, C::named, Reason::none, P::privacy, "dc"},
      {"203.0.113.1", "samr", 0, P::privacy, C::named, Reason::no_rule, P::none, ""},
  };
  for (const Row& row : rows) {
    const RequestVerdict got =
        snapshot().judge_request(scope(row.client, "198.51.100.1"), interface(row.interface),
                                 row.opnum, row.level, row.caller, false);
    const std::string what =
        std::string{row.client} + " " + row.interface + " " + std::to_string(row.opnum);
    EXPECT_EQ(got.reason, row.reason) << what << ": " << stats::name_of(got.reason);
    EXPECT_EQ(got.allowed, row.reason == Reason::none) << what;
    EXPECT_EQ(got.floor, row.floor) << what;
    EXPECT_EQ(rule_of(got.rule), row.rule) << what;
  }
}

TEST_F(Domain, AllowsMapAndFreeOnTheMapperAloneAndWhateverTheirProtection) {
  for (std::uint16_t opnum = 0; opnum < 10; ++opnum) {
    const auto on = snapshot().judge_request(staff(), interface("epmapper"), opnum, P::none,
                                             C::unauthenticated, true);
    const auto off = snapshot().judge_request(staff(), interface("epmapper"), opnum, P::privacy,
                                              C::named, false);
    const bool harmless = opnum == 3 || opnum == 4;
    EXPECT_EQ(on.allowed, harmless) << opnum;
    EXPECT_EQ(on.reason, harmless ? Reason::none : Reason::mapper_operation) << opnum;
    EXPECT_EQ(off.reason, Reason::interface_not_granted) << opnum;
  }
}

TEST_F(Domain, PublishesItsOuterAddressesAndKnowsItsServers) {
  EXPECT_TRUE(snapshot().is_published(ip("198.51.100.1")));
  EXPECT_FALSE(snapshot().is_published(ip("198.51.100.2")));
  EXPECT_FALSE(snapshot().is_published(ip("10.10.0.10")));
  const Rule* rule = snapshot().publishing(staff());
  ASSERT_NE(rule, nullptr);
  EXPECT_EQ(rule->name, "dc");
  EXPECT_TRUE(snapshot().may_name(*rule, staff(), ip("10.10.0.10")));
  EXPECT_TRUE(snapshot().may_name(*rule, staff(), ip("10.10.0.11")));
  EXPECT_TRUE(snapshot().may_name(*rule, staff(), ip("0.0.0.0")));
  EXPECT_FALSE(snapshot().may_name(*rule, staff(), ip("10.10.0.12")));
  EXPECT_EQ(snapshot().publishing(scope("203.0.113.1", "198.51.100.1")), nullptr);
}

TEST_F(Domain, FindsThePortASourceMayEnterByTheLongestPrefix) {
  EXPECT_EQ(snapshot().ingress_port_of(ip("203.0.113.1")), 0);
  EXPECT_EQ(snapshot().ingress_port_of(ip("10.10.0.10")), 1);
  EXPECT_EQ(snapshot().ingress_port_of(ip("10.10.99.10")), 0);
  EXPECT_EQ(snapshot().ingress_port_of(ip("2001:db8::1")), -1);
}

TEST_F(Domain, CarriesItsGenerationAndStableRuleIds) {
  EXPECT_EQ(snapshot().generation(), 7u);
  EXPECT_EQ(snapshot().rules().size(), 3u);
  EXPECT_EQ(snapshot().rule(rule_id("managers"))->name, "managers");
  EXPECT_EQ(snapshot().rule(rule_id("nobody")), nullptr);
  EXPECT_EQ(snapshot().rule(no_rule), nullptr);
}

// One rule, its floors and its anonymous callers, in the ways they can be said.
struct FloorRow {
  const char* name;
  const char* keys;
  const char* interface;
  std::uint16_t opnum;
  Protection floor;
  bool anonymous;
};
void PrintTo(const FloorRow& row, std::ostream* out) {
  *out << row.name;
}
class Floors : public testing::TestWithParam<FloorRow> {};

TEST_P(Floors, AreTheOnesMeant) {
  const FloorRow& row = GetParam();
  const LoadedPolicy policy =
      policy_of(std::string{"[daemon]\nuser-packs-dir='" RPCGATE_TEST_OWN_PACKS_DIR "'\n"
                            "[[publish]]\nname='r'\nclients=['any']\nouter='198.51.100.1'\n"
                            "server='10.0.0.1'\n"} +
                    row.keys,
                true);
  ASSERT_NE(policy.snapshot, nullptr) << told(policy).front();
  const Scope who = scope("192.0.2.1", "198.51.100.1");
  const auto best = policy.snapshot->judge_request(who, interface(row.interface), row.opnum,
                                                   P::privacy, C::named, false);
  EXPECT_TRUE(best.allowed) << stats::name_of(best.reason);
  EXPECT_EQ(best.floor, row.floor);
  const auto anonymous = policy.snapshot->judge_request(who, interface(row.interface), row.opnum,
                                                        P::privacy, C::anonymous, false);
  EXPECT_EQ(anonymous.allowed, row.anonymous);
}

constexpr const char* own_netlogon =
    "packs=['active-directory']\n[[publish.interface]]\nname='netlogon'\nprotection='integrity'\n";
const FloorRow floor_rows[] = {
    {"PrivacyWhenNobodySays", "interfaces=['samr']", "samr", 0, P::privacy, false},
    {"PrivacyForAny", "interfaces=['any']", "svcctl", 0, P::privacy, false},
    {"TheRulesForAny", "interfaces=['any']\nprotection='connect'", "svcctl", 0, P::connect, false},
    {"NoneAsksNobody", "interfaces=['any']\nprotection='none'", "svcctl", 0, P::none, true},
    {"AnonymousByTheRule", "interfaces=['samr']\nanonymous=true", "samr", 0, P::privacy, true},
    {"ThePacks", "packs=['active-directory']", "netlogon", 30, P::privacy, false},
    {"ThePacksBootstrap", "packs=['active-directory']", "netlogon", 26, P::none, true},
    {"TheRulesOverThePacks", "packs=['active-directory']\nprotection='integrity'", "netlogon", 30,
     P::integrity, false},
    {"BootstrapWhateverTheRuleSays", "packs=['active-directory']\nprotection='privacy'", "netlogon",
     4, P::none, true},
    {"TheRulesOwnEntryOverAll", own_netlogon, "netlogon", 4, P::integrity, false},
    {"TheRulesOwnEntryForTheRest", own_netlogon, "netlogon", 30, P::integrity, false},
    {"OtherInterfacesKeepThePacks", own_netlogon, "samr", 1, P::privacy, false},
    {"AnEntrysOwnFloor",
     "[[publish.interface]]\nname='samr'\nprotection='privacy'\n[[publish.interface.floor]]\n"
     "opnums=[5]\nprotection='connect'\n",
     "samr", 5, P::connect, false},
    {"AnonymousForOneInterface",
     "interfaces=['lsarpc']\n[[publish.interface]]\nname='samr'\nanonymous=true\n", "samr", 5,
     P::privacy, true},
    {"AnEntryOverrulesThePacksRefusal",
     "packs=['exchange']\n[[publish.interface]]\nname='emsmdb'\nopnums=[7]\n", "emsmdb", 7,
     P::privacy, false},
    {"AnOpnumAboveItsInterface", "packs=['odd']", "winreg", 6, P::privacy, false},
    {"AnOpnumBelowItsInterface", "packs=['odd']", "winreg", 7, P::connect, false},
    {"TheRulesOverAnOpnumAbove", "packs=['odd']\nprotection='packet'", "winreg", 6, P::packet,
     false},
    {"TheRulesOverAnOpnumBelowThatIsLower", "packs=['odd']\nprotection='none'", "winreg", 7,
     P::none, true},
    {"AnEntryGrantsWhatThePackDoesNot",
     "packs=['exchange']\n[[publish.interface]]\nname='nspi'\nopnums=[11]\n", "nspi", 11,
     P::privacy, false},
};
INSTANTIATE_TEST_SUITE_P(Rules, Floors, testing::ValuesIn(floor_rows),
                         [](const auto& each) { return std::string{each.param.name}; });

TEST(Deny, WithoutAListClosesAllRpcForLaterRules) {
  const LoadedPolicy policy = policy_of(R"(
[[publish]]
name = "out"
action = "deny"
clients = ["192.0.2.66"]
outer = "198.51.100.1"
refuse = "drop"
[[publish]]
name = "all"
clients = ["any"]
outer = "198.51.100.1"
server = "10.0.0.1"
services = ["rpc", "ldap"]
interfaces = ["any"]
static-ports = [6001]
)");
  ASSERT_NE(policy.snapshot, nullptr) << told(policy).front();
  const Scope out = scope("192.0.2.66", "198.51.100.1");
  const Snapshot& snapshot = *policy.snapshot;
  EXPECT_EQ(snapshot.admit(out, wire::Protocol::tcp, 135).service, Service::none);
  EXPECT_EQ(snapshot.admit(out, wire::Protocol::tcp, 6001).service, Service::none);
  EXPECT_EQ(snapshot.admit(out, wire::Protocol::tcp, 135).rule, rule_id("out"));
  EXPECT_EQ(snapshot.admit(out, wire::Protocol::tcp, 389).service, Service::plain);
  EXPECT_EQ(snapshot.publishing(out), nullptr);
  EXPECT_EQ(snapshot.judge_interface(out, interface("samr"), false).reason,
            Reason::interface_denied);
  EXPECT_TRUE(
      snapshot.judge_interface(scope("192.0.2.67", "198.51.100.1"), interface("samr"), false)
          .allowed);
}

TEST(Deny, OfAPlainServiceClosesItsPort) {
  const LoadedPolicy policy = policy_of(R"(
[[publish]]
name = "no-ldap"
action = "deny"
clients = ["192.0.2.66"]
outer = "198.51.100.1"
services = ["ldap"]
[[publish]]
name = "all"
clients = ["any"]
outer = "198.51.100.1"
server = "10.0.0.1"
services = ["rpc", "ldap", "smtp"]
interfaces = ["any"]
)");
  ASSERT_NE(policy.snapshot, nullptr) << told(policy).front();
  const Scope who = scope("192.0.2.66", "198.51.100.1");
  EXPECT_EQ(policy.snapshot->admit(who, wire::Protocol::tcp, 389).service, Service::none);
  EXPECT_EQ(policy.snapshot->admit(who, wire::Protocol::tcp, 25).service, Service::plain);
  EXPECT_EQ(policy.snapshot->admit(who, wire::Protocol::tcp, 135).service, Service::mapper);
  EXPECT_TRUE(policy.snapshot->judge_interface(who, interface("samr"), false).allowed);
}

// A mailbox server published with these words to everyone.
LoadedPolicy exchange(const std::string& words) {
  return policy_of(
      "[[publish]]\nname='mail'\nclients=['any']\nouter='198.51.100.1'\nserver='10.0.0.1'\n" +
      words);
}

TEST(Exchange, RefersClientsAsThePackOrTheRuleSays) {
  struct Row {
    std::string words;
    bool allowed;
  };
  const Scope who = scope("192.0.2.1", "198.51.100.1");
  for (const Row& row :
       {Row{"packs=['exchange']\n", true}, Row{"packs=['exchange']\nreferrals='refuse'\n", false},
        Row{"packs=['exchange-legacy']\n", false},
        Row{"packs=['exchange-legacy']\nreferrals='allow'\n", true},
        Row{"packs=['exchange-legacy']\ninterfaces=['rfri']\n", true}}) {
    const LoadedPolicy policy = exchange(row.words);
    ASSERT_NE(policy.snapshot, nullptr) << row.words;
    const auto verdict = policy.snapshot->judge_interface(who, interface("rfri"), false);
    EXPECT_EQ(verdict.allowed, row.allowed) << row.words;
    EXPECT_EQ(verdict.reason, row.allowed ? Reason::none : Reason::interface_not_granted);
    EXPECT_TRUE(policy.snapshot->judge_interface(who, interface("nspi"), false).allowed);
  }
}

TEST(Exchange, RegistrationsAreRefusedWhereNotificationsAreOff) {
  const Scope who = scope("192.0.2.1", "198.51.100.1");
  for (const char* how : {"registered", "window", "session", "off"}) {
    const LoadedPolicy policy =
        exchange("packs=['exchange']\nnotifications='" + std::string{how} + "'\n");
    ASSERT_NE(policy.snapshot, nullptr);
    const auto verdict = policy.snapshot->judge_request(who, interface("emsmdb"), 4,
                                                        Protection::privacy, Caller::named, false);
    EXPECT_EQ(verdict.allowed, std::string_view{how} != "off") << how;
    EXPECT_EQ(verdict.reason, verdict.allowed ? Reason::none : Reason::notification_off);
    EXPECT_TRUE(
        policy.snapshot
            ->judge_request(who, interface("emsmdb"), 11, Protection::privacy, Caller::named, false)
            .allowed);
  }
}

TEST(Routed, IsNotPublishedButAdmitted) {
  const LoadedPolicy policy = policy_of(
      "[[publish]]\nname='ca'\nclients=['2001:db8:20::/48']\nmode='routed'\n"
      "outer='2001:db8:10::30'\ninterfaces=['icertpassage']\nmapper-port=1135\n");
  ASSERT_NE(policy.snapshot, nullptr) << told(policy).front();
  const Scope who = scope("2001:db8:20::1", "2001:db8:10::30");
  const Admission got = policy.snapshot->admit(who, wire::Protocol::tcp, 1135);
  EXPECT_EQ(got.service, Service::mapper);
  EXPECT_EQ(got.mode, Mode::routed);
  EXPECT_EQ(got.server.address, who.outer);
  EXPECT_FALSE(policy.snapshot->is_published(who.outer));
  EXPECT_EQ(policy.snapshot->admit(who, wire::Protocol::tcp, 135).service, Service::none);
}

}  // namespace
}  // namespace rpcgate::policy
