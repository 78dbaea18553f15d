// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The inside of a snapshot: rules with what each grants, laid out for look-up. Built by the
// compiler, read by judging and explaining. Internal to this module.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dcerpc/uuid.hpp"
#include "policy/address_index.hpp"
#include "policy/rule.hpp"
#include "policy/types.hpp"

namespace rpcgate::policy {

// A set of opnums, all of them or some.
class OpnumSet {
 public:
  static OpnumSet everything() {
    OpnumSet set;
    set.all_ = true;
    return set;
  }
  static OpnumSet of(const std::vector<std::uint16_t>& opnums);
  bool contains(std::uint16_t opnum) const noexcept {
    if (all_) return true;
    const std::size_t word = opnum / 64u;
    return word < words_.size() && ((words_[word] >> (opnum % 64u)) & 1) != 0;
  }
  bool all() const noexcept { return all_; }
  bool empty() const noexcept { return !all_ && words_.empty(); }
  void add(const OpnumSet& other);
  void remove(const OpnumSet& other);
  bool covers(const OpnumSet& other) const noexcept;
  bool overlaps(const OpnumSet& other) const noexcept;
  std::string to_string() const;  // "all", "0, 3-5", "none"

 private:
  void trim();
  bool all_ = false;
  std::vector<std::uint64_t> words_;  // no zero words at the end
};

// What an interface is in a rule; the minor version counts where the rule says so.
using dcerpc::InterfaceKey;
using dcerpc::key_of;

// A technique of ATT&CK that a rule refuses, and by which opnums it is known.
struct Technique {
  OpnumSet opnums;
  std::string name;
};

struct OpnumFloor {
  std::uint16_t opnum = 0;
  Protection floor = Protection::privacy;
};

// What a rule says of one interface. In a deny rule `matched` is what it denies.
struct Grant {
  InterfaceKey key;
  std::string name;
  std::string from;  // "pack active-directory", "interfaces", ... for explaining
  OpnumSet matched;  // decided by the rule's action
  OpnumSet denied;   // refused although the rule allows others; decided before `matched`
  Protection floor = Protection::privacy;
  std::vector<OpnumFloor> opnum_floors;  // sorted, instead of `floor`
  bool anonymous = false;
  bool callbacks = false;
  std::uint16_t lowest_minor = 0;  // of the major version
  std::uint16_t highest_minor = 65535;
  std::vector<Technique> techniques;

  bool has_minor(std::uint16_t minor) const noexcept {
    return lowest_minor <= minor && minor <= highest_minor;
  }
  std::string_view technique_of(std::uint16_t opnum) const noexcept;
  std::string_view technique_of_all() const noexcept;
  Protection floor_of(std::uint16_t opnum) const noexcept;
};

// What a rule says of one class of DCOM.
struct ClassGrant {
  dcerpc::Uuid id;
  std::string name;
  bool denied = false;  // goes before what is granted
  std::string technique;
};

// The grants of a rule, sorted by key; its classes, by id.
struct RuleBody {
  std::vector<Grant> grants;
  std::vector<ClassGrant> classes;
  bool any_class = false;
  bool any = false;  // every interface without an entry in `grants`
  Grant any_grant;   // what they get
  const Grant* find(const InterfaceKey& key) const noexcept;
  // The entry that speaks for an interface, `any` included, or null.
  const Grant* speaks_for(const InterfaceKey& key) const noexcept {
    const Grant* grant = find(key);
    return grant != nullptr || !any ? grant : &any_grant;
  }
  const Grant* speaks_for(const dcerpc::InterfaceId& id) const noexcept {
    const Grant* grant = find(key_of(id));
    if (grant != nullptr && !grant->has_minor(id.minor)) grant = nullptr;
    return grant != nullptr || !any ? grant : &any_grant;
  }
  const ClassGrant* find_class(const dcerpc::Uuid& id) const noexcept;
  bool knows_uuid(const dcerpc::Uuid& uuid) const noexcept;  // grants it, in whatever version
};

enum class Match : std::uint8_t { no, grants, denies };
Match match_interface(Action action, const Grant* grant) noexcept;
Match match_request(Action action, const Grant* grant, std::uint16_t opnum) noexcept;

// Does a rule publish (or deny) this port, and as what?
Service service_of(const Rule& rule, wire::Protocol protocol, wire::L4Port port) noexcept;

struct Compiled {
  std::uint32_t generation = 0;
  std::vector<Rule> rules;       // in file order
  std::vector<RuleBody> bodies;  // of the rule with the same index
  struct OuterRules {
    wire::IpAddress outer;
    AddressIndex by_client;
  };
  std::vector<OuterRules> by_outer;  // publishing rules, sorted
  AddressIndex outbound_by_client;   // outbound rules
  AddressIndex outbound_by_server;
  Instant next_change = Instant::max();
  struct IdIndex {
    RuleId id;
    std::uint32_t rule;
  };
  std::vector<IdIndex> by_id;  // sorted
  struct Network {
    wire::Prefix prefix;
    int port;
  };
  std::vector<Network> networks;  // longest first
  AddressIndex networks_by_source;
  std::vector<wire::IpAddress> published;  // sorted
  Limits limits;

  // All that name the scope and perhaps others (Rule::names), in file order.
  std::span<const std::uint32_t> rules_of(const Scope& scope) const noexcept;
};

// Opnums of the endpoint mapper (C706 Appendix O; MS-RPCE 2.2.1.2): ept_map and
// ept_lookup_handle_free are what clients need.
inline constexpr std::uint16_t ept_lookup_opnum = 2;
inline constexpr std::uint16_t ept_map_opnum = 3;
inline constexpr std::uint16_t ept_lookup_handle_free_opnum = 4;

// e1af8308-5d1f-11c9-91a4-08002b14a0fa, major version 3 (C706 Appendix O).
bool is_endpoint_mapper(const dcerpc::Uuid& uuid) noexcept;
inline constexpr std::uint16_t endpoint_mapper_major = 3;

}  // namespace rpcgate::policy
