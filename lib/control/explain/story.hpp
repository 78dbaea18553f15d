// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What became of one client, told to a network engineer: `rpcgate explain`. Pure: made of the
// client's events, what is open for it, the rules and the time, of nothing else.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "control/client_events.hpp"
#include "policy/snapshot.hpp"

namespace rpcgate::control {

struct LivePinhole {
  std::uint64_t id = 0;
  wire::IpAddress outer;
  wire::L4Port outer_port = 0;
  wire::Endpoint server;
  std::string rule;
  std::vector<dcerpc::InterfaceId> interfaces;
  std::uint32_t connections = 0;
  std::uint64_t connections_ever = 0;
  std::int64_t age = 0;   // seconds
  std::int64_t left = 0;  // seconds, while no connection is open
};

struct LiveFlow {
  std::uint64_t id = 0;
  wire::L4Port client_port = 0;
  wire::Endpoint outer;
  wire::Endpoint server;
  std::string rule;
  std::string kind;   // "mapper", "rpc", "plain"
  std::string state;  // "established", ...
  std::uint64_t bytes = 0;
  std::int64_t age = 0;
};

struct LiveSession {
  wire::IpAddress outer;
  wire::IpAddress server;
  std::string rule;
  std::uint64_t registrations = 0;
  std::uint64_t passed = 0;
  std::int64_t age = 0;
};

struct ClientView {
  wire::IpAddress client;
  std::span<const EventRecord> events;  // in the order of time
  std::uint64_t forgotten = 0;          // older ones
  std::vector<LivePinhole> pinholes;
  std::vector<LiveFlow> flows;
  std::vector<LiveSession> sessions;
  const policy::Snapshot& rules;
  Instant now{};
};

// Equal events, told once.
struct Fact {
  event::Event event;  // the first
  std::string rule;    // "rule 'dc'"
  std::uint64_t times = 1;
  Instant last{};
  std::string asked;    // "asked the mapper for it"
  std::string decided;  // "refused by rule 'dc' with an RPC error"
  std::string why;      // of a refusal
  std::string to_do;
};

// An interface that was spoken of, or what belongs to none.
struct Subject {
  bool has_interface = false;
  dcerpc::InterfaceId interface;
  bool granted = false;  // at last
  bool refused = false;  // the interface itself, at last
  std::vector<Fact> facts;
};

struct ServerPart {
  wire::IpAddress outer;   // that the client dialled
  wire::IpAddress server;  // unspecified: not known
  std::vector<Subject> subjects;
};

// A rule of those in force that names the client.
struct NamingRule {
  std::string name;
  bool allows = true;
  bool outbound = false;
  bool holds = true;      // by its schedule
  std::string addresses;  // "198.51.100.1 for server 10.10.0.10"
  std::string services;   // "endpoint mapper 135, rpc 6001, TCP 88"
  std::string interfaces;
};

struct Story {
  std::vector<ServerPart> servers;
  std::vector<NamingRule> rules;
  std::string verdict;
};

Story tell_story(const ClientView& view);

// Its parts.
Fact make_fact(const ClientView& view, const EventRecord& record);  // fact.cpp
void explain_fact(const ClientView& view, Fact& fact);              // once all are gathered
std::vector<NamingRule> rules_that_name(const policy::Snapshot& rules,
                                        const wire::IpAddress& client);  // naming_rules.cpp
std::string verdict_of(const ClientView& view, const Story& story);      // verdict.cpp

std::string story_text(const ClientView& view, const Story& story);
nlohmann::ordered_json story_json(const ClientView& view, const Story& story);

}  // namespace rpcgate::control
