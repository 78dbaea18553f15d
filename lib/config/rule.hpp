// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A rule as it was written, and what it is made of: interfaces, packs, classes, schedules.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/limits.hpp"
#include "config/value.hpp"
#include "config/words.hpp"
#include "dcerpc/uuid.hpp"
#include "wire/address.hpp"

namespace rpcgate::config {

// Some opnums of an interface and the least protection they need.
struct FloorEntry {
  Position at;
  Value<std::vector<std::uint16_t>> opnums;
  Value<Protection> protection{Protection::privacy};
  Value<std::string> why;
};

// Versions of an interface, both ends included, compared as pairs of major and minor.
struct VersionRange {
  std::uint16_t low_major = 0;
  std::uint16_t low_minor = 0;
  std::uint16_t high_major = 0;
  std::uint16_t high_minor = 65535;
  static constexpr VersionRange of_major(std::uint16_t major) noexcept {
    return {major, 0, major, 65535};
  }
};
inline constexpr unsigned most_majors = 16;  // that one range may hold

// An interface in a pack or below a rule.
struct InterfaceEntry {
  Position at;
  Value<std::string> name;  // as written, or the known name of the UUID, or the UUID's text
  Value<std::string> uuid;
  Value<std::uint16_t> version{0};  // major
  bool resolved = false;
  dcerpc::InterfaceId id;  // when resolved: the lowest version
  Value<VersionRange> versions{};
  Value<std::vector<std::uint16_t>> opnums;  // given: only these
  Value<std::vector<std::uint16_t>> deny_opnums;
  Value<Protection> protection{Protection::privacy};
  Value<bool> anonymous{false};
  Value<bool> callbacks{false};
  Value<std::string> technique;
  Value<std::string> why;
  std::vector<FloorEntry> floors;
};

// A class of DCOM in a pack.
struct ClassEntry {
  Position at;
  Value<std::string> name;
  Value<std::string> clsid;
  Value<std::string> technique;
  Value<std::string> why;
  bool resolved = false;
  dcerpc::Uuid id;
};

struct Pack {
  Position at;
  Value<std::string> name;
  Value<std::string> title;
  Value<PackUse> use{PackUse::grant};
  Value<Referrals> referrals{Referrals::allow};
  Value<std::string> technique;  // of MITRE ATT&CK, such as T1003.006
  std::vector<InterfaceEntry> interfaces;
  std::vector<ClassEntry> classes;
};

struct TimeOfDay {
  std::uint16_t minutes = 0;  // since midnight; 1440: the midnight that ends the day
  friend constexpr bool operator==(const TimeOfDay&, const TimeOfDay&) = default;
};

// When a rule holds.
struct Schedule {
  Position at;
  Value<std::string> name;
  Value<std::vector<Value<Weekday>>> days;  // not given: every day
  Value<TimeOfDay> from{};
  Value<TimeOfDay> to{TimeOfDay{1440}};  // not later than `from`: of the next day
  Value<std::string> timezone{"UTC"};
  Value<Duration> grace{Duration{0}};
};

// An element of `clients`: "any", a client set's name or a prefix; and of `interfaces`.
struct ClientRef {
  std::string text;
  std::vector<wire::Prefix> prefixes;  // resolved
};
struct InterfaceRef {
  std::string text;
  bool any = false;
  bool resolved = false;
  dcerpc::InterfaceId id;  // when resolved
  VersionRange versions;
};

// An element of `classes`: "any", a name that a pack gives, or a UUID.
struct ClassRef {
  std::string text;
  bool any = false;
  bool resolved = false;
  dcerpc::Uuid id;
};

// An address, or "none": clients are seen by their own.
struct SourceNat {
  bool given = false;
  wire::IpAddress address;
};

// An element of `services`. `rpc` alone has no port here.
struct ServiceRef {
  std::string text;
  bool rpc = false;
  struct Port {
    wire::Protocol protocol{};
    wire::L4Port port = 0;
  };
  std::vector<Port> ports;
};

struct PortRange {
  wire::L4Port low = 0;
  wire::L4Port high = 0;
  bool contains(wire::L4Port port) const noexcept { return low <= port && port <= high; }
};

// [[publish]] or [[outbound]].
struct Rule {
  Position at;
  bool outbound = false;
  Value<std::string> name;
  Value<Action> action{Action::allow};
  Value<std::vector<Value<ClientRef>>> clients;
  Value<wire::IpAddress> outer;
  Value<wire::IpAddress> server;
  Value<std::vector<Value<wire::IpAddress>>> also;
  Value<Mode> mode{Mode::nat};
  Value<std::vector<Value<ClientRef>>> to;         // outbound: servers elsewhere
  Value<SourceNat> source_nat{};                   // outbound: whose name clients go out in
  Value<std::vector<Value<ServiceRef>>> services;  // not given: rpc
  Value<std::vector<Value<std::string>>> packs;
  Value<std::vector<Value<std::string>>> deny;
  Value<std::vector<Value<InterfaceRef>>> interfaces;
  std::vector<InterfaceEntry> interface_entries;  // [[publish.interface]]
  Value<Protection> protection{Protection::privacy};
  Value<bool> anonymous{false};
  Value<std::vector<Value<Mechanism>>> authentication;  // not given: any
  Value<std::vector<Value<ClassRef>>> classes;
  Value<bool> sealed_activation{false};
  Value<Notifications> notifications{Notifications::window};
  Value<std::vector<Value<PortRange>>> notification_ports;  // where `notifications` is `ports`
  Value<Referrals> referrals{Referrals::allow};             // not given: the pack's
  Value<std::string> schedule{"always"};
  Value<Refuse> refuse{Refuse::rpc_error};
  Value<std::uint16_t> mapper_port{135};
  Value<MapperLookup> mapper_lookup{MapperLookup::refuse};
  Value<MapperAuthentication> mapper_authentication{MapperAuthentication::read};
  Value<std::vector<Value<PortRange>>> outer_ports;  // not given: 49152-65535
  Value<std::vector<Value<std::uint16_t>>> static_ports;
  Limits limits;       // the file's, with this rule's own on top
  Position limits_at;  // of the rule's own `limits`

  bool has_rpc() const noexcept;
};

}  // namespace rpcgate::config
