// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A configuration as it was written: plain typed structs, each value with the place it stands at,
// so that errors found later can still point there. Made by load() (config/load.hpp) on the control
// core; compiled for the workers by policy::compile().
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/limits.hpp"
#include "config/rule.hpp"
#include "config/value.hpp"
#include "config/words.hpp"
#include "wire/address.hpp"

namespace rpcgate::config {

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
  Value<bool> monitor{false};                       // copies of traffic are judged, nothing is sent
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

struct Config {
  std::vector<std::string> files;  // what Position::file indexes
  Daemon daemon;
  std::vector<Port> ports;
  std::vector<ClientSet> client_sets;
  std::vector<Schedule> schedules;
  std::vector<LocalService> local_services;
  std::vector<StaticRoute> routes;
  std::vector<StaticNeighbour> neighbours;
  std::vector<Rule> rules;
  Limits limits;
  std::vector<Pack> packs;  // those that were found, by name

  const Rule* rule(std::string_view name) const noexcept;
  const Pack* pack(std::string_view name) const noexcept;
  const Schedule* schedule(std::string_view name) const noexcept;  // null: none, or "always"
};

// "file:line:column", or the file alone for a position without a line.
std::string to_string(const Config& config, const Position& at);

}  // namespace rpcgate::config
