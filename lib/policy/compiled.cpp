// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "policy/compiled.hpp"

#include <algorithm>

namespace rpcgate::policy {

OpnumSet OpnumSet::of(const std::vector<std::uint16_t>& opnums) {
  OpnumSet set;
  for (const std::uint16_t opnum : opnums) {
    const std::size_t word = opnum / 64u;
    if (word >= set.words_.size()) set.words_.resize(word + 1);
    set.words_[word] |= std::uint64_t{1} << (opnum % 64u);
  }
  return set;
}

void OpnumSet::trim() {
  while (!words_.empty() && words_.back() == 0) words_.pop_back();
}

void OpnumSet::add(const OpnumSet& other) {
  all_ = all_ || other.all_;
  if (all_) {
    words_.clear();
    return;
  }
  if (words_.size() < other.words_.size()) words_.resize(other.words_.size());
  for (std::size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
}

void OpnumSet::remove(const OpnumSet& other) {
  if (other.all_) {
    *this = OpnumSet{};
    return;
  }
  if (all_) {  // from here on it is a list
    all_ = false;
    words_.assign(65536 / 64, ~std::uint64_t{0});
  }
  for (std::size_t i = 0; i < std::min(words_.size(), other.words_.size()); ++i)
    words_[i] &= ~other.words_[i];
  trim();
}

bool OpnumSet::covers(const OpnumSet& other) const noexcept {
  if (all_) return true;
  if (other.all_) return false;
  for (std::size_t i = 0; i < other.words_.size(); ++i) {
    const std::uint64_t mine = i < words_.size() ? words_[i] : 0;
    if ((other.words_[i] & ~mine) != 0) return false;
  }
  return true;
}

bool OpnumSet::overlaps(const OpnumSet& other) const noexcept {
  if (all_) return !other.empty();
  if (other.all_) return !empty();
  for (std::size_t i = 0; i < std::min(words_.size(), other.words_.size()); ++i)
    if ((words_[i] & other.words_[i]) != 0) return true;
  return false;
}

std::string OpnumSet::to_string() const {
  if (all_) return "all";
  std::string text;
  const std::uint32_t end = static_cast<std::uint32_t>(words_.size()) * 64;
  for (std::uint32_t low = 0; low < end; ++low) {
    if (!contains(static_cast<std::uint16_t>(low))) continue;
    std::uint32_t high = low;
    while (high + 1 < end && contains(static_cast<std::uint16_t>(high + 1))) ++high;
    text += (text.empty() ? "" : ", ") + std::to_string(low);
    if (high > low) text += (high == low + 1 ? ", " : "-") + std::to_string(high);
    low = high;
  }
  return text.empty() ? "none" : text;
}

Protection Grant::floor_of(std::uint16_t opnum) const noexcept {
  const auto at = std::lower_bound(
      opnum_floors.begin(), opnum_floors.end(), opnum,
      [](const OpnumFloor& entry, std::uint16_t wanted) { return entry.opnum < wanted; });
  return at != opnum_floors.end() && at->opnum == opnum ? at->floor : floor;
}

const Grant* RuleBody::find(const InterfaceKey& key) const noexcept {
  const auto at =
      std::lower_bound(grants.begin(), grants.end(), key,
                       [](const Grant& grant, const InterfaceKey& k) { return grant.key < k; });
  return at != grants.end() && at->key == key ? &*at : nullptr;
}

bool RuleBody::knows_uuid(const dcerpc::Uuid& uuid) const noexcept {
  const auto at =
      std::lower_bound(grants.begin(), grants.end(), InterfaceKey{uuid, 0},
                       [](const Grant& grant, const InterfaceKey& k) { return grant.key < k; });
  // What only a technique names is not granted in any version.
  return std::any_of(at, grants.end(), [&](const Grant& grant) {
    return grant.key.uuid == uuid && !grant.matched.empty();
  });
}

Match match_interface(Action action, const Grant* grant) noexcept {
  if (grant == nullptr) return Match::no;
  // A deny rule decides of an interface only where it denies all of it: else its requests are
  // judged one by one.
  if (action == Action::deny) return grant->matched.all() ? Match::denies : Match::no;
  if (grant->denied.all()) return Match::denies;
  return grant->matched.empty() ? Match::no : Match::grants;
}

Match match_request(Action action, const Grant* grant, std::uint16_t opnum) noexcept {
  if (grant == nullptr) return Match::no;
  if (action == Action::allow && grant->denied.contains(opnum)) return Match::denies;
  if (!grant->matched.contains(opnum)) return Match::no;
  return action == Action::allow ? Match::grants : Match::denies;
}

Service service_of(const Rule& rule, wire::Protocol protocol, wire::L4Port port) noexcept {
  if (rule.rpc && protocol == wire::Protocol::tcp) {
    if (port == rule.mapper_port) return Service::mapper;
    if (std::find(rule.static_ports.begin(), rule.static_ports.end(), port) !=
        rule.static_ports.end())
      return Service::rpc;
  }
  for (const PlainService& service : rule.plain)
    if (service.protocol == protocol && service.port == port) return Service::plain;
  return Service::none;
}

std::span<const std::uint32_t> Compiled::rules_of(const Scope& scope) const noexcept {
  if (scope.outbound) {
    const auto by_client = outbound_by_client.of(scope.client);
    const auto by_server = outbound_by_server.of(scope.outer);
    return by_client.size() <= by_server.size() ? by_client : by_server;
  }
  const auto at = std::lower_bound(
      by_outer.begin(), by_outer.end(), scope.outer,
      [](const OuterRules& entry, const wire::IpAddress& wanted) { return entry.outer < wanted; });
  if (at == by_outer.end() || at->outer != scope.outer) return {};
  return at->by_client.of(scope.client);
}

std::string_view Grant::technique_of(std::uint16_t opnum) const noexcept {
  for (const Technique& technique : techniques)
    if (technique.opnums.contains(opnum)) return technique.name;
  return {};
}

std::string_view Grant::technique_of_all() const noexcept {
  for (const Technique& technique : techniques)
    if (technique.opnums.all()) return technique.name;
  return {};
}

const ClassGrant* RuleBody::find_class(const dcerpc::Uuid& id) const noexcept {
  const auto at = std::lower_bound(
      classes.begin(), classes.end(), id,
      [](const ClassGrant& entry, const dcerpc::Uuid& wanted) { return entry.id < wanted; });
  return at != classes.end() && at->id == id ? &*at : nullptr;
}

bool is_endpoint_mapper(const dcerpc::Uuid& uuid) noexcept {
  return uuid == dcerpc::ids::epmapper.uuid;
}

}  // namespace rpcgate::policy
