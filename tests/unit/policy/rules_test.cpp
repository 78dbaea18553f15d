// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Schedules, versions, ways to authenticate, techniques, classes and outbound rules, as judged.
#include <gtest/gtest.h>

#include "policy/compile.hpp"
#include "policy_for_test.hpp"

namespace rpcgate::policy {
namespace {

using stats::Reason;
using P = Protection;
using C = Caller;
using M = Mechanism;

const std::string head =
    "[[publish]]\nname='r'\nclients=['192.0.2.0/24']\nouter='198.51.100.1'\nserver='10.0.0.1'\n";
Scope client() {
  return scope("192.0.2.1", "198.51.100.1");
}
dcerpc::InterfaceId version(const char* name, std::uint16_t major, std::uint16_t minor) {
  dcerpc::InterfaceId id = interface(name);
  id.major = major;
  id.minor = minor;
  return id;
}

// 08:00 to 18:00 UTC with five minutes of grace, at 1970-01-01 hh:mm.
std::unique_ptr<const Snapshot> at(const std::string& rules, int hour, int minute) {
  const auto loaded = config::load_text(
      "[[schedule]]\nname='day'\nfrom='08:00'\nto='18:00'\ngrace='5m'\n" + rules, "t.toml",
      {.replay = true, .packs_dir = RPCGATE_TEST_PACKS_DIR, .user_packs = false});
  return recompile(loaded.config, 1, Instant{seconds{hour * 3600 + minute * 60}});
}
const std::string by_day = head + "interfaces=['samr']\nservices=['rpc','ldap']\nschedule='day'\n";

TEST(Schedules, NothingIsGrantedOutsideOfThem) {
  const auto night = at(by_day, 7, 59);
  EXPECT_EQ(night->judge_interface(client(), interface("samr"), false).reason,
            Reason::outside_schedule);
  EXPECT_EQ(night->admit(client(), wire::Protocol::tcp, 135).service, Service::none);
  EXPECT_EQ(night->admit(client(), wire::Protocol::tcp, 135).reason, Reason::outside_schedule);
  EXPECT_EQ(night->admit(client(), wire::Protocol::tcp, 389).reason, Reason::outside_schedule);
  EXPECT_EQ(night->publishing(client()), nullptr);
  EXPECT_EQ(night->next_change(), Instant{seconds{8 * 3600}});
  const auto day = at(by_day, 8, 0);
  EXPECT_TRUE(day->judge_interface(client(), interface("samr"), false).allowed);
  EXPECT_EQ(day->admit(client(), wire::Protocol::tcp, 135).service, Service::mapper);
  EXPECT_EQ(day->next_change(), Instant{seconds{18 * 3600}});
}

TEST(Schedules, WhatGoesOnMayInTheGraceAndNothingBegins) {
  const auto grace = at(by_day, 18, 2);
  EXPECT_EQ(grace->judge_interface(client(), interface("samr"), false).reason,
            Reason::outside_schedule);
  EXPECT_TRUE(grace->judge_interface(client(), interface("samr"), false, Moment::goes_on).allowed);
  EXPECT_TRUE(
      grace->judge_request(client(), interface("samr"), 1, P::privacy, C::named, false).allowed);
  EXPECT_EQ(grace->admit(client(), wire::Protocol::tcp, 389).service, Service::none);
  EXPECT_EQ(grace->admit(client(), wire::Protocol::tcp, 389, Moment::goes_on).service,
            Service::plain);
  const auto over = at(by_day, 18, 5);
  EXPECT_EQ(over->judge_request(client(), interface("samr"), 1, P::privacy, C::named, false).reason,
            Reason::outside_schedule);
}

TEST(Schedules, ADenyRuleHasNoGraceAndALaterRuleDecidesOutsideOfIt) {
  const std::string rules =
      "[[publish]]\nname='not-by-day'\naction='deny'\nclients=['any']\nouter='198.51.100.1'\n"
      "interfaces=['samr']\nschedule='day'\n" +
      head + "interfaces=['samr']\n";
  const auto judged = [&](int hour, int minute, Moment moment) {
    return at(rules, hour, minute)->judge_interface(client(), interface("samr"), false, moment);
  };
  EXPECT_EQ(judged(12, 0, Moment::goes_on).reason, Reason::interface_denied);
  EXPECT_TRUE(judged(18, 2, Moment::begins).allowed);
  EXPECT_TRUE(judged(7, 0, Moment::begins).allowed);
}

TEST(Versions, OfARangeAreGrantedAndNoOthers) {
  const auto policy = policy_of(head +
                                "interfaces=['12345778-1234-abcd-ef00-0123456789ac/1.2-3.4']\n"
                                "[[publish.interface]]\nname='emsmdb'\nversions='0.0-0.81'\n");
  ASSERT_NE(policy.snapshot, nullptr) << told(policy).front();
  const auto allowed = [&](const dcerpc::InterfaceId& id) {
    return policy.snapshot->judge_interface(client(), id, false).allowed;
  };
  EXPECT_FALSE(allowed(version("samr", 1, 1)));
  EXPECT_TRUE(allowed(version("samr", 1, 2)));
  EXPECT_TRUE(allowed(version("samr", 1, 65535)));
  EXPECT_TRUE(allowed(version("samr", 2, 0)));
  EXPECT_TRUE(allowed(version("samr", 3, 4)));
  EXPECT_FALSE(allowed(version("samr", 3, 5)));
  EXPECT_FALSE(allowed(version("samr", 4, 0)));
  EXPECT_TRUE(allowed(version("emsmdb", 0, 81)));
  EXPECT_FALSE(allowed(version("emsmdb", 0, 82)));
  EXPECT_EQ(policy.snapshot->judge_interface(client(), version("emsmdb", 0, 82), false).reason,
            Reason::version_not_granted);
}

TEST(Authentication, OnlyTheWaysThatTheRuleListsCount) {
  const auto policy = policy_of(head + "interfaces=['samr']\nauthentication=['kerberos']\n");
  ASSERT_NE(policy.snapshot, nullptr) << told(policy).front();
  const auto reason = [&](M mechanism) {
    return policy.snapshot
        ->judge_request(client(), interface("samr"), 1, P::privacy, C::named, false, mechanism)
        .reason;
  };
  EXPECT_EQ(reason(M::kerberos), Reason::none);
  EXPECT_EQ(reason(M::ntlm), Reason::authentication_not_allowed);
  EXPECT_EQ(reason(M::netlogon), Reason::authentication_not_allowed);
  EXPECT_EQ(reason(M::unknown), Reason::authentication_not_allowed);
}

TEST(Authentication, BootstrapCallsThatCarryNoneGoOn) {
  const auto policy =
      policy_of(head + "packs=['active-directory']\nauthentication=['netlogon', 'kerberos']\n");
  ASSERT_NE(policy.snapshot, nullptr) << told(policy).front();
  EXPECT_TRUE(policy.snapshot
                  ->judge_request(client(), interface("netlogon"), 4, P::none, C::unauthenticated,
                                  false, M::unknown)
                  .allowed);
}

TEST(Techniques, AreNamedWhereTheyAreRefused) {
  const auto policy = policy_of(head + "packs=['active-directory']\ndeny=['dcsync']\n");
  ASSERT_NE(policy.snapshot, nullptr) << told(policy).front();
  const auto refused = policy.snapshot->judge_request(client(), interface("drsuapi"), 3, P::privacy,
                                                      C::named, false);
  EXPECT_EQ(refused.reason, Reason::opnum_denied);
  EXPECT_EQ(refused.technique, "T1003.006");
  const auto allowed = policy.snapshot->judge_request(client(), interface("drsuapi"), 12,
                                                      P::privacy, C::named, false);
  EXPECT_TRUE(allowed.allowed);
  EXPECT_EQ(allowed.technique, "");
}

dcerpc::Uuid clsid(const char* text) {
  return dcerpc::Uuid::parse(text).value();
}
const dcerpc::Uuid wmi = clsid("8bc3f05e-d86b-11d0-a075-00c04fb68820");
const dcerpc::Uuid mmc = clsid("49b2791a-b1ae-4c90-9b8e-e860ba07f889");

TEST(Classes, AreGrantedByListPackOrAny) {
  const std::string activator = head + "interfaces=['isystemactivator']\nprotection='integrity'\n";
  LoadedPolicy kept;
  const auto judged = [&](const std::string& keys, const dcerpc::Uuid& id) {
    kept = policy_of(activator + keys);  // verdicts name techniques of their snapshot
    EXPECT_NE(kept.snapshot, nullptr) << told(kept).front();
    return kept.snapshot->judge_class(client(), id);
  };
  EXPECT_EQ(judged("", wmi).reason, Reason::class_not_granted);
  const std::string listed = "classes=['8bc3f05e-d86b-11d0-a075-00c04fb68820']\n";
  EXPECT_TRUE(judged(listed, wmi).allowed);
  EXPECT_EQ(judged(listed, mmc).reason, Reason::class_not_granted);
  EXPECT_TRUE(judged("classes=['any']\n", mmc).allowed);
  EXPECT_EQ(judged("packs=['wmi']\n", mmc).reason, Reason::class_not_granted);
  EXPECT_TRUE(judged("packs=['wmi']\n", wmi).allowed);
  const auto denied = judged("classes=['any']\ndeny=['remote-execution']\n", mmc);
  EXPECT_EQ(denied.reason, Reason::class_denied);
  EXPECT_EQ(denied.technique, "T1021.003");
}

TEST(Classes, ADenyRuleTakesThemFromItsClients) {
  const auto policy = policy_of(
      "[[publish]]\nname='not-these'\naction='deny'\nclients=['192.0.2.1']\n"
      "outer='198.51.100.1'\ninterfaces=['samr']\n"
      "classes=['49b2791a-b1ae-4c90-9b8e-e860ba07f889']\n" +
      head + "interfaces=['any']\n");
  ASSERT_NE(policy.snapshot, nullptr) << told(policy).front();
  const auto denied = policy.snapshot->judge_class(client(), mmc);
  EXPECT_EQ(denied.reason, Reason::class_denied);
  EXPECT_EQ(denied.rule, rule_id("not-these"));
  EXPECT_TRUE(policy.snapshot->judge_class(client(), wmi).allowed);
  EXPECT_TRUE(policy.snapshot->judge_class(scope("192.0.2.2", "198.51.100.1"), mmc).allowed);
}

TEST(Classes, AreAllOpenWhereEveryInterfaceIs) {
  const auto policy = policy_of(head + "interfaces=['any']\n");
  EXPECT_TRUE(policy.snapshot->judge_class(client(), mmc).allowed);
}

const std::string outbound =
    "[[outbound]]\nname='partners'\nclients=['10.10.0.0/24']\nto=['203.0.113.0/24']\n"
    "services=['rpc','dns','smtp']\npacks=['exchange']\nsource-nat='198.51.100.1'\n";
Scope inner() {
  return {ip("10.10.0.7"), ip("203.0.113.9"), true};
}

TEST(Outbound, InnerClientsReachServersElsewhereByTheRulesWords) {
  const auto policy = policy_of(outbound);
  ASSERT_NE(policy.snapshot, nullptr) << told(policy).front();
  const Snapshot& s = *policy.snapshot;
  const Admission mapper = s.admit(inner(), wire::Protocol::tcp, 135);
  EXPECT_EQ(mapper.service, Service::mapper);
  EXPECT_EQ(mapper.server.address, ip("203.0.113.9"));
  EXPECT_EQ(mapper.source_nat, ip("198.51.100.1"));
  EXPECT_EQ(s.admit(inner(), wire::Protocol::udp, 53).service, Service::plain);
  EXPECT_EQ(s.admit(inner(), wire::Protocol::tcp, 53).service, Service::plain);
  EXPECT_EQ(s.admit(inner(), wire::Protocol::tcp, 25).service, Service::plain);
  EXPECT_EQ(s.admit(inner(), wire::Protocol::tcp, 80).service, Service::none);
  EXPECT_TRUE(s.admit(inner(), wire::Protocol::tcp, 80).named);
  EXPECT_TRUE(s.judge_interface(inner(), interface("emsmdb"), false).allowed);
  EXPECT_FALSE(s.judge_interface(inner(), interface("samr"), false).allowed);
  EXPECT_TRUE(s.is_published(ip("198.51.100.1")));
}

TEST(Outbound, IsNoPublishingRuleAndNoneIsOutbound) {
  const auto policy = policy_of(outbound + head + "interfaces=['any']\n");
  ASSERT_NE(policy.snapshot, nullptr) << told(policy).front();
  const Snapshot& s = *policy.snapshot;
  Scope other = inner();
  other.outbound = false;
  EXPECT_FALSE(s.admit(other, wire::Protocol::tcp, 135).named);
  other = client();
  other.outbound = true;
  EXPECT_FALSE(s.admit(other, wire::Protocol::tcp, 135).named);
  EXPECT_FALSE(s.admit({ip("10.10.1.7"), ip("203.0.113.9"), true}, wire::Protocol::tcp, 25).named);
  EXPECT_FALSE(s.admit({ip("10.10.0.7"), ip("203.0.114.9"), true}, wire::Protocol::tcp, 25).named);
}

TEST(Outbound, ATowerMayNameTheServerThatWasAskedOrItsGroup) {
  const auto policy = policy_of(outbound + "also=['203.0.113.77']\n");
  ASSERT_NE(policy.snapshot, nullptr) << told(policy).front();
  const Snapshot& s = *policy.snapshot;
  const Rule* rule = s.publishing(inner());
  ASSERT_NE(rule, nullptr);
  EXPECT_TRUE(s.may_name(*rule, inner(), ip("203.0.113.9")));
  EXPECT_TRUE(s.may_name(*rule, inner(), ip("0.0.0.0")));
  EXPECT_TRUE(s.may_name(*rule, inner(), ip("203.0.113.77")));
  EXPECT_FALSE(s.may_name(*rule, inner(), ip("203.0.113.10")));
}

TEST(Outbound, WithoutSourceNatClientsKeepTheirAddress) {
  const auto policy = policy_of(
      "[[outbound]]\nname='o'\nclients=['10.10.0.0/24']\nto=['any']\nservices=['smtp']\n"
      "source-nat='none'\n");
  ASSERT_NE(policy.snapshot, nullptr) << told(policy).front();
  EXPECT_TRUE(policy.snapshot->admit(inner(), wire::Protocol::tcp, 25).source_nat.is_unspecified());
  EXPECT_TRUE(policy.snapshot->published().empty());
}

TEST(PrefixSet, CountsItsAddresses) {
  const auto set_of = [](std::initializer_list<const char*> texts) {
    std::vector<wire::Prefix> prefixes;
    for (const char* text : texts) prefixes.push_back(wire::Prefix::parse(text).value());
    return PrefixSet{prefixes};
  };
  const PrefixSet set = set_of({"10.0.1.0/24", "10.0.0.0/30", "10.0.1.128/25"});
  EXPECT_EQ(set.size(), 260u);
  EXPECT_EQ(set.rank(ip("10.0.0.0")), 0u);
  EXPECT_EQ(set.rank(ip("10.0.0.3")), 3u);
  EXPECT_EQ(set.rank(ip("10.0.1.0")), 4u);
  EXPECT_EQ(set.rank(ip("10.0.1.255")), 259u);
  EXPECT_GE(set_of({"::/0"}).size(), std::uint64_t{1} << 32);
  EXPECT_EQ(PrefixSet{}.size(), 0u);
}

}  // namespace
}  // namespace rpcgate::policy
