// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A story for programs.
#include <nlohmann/json.hpp>

#include "control/explain/phrases.hpp"
#include "control/explain/story.hpp"
#include "dcerpc/interfaces.hpp"
#include "event/event_json.hpp"

namespace rpcgate::control {
namespace {

using nlohmann::ordered_json;

ordered_json interface_json(const dcerpc::InterfaceId& interface) {
  ordered_json object;
  object["uuid"] = interface.uuid.to_string();
  object["version"] = std::to_string(interface.major) + '.' + std::to_string(interface.minor);
  const auto name = dcerpc::interface_name(interface);
  if (!name.empty()) object["name"] = name;
  return object;
}

ordered_json fact_json(const Fact& fact) {
  const event::Event& e = fact.event;
  ordered_json row;
  row["event"] = event::name_of(e.kind);
  row["action"] = event::name_of(e.action);
  if (e.reason != stats::Reason::none) row["reason"] = stats::name_of(e.reason);
  row["by"] = fact.rule;
  row["times"] = fact.times;
  row["first"] = event::to_rfc3339(e.time);
  row["last"] = event::to_rfc3339(fact.last);
  if (e.outer_port != 0) row["outer_port"] = e.outer_port;
  if (e.has_opnum) row["opnum"] = e.opnum;
  if (!e.technique.empty()) row["technique"] = e.technique.view();
  row["asked"] = fact.asked;
  row["decided"] = fact.decided;
  if (!fact.why.empty()) row["why"] = fact.why;
  if (!fact.to_do.empty()) row["do"] = fact.to_do;
  return row;
}

ordered_json subject_json(const Subject& subject) {
  ordered_json row;
  if (subject.has_interface) row["interface"] = interface_json(subject.interface);
  row["granted"] = subject.granted;
  row["refused"] = subject.refused;
  row["facts"] = ordered_json::array();
  for (const Fact& fact : subject.facts) row["facts"].push_back(fact_json(fact));
  return row;
}

ordered_json server_json(const ServerPart& part) {
  ordered_json row;
  row["outer"] = part.outer.to_string();
  if (!part.server.is_unspecified()) row["server"] = part.server.to_string();
  row["interfaces"] = ordered_json::array();
  for (const Subject& subject : part.subjects) row["interfaces"].push_back(subject_json(subject));
  return row;
}

ordered_json pinhole_json(const LivePinhole& pinhole) {
  ordered_json row;
  row["pinhole"] = pinhole.id;
  row["outer"] = pinhole.outer.to_string();
  row["outer_port"] = pinhole.outer_port;
  row["server"] = pinhole.server.address.to_string();
  row["server_port"] = pinhole.server.port;
  row["rule"] = pinhole.rule;
  row["interfaces"] = ordered_json::array();
  for (const auto& interface : pinhole.interfaces)
    row["interfaces"].push_back(interface_json(interface));
  row["connections"] = pinhole.connections;
  row["age"] = pinhole.age;
  row["expires_in"] = pinhole.left;
  return row;
}

ordered_json flow_json(const LiveFlow& flow) {
  return {{"flow", flow.id},
          {"kind", flow.kind},
          {"state", flow.state},
          {"client_port", flow.client_port},
          {"outer", flow.outer.address.to_string()},
          {"outer_port", flow.outer.port},
          {"server", flow.server.address.to_string()},
          {"server_port", flow.server.port},
          {"rule", flow.rule},
          {"bytes", flow.bytes},
          {"age", flow.age}};
}

ordered_json session_json(const LiveSession& session) {
  return {{"outer", session.outer.to_string()},
          {"server", session.server.to_string()},
          {"rule", session.rule},
          {"registrations", session.registrations},
          {"passed", session.passed},
          {"age", session.age}};
}

ordered_json rule_json(const NamingRule& rule) {
  return {{"rule", rule.name},
          {"action", rule.allows ? "allow" : "deny"},
          {"outbound", rule.outbound},
          {"holds", rule.holds},
          {"addresses", rule.addresses},
          {"services", rule.services},
          {"interfaces", rule.interfaces}};
}

template <class Items, class ToJson>
ordered_json list_of(const Items& items, ToJson to_json) {
  ordered_json list = ordered_json::array();
  for (const auto& item : items) list.push_back(to_json(item));
  return list;
}

}  // namespace

ordered_json story_json(const ClientView& view, const Story& story) {
  ordered_json row;
  row["client"] = view.client.to_string();
  row["verdict"] = story.verdict;
  row["events"] = view.events.size();
  row["forgotten"] = view.forgotten;
  row["servers"] = list_of(story.servers, server_json);
  row["pinholes"] = list_of(view.pinholes, pinhole_json);
  row["flows"] = list_of(view.flows, flow_json);
  row["notifications"] = list_of(view.sessions, session_json);
  row["rules"] = list_of(story.rules, rule_json);
  row["text"] = story_text(view, story);
  return row;
}

}  // namespace rpcgate::control
