// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A client's morning: rules, events by the second, what is open, and the story they make.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "control/explain/story.hpp"
#include "dcerpc/interfaces.hpp"
#include "policy/compile.hpp"
#include "policy/types.hpp"

namespace rpcgate::control {

inline constexpr const char* story_rules = R"(
[[port]]
name = "outer0"
zone = "outer"
device = "net_af_xdp0,iface=gw0"
networks = ["0.0.0.0/0"]
[[port]]
name = "inner0"
zone = "inner"
device = "net_af_xdp1,iface=gw1"
networks = ["10.10.0.0/24"]
[[publish]]
name = "dc"
clients = ["198.51.100.0/24"]
outer = "198.51.100.1"
server = "10.10.0.10"
services = ["rpc", "kerberos"]
interfaces = ["samr", "drsuapi"]
[[publish]]
name = "mail"
clients = ["198.51.100.10"]
outer = "198.51.100.2"
server = "10.10.0.20"
static-ports = [6001]
[[publish.interface]]
name = "emsmdb"
opnums = ["0-10"]
)";

inline wire::IpAddress address(const char* text) {
  return *wire::IpAddress::parse(text);
}

class StoryLab {
 public:
  using Kind = event::Kind;
  using Action = event::Action;
  using Reason = stats::Reason;

  StoryLab() {
    auto loaded = policy::load_text_and_compile(story_rules, "story.toml", 1);
    snapshot_ = std::move(loaded.snapshot);
  }

  // An event so many seconds after nine o'clock, by rule 'dc' of 198.51.100.1.
  event::Event at(int second, Kind kind, const char* interface = nullptr) const {
    event::Event e;
    e.time = nine + seconds{second};
    e.kind = kind;
    e.rule = policy::rule_id("dc");
    e.client = client;
    e.client_port = 50000;
    e.outer = address("198.51.100.1");
    e.outer_port = 135;
    e.server = address("10.10.0.10");
    if (interface != nullptr) {
      e.has_interface = true;
      e.interface = *dcerpc::interface_by_name(interface);
    }
    return e;
  }
  event::Event refused(int second, Kind kind, Reason reason, const char* interface = nullptr,
                       Action action = Action::rpc_error) const {
    event::Event e = at(second, kind, interface);
    e.reason = reason;
    e.action = action;
    return e;
  }
  // Of the port that pinhole 7 is.
  event::Event of_pinhole(int second, Kind kind, const char* interface = nullptr) const {
    event::Event e = at(second, kind, interface);
    e.pinhole = 7;
    e.outer_port = e.server_port = 49200;
    return e;
  }
  event::Event called(int second, Reason reason, const char* interface, std::uint16_t opnum) const {
    event::Event e = refused(second, Kind::request_refused, reason, interface);
    e.has_opnum = true;
    e.opnum = opnum;
    e.protection = 6;
    e.outer_port = 49200;
    e.pinhole = 7;
    return e;
  }
  void add(const event::Event& e, const std::string& rule = "dc") { events.push_back({e, rule}); }
  void add_granted() {
    add(at(0, Kind::map_allowed, "samr"));
    add(of_pinhole(0, Kind::pinhole_opened, "samr"));
    add(of_pinhole(1, Kind::pinhole_used));
    event::Event bound = of_pinhole(1, Kind::bind_allowed, "samr");
    bound.user.assign("CORP\\alice@WS1");
    bound.protection = 6;
    add(bound);
  }

  ClientView view() const {
    return {client, events, forgotten, pinholes, flows, sessions, *snapshot_, nine + seconds{3600}};
  }
  std::string text() const {
    const ClientView seen = view();
    return story_text(seen, tell_story(seen));
  }
  const policy::Snapshot& rules() const { return *snapshot_; }

  static constexpr Instant nine = instant_from_ns(1'772'614'800'000'000'000);  // 2026-03-04 09:00
  wire::IpAddress client = address("198.51.100.10");
  std::vector<EventRecord> events;
  std::uint64_t forgotten = 0;
  std::vector<LivePinhole> pinholes;
  std::vector<LiveFlow> flows;
  std::vector<LiveSession> sessions;

 private:
  std::unique_ptr<const policy::Snapshot> snapshot_;
};

}  // namespace rpcgate::control
