// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The compiled snapshot against a naive reading of the same configuration, rule by rule, on random
// configurations and questions.
#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "policy_for_test.hpp"

namespace rpcgate::policy {
namespace {

using config::InterfaceEntry;
using stats::Reason;

constexpr std::array names{"samr", "lsarpc", "netlogon", "drsuapi", "svcctl", "nspi", "emsmdb"};
constexpr std::array words{"none", "connect", "packet", "integrity", "privacy"};

class Writer {
 public:
  explicit Writer(unsigned seed) : random_(seed) {}
  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }
  bool chance(unsigned one_in) { return below(one_in) == 0; }

  std::string rules() {
    std::string text;
    for (unsigned i = 0; i < 1 + below(5); ++i) text += rule(i);
    return text;
  }

 private:
  std::string opnums() {
    std::string text;
    for (unsigned i = 0; i < 1 + below(3); ++i)
      text += (i > 0 ? "," : "") + std::to_string(below(5));
    return text;
  }
  std::string rule(unsigned index) {
    std::string text = "[[publish]]\nname='r" + std::to_string(index) + "'\n";
    const bool deny = chance(4);
    if (deny) text += "action='deny'\n";
    text += "clients=['192.0.2." + std::to_string(below(2) * 2) + "/31'";
    if (chance(3)) text += ",'192.0.2.4/30'";
    text += "]\nouter='198.51.100." + std::to_string(1 + below(2)) + "'\nserver='10.0.0.1'\n";
    if (chance(3))
      text += "packs=['active-directory'" + std::string{chance(2) ? ",'exchange'" : ""} + "]\n";
    if (chance(3)) text += "deny=['dcsync']\n";
    if (chance(3)) text += std::string{"protection='"} + words[below(5)] + "'\n";
    if (chance(3)) text += chance(2) ? "anonymous=true\n" : "anonymous=false\n";
    if (chance(6)) text += "services=['rpc','ldap']\n";
    text += "interfaces=['" + std::string{chance(4) ? "any" : names[below(7)]} + "']\n";
    std::vector<unsigned> used;
    for (unsigned i = 0; i < below(3); ++i) {
      const unsigned name = below(7);
      if (std::find(used.begin(), used.end(), name) != used.end()) continue;
      used.push_back(name);
      text += entry(names[name], deny);
    }
    return text;
  }
  std::string entry(const char* name, bool deny) {
    std::string text = std::string{"[[publish.interface]]\nname='"} + name + "'\n";
    const bool listed = chance(2);
    if (listed) text += "opnums=[" + opnums() + "]\n";
    if (!listed && !deny && chance(2)) text += "deny-opnums=[" + opnums() + "]\n";
    if (chance(3)) text += std::string{"protection='"} + words[below(5)] + "'\n";
    if (chance(4)) text += "anonymous=true\n";
    if (chance(4))
      text += std::string{"[[publish.interface.floor]]\nopnums=[2]\nprotection='"} +
              words[below(5)] + "'\n";
    return text;
  }
  std::mt19937 random_;
};

bool lists(const config::Value<std::vector<std::uint16_t>>& opnums, std::uint16_t opnum) {
  return std::find(opnums->begin(), opnums->end(), opnum) != opnums->end();
}

// What one rule says of one request, read straight from the configuration.
struct Naive {
  const config::Config& config;
  const config::Rule& rule;
  dcerpc::InterfaceId id;
  std::uint16_t opnum;

  std::vector<const InterfaceEntry*> entries(
      const config::Value<std::vector<config::Value<std::string>>>& packs) const {
    std::vector<const InterfaceEntry*> found;
    for (const auto& name : *packs)
      for (const InterfaceEntry& entry : config.pack(*name)->interfaces)
        if (same_interface(entry.id, id)) found.push_back(&entry);
    return found;
  }
  const InterfaceEntry* own() const {
    for (const InterfaceEntry& entry : rule.interface_entries)
      if (same_interface(entry.id, id)) return &entry;
    return nullptr;
  }
  bool listed() const {
    return std::any_of(rule.interfaces->begin(), rule.interfaces->end(),
                       [&](const auto& item) { return item->any || same_interface(item->id, id); });
  }
  static bool has(const InterfaceEntry& entry, std::uint16_t opnum) {
    return !entry.opnums.given || lists(entry.opnums, opnum);
  }
  bool technique() const {
    const auto found = entries(rule.deny);
    return std::any_of(found.begin(), found.end(),
                       [&](const InterfaceEntry* entry) { return has(*entry, opnum); });
  }
  bool denies() const {
    if (*rule.action == Action::deny) {
      const auto packs = entries(rule.packs);
      return listed() || technique() || (own() != nullptr && has(*own(), opnum)) ||
             std::any_of(packs.begin(), packs.end(),
                         [&](const InterfaceEntry* entry) { return has(*entry, opnum); });
    }
    if (technique() || (own() != nullptr && lists(own()->deny_opnums, opnum))) return true;
    if (own() != nullptr && own()->opnums.given && lists(own()->opnums, opnum)) return false;
    const auto packs = entries(rule.packs);
    return std::any_of(packs.begin(), packs.end(), [&](const InterfaceEntry* entry) {
      return lists(entry->deny_opnums, opnum);
    });
  }
  bool grants() const {
    if (*rule.action == Action::deny) return false;
    if (own() != nullptr && own()->opnums.given) return lists(own()->opnums, opnum);
    const auto packs = entries(rule.packs);
    return listed() || (own() != nullptr && packs.empty()) ||
           std::any_of(packs.begin(), packs.end(),
                       [&](const InterfaceEntry* entry) { return has(*entry, opnum); });
  }
  Protection floor() const {
    if (own() != nullptr)
      for (const config::FloorEntry& floor : own()->floors)
        if (lists(floor.opnums, opnum)) return *floor.protection;
    if (own() != nullptr && own()->protection.given) return *own()->protection;
    Protection floor = Protection::none;
    bool by_opnum = false;
    const auto packs = entries(rule.packs);
    for (const InterfaceEntry* entry : packs)
      for (const config::FloorEntry& each : entry->floors)
        if (lists(each.opnums, opnum) &&
            (!rule.protection.given || *each.protection < *entry->protection)) {
          floor = std::max(floor, *each.protection);
          by_opnum = true;
        }
    if (by_opnum) return rule.protection.given ? std::min(floor, *rule.protection) : floor;
    if (rule.protection.given) return *rule.protection;
    if (packs.empty()) return Protection::privacy;
    for (const InterfaceEntry* entry : packs) floor = std::max(floor, *entry->protection);
    return floor;
  }
  bool anonymous() const {
    if (own() != nullptr && own()->anonymous.given) return *own()->anonymous;
    return *rule.anonymous;
  }
};

RequestVerdict naive_verdict(const config::Config& config, const Scope& scope,
                             const dcerpc::InterfaceId& id, std::uint16_t opnum, Protection level,
                             Caller caller) {
  for (const config::Rule& rule : config.rules) {
    bool client = false;
    for (const auto& ref : *rule.clients)
      for (const wire::Prefix& prefix : ref->prefixes) client |= prefix.contains(scope.client);
    if (!client || *rule.outer != scope.outer) continue;
    const Naive naive{config, rule, id, opnum};
    RequestVerdict verdict;
    verdict.rule = rule_id(*rule.name);
    if (naive.denies()) {
      verdict.reason = Reason::opnum_denied;  // or interface_denied: not told apart here
      return verdict;
    }
    if (!naive.grants()) continue;
    verdict.floor = naive.floor();
    verdict.reason = Reason::none;
    if (level < verdict.floor)
      verdict.reason = Reason::protection_too_low;
    else if (verdict.floor != Protection::none && caller != Caller::named && !naive.anonymous())
      verdict.reason = Reason::anonymous_caller;
    verdict.allowed = verdict.reason == Reason::none;
    return verdict;
  }
  return {};
}

Reason alike(Reason reason) {
  return reason == Reason::interface_denied ? Reason::opnum_denied : reason;
}

TEST(Model, JudgesRequestsAsANaiveReaderDoes) {
  unsigned compiled = 0;
  unsigned allowed = 0;
  for (unsigned seed = 0; seed < 400; ++seed) {
    Writer writer{seed};
    const std::string text = writer.rules();
    const LoadedPolicy policy = policy_of(text);
    ASSERT_NE(policy.snapshot, nullptr) << told(policy).front() << "\n" << text;
    ++compiled;
    for (unsigned i = 0; i < 300; ++i) {
      const Scope who{wire::IpAddress::from_v4(0xc0000200u + writer.below(9)),
                      wire::IpAddress::from_v4(0xc6336401u + writer.below(2))};
      dcerpc::InterfaceId id = interface(names[writer.below(7)]);
      if (writer.chance(20)) id.major = static_cast<std::uint16_t>(id.major + 1);
      const auto opnum = static_cast<std::uint16_t>(writer.chance(3) ? 76 : writer.below(5));
      const Protection level = config::all_words<Protection>[writer.below(5)];
      const Caller caller = static_cast<Caller>(writer.below(4));
      const RequestVerdict got =
          policy.snapshot->judge_request(who, id, opnum, level, caller, false);
      const RequestVerdict expected = naive_verdict(policy.config, who, id, opnum, level, caller);
      const std::string what =
          text + who.client.to_string() + " " + to_string(id) + " opnum " + std::to_string(opnum);
      ASSERT_EQ(got.allowed, expected.allowed) << what;
      allowed += got.allowed ? 1 : 0;
      if (expected.rule == no_rule) continue;  // undecided: whose refusal it is has its own test
      ASSERT_EQ(got.rule, expected.rule) << what;
      ASSERT_EQ(alike(got.reason), expected.reason) << what;
      ASSERT_EQ(got.floor, expected.floor) << what;
      // An interface some request of which is allowed can be bound.
      ASSERT_TRUE(!got.allowed || policy.snapshot->judge_interface(who, id, false).allowed) << what;
    }
  }
  EXPECT_EQ(compiled, 400u);
  EXPECT_GT(allowed, 2000u);  // the questions are not all vain
}

}  // namespace
}  // namespace rpcgate::policy
