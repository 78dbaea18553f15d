// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// One event: fixed size, trivially copyable, made by workers and told by the control core. The
// fields are those of docs/reference/events.md; a field that does not apply stays at its default
// and is left out of the JSON line.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.hpp"
#include "base/fixed_string.hpp"
#include "base/spsc_queue.hpp"
#include "dcerpc/uuid.hpp"
#include "stats/counters.hpp"
#include "wire/address.hpp"

namespace rpcgate::event {

#define RPCGATE_EVENT(name, help) name,
enum class Kind : std::uint8_t {
#include "event/events.def"
};
#undef RPCGATE_EVENT

enum class Action : std::uint8_t { passed, rpc_error, reset, dropped };

struct Event {
  Instant time{};
  Kind kind{};
  Action action = Action::passed;
  stats::Reason reason = stats::Reason::none;
  std::uint8_t protection = 0;  // MS-RPCE level, 0: does not apply
  bool has_opnum = false;
  bool has_interface = false;
  bool has_class = false;
  std::uint8_t protocol = 0;  // IP's number of a connection's, 0: TCP, as RPC's
  std::uint16_t opnum = 0;
  std::uint32_t rule = 0;  // policy::RuleId, 0: none
  wire::L4Port client_port = 0;
  wire::L4Port server_port = 0;
  wire::L4Port outer_port = 0;
  wire::IpAddress client;
  wire::IpAddress outer;
  wire::IpAddress server;
  std::uint64_t pinhole = 0;  // joins the events of one pinhole
  std::uint64_t flow = 0;     // joins the events of one connection
  std::uint64_t bytes = 0;
  Duration duration{};
  dcerpc::InterfaceId interface;
  dcerpc::Uuid clsid;
  FixedString<64> user;       // DOMAIN\user@workstation, as the caller said
  FixedString<64> service;    // that the caller's Kerberos ticket is for
  FixedString<16> technique;  // of ATT&CK, that was refused
};

struct EventInfo {
  std::string_view name;
  std::string_view help;
};
std::string_view name_of(Kind kind) noexcept;
std::string_view name_of(Action action) noexcept;
std::span<const EventInfo> event_table() noexcept;  // by Kind

// A worker's way to tell the control core. Full: the event is lost and counted (events-lost).
using Queue = SpscQueue<Event>;

}  // namespace rpcgate::event
