// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "policy/grants.hpp"

#include <algorithm>
#include <map>

#include "dcerpc/interfaces.hpp"

namespace rpcgate::policy {
namespace {

using config::InterfaceEntry;

// All that a rule says of one interface, gathered before it is weighed.
struct Sources {
  std::string name;
  std::vector<std::pair<const config::Pack*, const InterfaceEntry*>> packs;
  bool listed = false;                  // in `interfaces`
  const InterfaceEntry* own = nullptr;  // [[publish.interface]]
  OpnumSet techniques;                  // packs of `deny`
  std::string technique_names;
};
using SourcesByKey = std::map<InterfaceKey, Sources>;

OpnumSet opnums_of(const InterfaceEntry& entry) {
  return entry.opnums.given ? OpnumSet::of(*entry.opnums) : OpnumSet::everything();
}

template <class Use>
void for_each_pack_entry(const config::Config& config,
                         const config::Value<std::vector<config::Value<std::string>>>& names,
                         Use&& use) {
  for (const auto& name : *names)
    if (const config::Pack* pack = config.pack(*name))
      for (const InterfaceEntry& entry : pack->interfaces)
        if (entry.resolved) use(*pack, entry);
}

// RFRI (MS-OXABREF) tells clients the names of inner servers: packs may leave it to the rule.
constexpr InterfaceKey referrals_key{dcerpc::ids::rfri.uuid, dcerpc::ids::rfri.major};
bool refuses_referrals(const config::Publish& rule, const config::Pack& pack) {
  const auto& word = rule.referrals.given ? rule.referrals : pack.referrals;
  return *rule.action == Action::allow && *word == config::Referrals::refuse;
}

SourcesByKey gather(const config::Config& config, const config::Publish& rule) {
  SourcesByKey sources;
  const auto of = [&](const dcerpc::InterfaceId& id, const std::string& name) -> Sources& {
    Sources& found = sources[key_of(id)];
    if (found.name.empty()) found.name = name;
    return found;
  };
  for_each_pack_entry(config, rule.packs, [&](const auto& pack, const InterfaceEntry& entry) {
    if (key_of(entry.id) == referrals_key && refuses_referrals(rule, pack)) return;
    of(entry.id, *entry.name).packs.emplace_back(&pack, &entry);
  });
  for (const auto& item : *rule.interfaces)
    if (item->resolved) of(item->id, item->text).listed = true;
  for (const InterfaceEntry& entry : rule.interface_entries)
    if (entry.resolved) of(entry.id, *entry.name).own = &entry;
  for_each_pack_entry(config, rule.deny, [&](const auto& pack, const InterfaceEntry& entry) {
    Sources& found = of(entry.id, *entry.name);
    found.techniques.add(opnums_of(entry));
    found.technique_names += (found.technique_names.empty() ? "" : ", ") + *pack.name;
  });
  return sources;
}

bool is_any(const config::Publish& rule) {
  return std::any_of(rule.interfaces->begin(), rule.interfaces->end(),
                     [](const auto& item) { return item->any; });
}

void set_opnums(const Sources& source, bool any, Grant& grant) {
  OpnumSet denied;
  for (const auto& [pack, entry] : source.packs) {
    grant.matched.add(opnums_of(*entry));
    denied.add(OpnumSet::of(*entry->deny_opnums));
  }
  if (source.listed || any) grant.matched = OpnumSet::everything();
  if (source.own != nullptr) {
    if (source.own->opnums.given) {
      grant.matched = opnums_of(*source.own);
      denied.remove(grant.matched);  // the rule's own word against a pack's
    } else if (source.packs.empty()) {
      grant.matched = OpnumSet::everything();
    }
    denied.add(OpnumSet::of(*source.own->deny_opnums));
  }
  denied.add(source.techniques);
  grant.denied = std::move(denied);
}

void set_floors(const Sources& source, const config::Publish& rule, Grant& grant) {
  std::map<std::uint16_t, Protection> floors;
  const bool own = source.own != nullptr && source.own->protection.given;
  Protection pack_floor = source.packs.empty() ? Protection::privacy : Protection::none;
  for (const auto& [pack, entry] : source.packs)
    pack_floor = std::max(pack_floor, *entry->protection);
  grant.floor =
      own ? *source.own->protection : (rule.protection.given ? *rule.protection : pack_floor);
  for (const auto& [pack, entry] : source.packs) {
    if (own) break;  // the rule speaks of this very interface
    for (const config::FloorEntry& floor : entry->floors) {
      // A rule's `protection` goes before a pack's floors, but for bootstrap operations, which
      // cannot be protected: those that the pack sets below the interface's own floor.
      const bool bootstrap = *floor.protection < *entry->protection;
      if (rule.protection.given && !bootstrap) continue;
      for (const std::uint16_t opnum : *floor.opnums) {
        const auto [at, added] = floors.try_emplace(opnum, *floor.protection);
        if (!added) at->second = std::max(at->second, *floor.protection);
        if (rule.protection.given) at->second = std::min(at->second, *rule.protection);
      }
    }
  }
  if (source.own != nullptr)
    for (const config::FloorEntry& floor : source.own->floors)
      for (const std::uint16_t opnum : *floor.opnums) floors[opnum] = *floor.protection;
  for (const auto& [opnum, floor] : floors) grant.opnum_floors.push_back({opnum, floor});
}

void set_anonymous(const Sources& source, const config::Publish& rule, Grant& grant) {
  if (source.own != nullptr && source.own->anonymous.given)
    grant.anonymous = *source.own->anonymous;
  else if (rule.anonymous.given)
    grant.anonymous = *rule.anonymous;
  else
    grant.anonymous = std::any_of(source.packs.begin(), source.packs.end(),
                                  [](const auto& from) { return *from.second->anonymous; });
}

std::string describe(const Sources& source, bool any) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (source.own != nullptr) add("its [[publish.interface]]");
  for (const auto& [pack, entry] : source.packs) add("pack " + *pack->name);
  if (source.listed) add("its interfaces");
  if (any && text.empty()) add("interfaces = any");
  if (!source.technique_names.empty()) add("deny " + source.technique_names);
  return text;
}

// In a deny rule every list says what is denied, techniques too.
Grant deny_grant(const Sources& source) {
  Grant grant;
  for (const auto& [pack, entry] : source.packs) grant.matched.add(opnums_of(*entry));
  if (source.listed) grant.matched = OpnumSet::everything();
  if (source.own != nullptr) grant.matched.add(opnums_of(*source.own));
  grant.matched.add(source.techniques);
  return grant;
}

}  // namespace

const config::InterfaceEntry* pack_entry(const config::Config& config, const config::Publish& rule,
                                         const InterfaceKey& key) {
  const InterfaceEntry* found = nullptr;
  for_each_pack_entry(config, rule.packs, [&](const auto&, const InterfaceEntry& entry) {
    if (key_of(entry.id) == key && (found == nullptr || *found->protection < *entry.protection))
      found = &entry;
  });
  return found;
}

RuleBody build_body(const config::Config& config, const config::Publish& rule) {
  RuleBody body;
  if (!rule.has_rpc()) return body;
  const bool deny = *rule.action == Action::deny;
  const bool lists_some = rule.packs.given || rule.interfaces.given || rule.deny.given ||
                          !rule.interface_entries.empty();
  body.any = is_any(rule) || (deny && !lists_some);
  body.any_grant.name = "any";
  body.any_grant.from = "interfaces = any";
  body.any_grant.matched = OpnumSet::everything();
  body.any_grant.floor = rule.protection.given ? *rule.protection : Protection::privacy;
  body.any_grant.anonymous = *rule.anonymous;
  for (const auto& [key, source] : gather(config, rule)) {
    if (deny && body.any) break;  // everything is denied already
    Grant grant;
    if (deny) {
      grant = deny_grant(source);
    } else {
      set_opnums(source, body.any, grant);
      set_floors(source, rule, grant);
      set_anonymous(source, rule, grant);
    }
    grant.key = key;
    grant.name = source.name;
    grant.from = describe(source, body.any);
    body.grants.push_back(std::move(grant));
  }
  return body;
}

}  // namespace rpcgate::policy
