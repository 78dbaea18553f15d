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
  OpnumSet denied;                      // by packs of `deny`
  std::vector<Technique> techniques;
  std::string denied_by;
  std::uint16_t lowest_minor = 65535;  // the widest that a source says
  std::uint16_t highest_minor = 0;
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
bool refuses_referrals(const config::Rule& rule, const config::Pack& pack) {
  const auto& word = rule.referrals.given ? rule.referrals : pack.referrals;
  return *rule.action != Action::deny && *word == config::Referrals::refuse;
}

std::string technique_of(const config::Pack& pack, const config::Value<std::string>& own) {
  return own.given ? *own : *pack.technique;
}

// Calls use(sources) for every major version of a range.
template <class Use>
void for_each_major(SourcesByKey& sources, const dcerpc::Uuid& uuid,
                    const config::VersionRange& versions, const std::string& name, Use&& use) {
  for (std::uint32_t major = versions.low_major; major <= versions.high_major; ++major) {
    Sources& found = sources[{uuid, static_cast<std::uint16_t>(major)}];
    if (found.name.empty()) found.name = name;
    const std::uint16_t low = major == versions.low_major ? versions.low_minor : std::uint16_t{0};
    const std::uint16_t high =
        major == versions.high_major ? versions.high_minor : std::uint16_t{65535};
    found.lowest_minor = std::min(found.lowest_minor, low);
    found.highest_minor = std::max(found.highest_minor, high);
    use(found);
  }
}

SourcesByKey gather(const config::Config& config, const config::Rule& rule) {
  SourcesByKey sources;
  for_each_pack_entry(config, rule.packs, [&](const auto& pack, const InterfaceEntry& entry) {
    if (key_of(entry.id) == referrals_key && refuses_referrals(rule, pack)) return;
    for_each_major(sources, entry.id.uuid, *entry.versions, *entry.name,
                   [&](Sources& found) { found.packs.emplace_back(&pack, &entry); });
  });
  for (const auto& item : *rule.interfaces)
    if (item->resolved)
      for_each_major(sources, item->id.uuid, item->versions, item->text,
                     [](Sources& found) { found.listed = true; });
  for (const InterfaceEntry& entry : rule.interface_entries)
    if (entry.resolved)
      for_each_major(sources, entry.id.uuid, *entry.versions, *entry.name,
                     [&](Sources& found) { found.own = &entry; });
  for_each_pack_entry(config, rule.deny, [&](const auto& pack, const InterfaceEntry& entry) {
    for_each_major(sources, entry.id.uuid, *entry.versions, *entry.name, [&](Sources& found) {
      found.denied.add(opnums_of(entry));
      found.techniques.push_back({opnums_of(entry), technique_of(pack, entry.technique)});
      found.denied_by += (found.denied_by.empty() ? "" : ", ") + *pack.name;
    });
  });
  return sources;
}

// What denies goes before what grants.
void add_class(RuleBody& body, ClassGrant entry) {
  const auto at = std::find_if(body.classes.begin(), body.classes.end(),
                               [&](const ClassGrant& known) { return known.id == entry.id; });
  if (at == body.classes.end())
    body.classes.push_back(std::move(entry));
  else if (entry.denied && !at->denied)
    *at = std::move(entry);
}

void set_classes(const config::Config& config, const config::Rule& rule, RuleBody& body) {
  const bool deny = *rule.action == Action::deny;
  for (const auto& name : *rule.packs)
    if (const config::Pack* pack = config.pack(*name))
      for (const config::ClassEntry& entry : pack->classes)
        if (entry.resolved) add_class(body, {entry.id, *entry.name, deny, {}});
  for (const auto& item : *rule.classes) {
    if (item->any) body.any_class = true;
    if (item->resolved) add_class(body, {item->id, item->text, deny, {}});
  }
  for (const auto& name : *rule.deny)
    if (const config::Pack* pack = config.pack(*name))
      for (const config::ClassEntry& entry : pack->classes)
        if (entry.resolved)
          add_class(body, {entry.id, *entry.name, true, technique_of(*pack, entry.technique)});
  // Who may reach every interface may activate every class.
  body.any_class = !deny && (body.any_class || (body.any && !rule.classes.given));
  std::sort(body.classes.begin(), body.classes.end(),
            [](const ClassGrant& a, const ClassGrant& b) { return a.id < b.id; });
}

bool is_any(const config::Rule& rule) {
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
  denied.add(source.denied);
  grant.denied = std::move(denied);
}

void set_floors(const Sources& source, const config::Rule& rule, Grant& grant) {
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

void set_callbacks(const Sources& source, Grant& grant) {
  if (source.own != nullptr && source.own->callbacks.given)
    grant.callbacks = *source.own->callbacks;
  else
    grant.callbacks = std::any_of(source.packs.begin(), source.packs.end(),
                                  [](const auto& from) { return *from.second->callbacks; });
}

void set_anonymous(const Sources& source, const config::Rule& rule, Grant& grant) {
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
  if (!source.denied_by.empty()) add("deny " + source.denied_by);
  return text;
}

// In a deny rule every list says what is denied, techniques too.
Grant deny_grant(const Sources& source) {
  Grant grant;
  for (const auto& [pack, entry] : source.packs) grant.matched.add(opnums_of(*entry));
  if (source.listed) grant.matched = OpnumSet::everything();
  if (source.own != nullptr) grant.matched.add(opnums_of(*source.own));
  grant.matched.add(source.denied);
  return grant;
}

// Of interfaces that no pack speaks of.
Protection default_floor(const config::Rule& rule) {
  if (rule.protection.given) return *rule.protection;
  return *rule.action == Action::learn ? Protection::none : Protection::privacy;
}

// A rule that lists nothing speaks of everything, where that is what its action is for.
bool speaks_of_any(const config::Rule& rule) {
  if (is_any(rule)) return true;
  const bool grants_some =
      rule.packs.given || rule.interfaces.given || !rule.interface_entries.empty();
  if (*rule.action == Action::deny) return !grants_some && !rule.deny.given;
  return *rule.action == Action::learn && !grants_some;
}

}  // namespace

const config::InterfaceEntry* pack_entry(const config::Config& config, const config::Rule& rule,
                                         const InterfaceKey& key) {
  const InterfaceEntry* found = nullptr;
  for_each_pack_entry(config, rule.packs, [&](const auto&, const InterfaceEntry& entry) {
    if (key_of(entry.id) == key && (found == nullptr || *found->protection < *entry.protection))
      found = &entry;
  });
  return found;
}

RuleBody build_body(const config::Config& config, const config::Rule& rule) {
  RuleBody body;
  if (!rule.has_rpc()) return body;
  const bool deny = *rule.action == Action::deny;
  body.any = speaks_of_any(rule);
  body.any_grant.name = "any";
  body.any_grant.from = "interfaces = any";
  body.any_grant.matched = OpnumSet::everything();
  body.any_grant.floor = default_floor(rule);
  body.any_grant.callbacks = *rule.action == Action::learn;
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
      set_callbacks(source, grant);
    }
    grant.key = key;
    grant.name = source.name;
    grant.lowest_minor = source.lowest_minor;
    grant.highest_minor = source.highest_minor;
    grant.techniques = source.techniques;
    grant.from = describe(source, body.any);
    body.grants.push_back(std::move(grant));
  }
  set_classes(config, rule, body);
  return body;
}

}  // namespace rpcgate::policy
