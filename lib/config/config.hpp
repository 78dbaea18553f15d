// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A configuration as it was written: plain typed structs, each value with the place it stands at,
// so that errors found later can still point there. Made by load() (config/load.hpp) on the control
// core; compiled for the workers by policy::compile().
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/limits.hpp"
#include "config/words.hpp"
#include "dcerpc/uuid.hpp"
#include "wire/address.hpp"

namespace rpcgate::config {

// Where something stands. `file` indexes Config::files; line 0: nowhere (a default).
struct Position {
  std::uint32_t file = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

template <class T>
struct Value {
  T value{};
  Position at{};
  bool given = false;  // it stands in the file; otherwise this is the default

  Value() = default;
  Value(T initial) : value(std::move(initial)) {}  // NOLINT: a default, by intent
  Value(T read, Position position) : value(std::move(read)), at(position), given(true) {}
  const T& operator*() const noexcept { return value; }
  const T* operator->() const noexcept { return &value; }
};

// An address with the length of its network: "10.0.0.1/24". `bits` counts in the 128-bit form.
struct InterfaceAddress {
  wire::IpAddress address;
  std::uint8_t bits = 128;
};

using MacAddress = std::array<std::uint8_t, 6>;

struct Daemon {
  Value<std::uint32_t> workers{1};
  Value<Idle> idle{Idle::sleep};
  Value<std::string> control_socket{"/run/rpcgate/control.sock"};
  Value<std::string> control_group{"rpcgate"};
  Value<std::string> events{"-"};  // a path, or "-": standard output
  Value<std::string> packs_dir{};  // empty: the one of the installation
  Value<std::string> user_packs_dir{"/etc/rpcgate/packs.d"};
  Value<std::uint32_t> memory_mib{256};  // what DPDK may take for packet buffers and rings
  Value<bool> hugepages{false};
  Value<std::uint32_t> mbufs{16384};
  Value<std::vector<std::string>> eal_arguments{};  // added to those the daemon makes itself
};

struct Port {
  Position at;
  Value<std::string> name;
  Value<Zone> zone;
  Value<std::string> device;  // empty only for replay
  Value<std::vector<Value<wire::Prefix>>> networks;
  Value<std::string> kernel_interface;  // empty: the device's own iface=, or none
  Value<std::uint32_t> queues{1};
  Value<std::uint32_t> tx_queues{0};  // 0: as many as `queues`
  Value<std::uint32_t> descriptors{1024};
  Value<std::uint32_t> mtu{1500};
  Value<std::vector<Value<InterfaceAddress>>> addresses;  // of the port itself, for its mirror
};
// The kernel's interface behind a port: `kernel-interface`, else iface= of the device, else empty.
std::string kernel_interface_of(const Port& port);

struct ClientSet {
  Position at;
  Value<std::string> name;
  Value<std::vector<Value<wire::Prefix>>> prefixes;
};

// A service of the box itself that the kernel keeps, on an address that rules do not publish.
struct LocalService {
  Position at;
  Value<wire::IpAddress> address;
  Value<std::uint8_t> protocol{6};  // IP protocol number
  Value<std::uint16_t> port{0};     // 0: the protocol has no ports, or all of them
};

// For ports without a kernel interface behind them.
struct StaticRoute {
  Position at;
  Value<wire::Prefix> prefix;
  Value<wire::IpAddress> via;  // unspecified: on link
  Value<std::string> port;
};
struct StaticNeighbour {
  Position at;
  Value<wire::IpAddress> address;
  Value<MacAddress> mac;
  Value<std::string> port;
};

// Some opnums of an interface and the least protection they need.
struct FloorEntry {
  Position at;
  Value<std::vector<std::uint16_t>> opnums;
  Value<Protection> protection{Protection::privacy};
  Value<std::string> why;
};

// An interface in a pack or below a rule.
struct InterfaceEntry {
  Position at;
  Value<std::string> name;  // as written, or the known name of the UUID, or the UUID's text
  Value<std::string> uuid;
  Value<std::uint16_t> version{0};  // major
  bool resolved = false;
  dcerpc::InterfaceId id;                    // when resolved; only the major version counts
  Value<std::vector<std::uint16_t>> opnums;  // given: only these
  Value<std::vector<std::uint16_t>> deny_opnums;
  Value<Protection> protection{Protection::privacy};
  Value<bool> anonymous{false};
  Value<std::string> why;
  std::vector<FloorEntry> floors;
};

struct Pack {
  Position at;
  Value<std::string> name;
  Value<std::string> title;
  Value<PackUse> use{PackUse::grant};
  Value<Referrals> referrals{Referrals::allow};
  std::vector<InterfaceEntry> interfaces;
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

struct Publish {
  Position at;
  Value<std::string> name;
  Value<Action> action{Action::allow};
  Value<std::vector<Value<ClientRef>>> clients;
  Value<wire::IpAddress> outer;
  Value<wire::IpAddress> server;
  Value<std::vector<Value<wire::IpAddress>>> also;
  Value<Mode> mode{Mode::nat};
  Value<std::vector<Value<ServiceRef>>> services;  // not given: rpc
  Value<std::vector<Value<std::string>>> packs;
  Value<std::vector<Value<std::string>>> deny;
  Value<std::vector<Value<InterfaceRef>>> interfaces;
  std::vector<InterfaceEntry> interface_entries;  // [[publish.interface]]
  Value<Protection> protection{Protection::privacy};
  Value<bool> anonymous{false};
  Value<Notifications> notifications{Notifications::window};
  Value<std::vector<Value<PortRange>>> notification_ports;  // where `notifications` is `ports`
  Value<Referrals> referrals{Referrals::allow};             // not given: the pack's
  Value<std::string> schedule{"always"};
  Value<Refuse> refuse{Refuse::rpc_error};
  Value<std::uint16_t> mapper_port{135};
  Value<std::vector<Value<PortRange>>> outer_ports;  // not given: 49152-65535
  Value<std::vector<Value<std::uint16_t>>> static_ports;
  Limits limits;       // the file's, with this rule's own on top
  Position limits_at;  // of the rule's own `limits`

  bool has_rpc() const noexcept;
};

struct Config {
  std::vector<std::string> files;  // what Position::file indexes
  Daemon daemon;
  std::vector<Port> ports;
  std::vector<ClientSet> client_sets;
  std::vector<LocalService> local_services;
  std::vector<StaticRoute> routes;
  std::vector<StaticNeighbour> neighbours;
  std::vector<Publish> publish;
  Limits limits;
  std::vector<Pack> packs;  // those that were found, by name

  const Pack* pack(std::string_view name) const noexcept;
};

// "file:line:column", or the file alone for a position without a line.
std::string to_string(const Config& config, const Position& at);

}  // namespace rpcgate::config
