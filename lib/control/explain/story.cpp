// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Gathers a client's events by server and interface, and equal ones into one fact.
#include "control/explain/story.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "policy/rule.hpp"

namespace rpcgate::control {
namespace {

using event::Event;
using event::Kind;
using stats::Reason;

constexpr bool has_port(Kind kind) noexcept {
  return kind == Kind::pinhole_opened || kind == Kind::pinhole_used ||
         kind == Kind::pinhole_closed || kind == Kind::connection_refused ||
         kind == Kind::connection_reset || kind == Kind::limit_reached;
}

bool says_the_same(const Fact& a, const Fact& b) {
  const Event& x = a.event;
  const Event& y = b.event;
  return x.kind == y.kind && x.action == y.action && x.reason == y.reason && a.rule == b.rule &&
         x.technique == y.technique && x.protection == y.protection && a.asked == b.asked &&
         (!has_port(x.kind) || x.outer_port == y.outer_port);
}

class Gathering {
 public:
  explicit Gathering(const ClientView& view) : view_(view) {
    for (const auto& [event, rule] : view.events)
      if (event.pinhole != 0 && event.has_interface)
        of_pinhole_.emplace(event.pinhole, event.interface);
    for (const auto& pinhole : view.pinholes)
      if (!pinhole.interfaces.empty()) of_pinhole_.emplace(pinhole.id, pinhole.interfaces.front());
  }

  void take(const EventRecord& record) {
    if (carries_out_a_refusal(record.event)) return;
    Event event = record.event;
    find_interface(event);
    Subject& subject = subject_of(part_of(event), event);
    note_outcome(subject, event);
    Fact fact = make_fact(view_, {event, record.rule_name});
    for (Fact& known : subject.facts) {
      if (!says_the_same(known, fact)) continue;
      ++known.times;
      known.last = event.time;
      return;
    }
    subject.facts.push_back(std::move(fact));
  }

  std::vector<ServerPart> parts() {
    for (ServerPart& part : parts_)
      for (Subject& subject : part.subjects)
        for (Fact& fact : subject.facts) explain_fact(view_, fact);
    return std::move(parts_);
  }

 private:
  // The reset by which a refusal is carried out tells nothing new.
  bool carries_out_a_refusal(const Event& event) {
    if (event.flow == 0 || event.reason == Reason::none) return false;
    const auto found = refused_on_.find(event.flow);
    if (event.kind == Kind::connection_reset)
      return found != refused_on_.end() && found->second == event.reason;
    refused_on_[event.flow] = event.reason;
    return false;
  }

  void find_interface(Event& event) const {
    const auto found = event.has_interface ? of_pinhole_.end() : of_pinhole_.find(event.pinhole);
    if (found == of_pinhole_.end()) return;
    event.has_interface = true;
    event.interface = found->second;
  }

  wire::IpAddress server_of(const Event& event) const {
    if (!event.server.is_unspecified()) return event.server;
    const policy::Rule* rule = view_.rules.rule(event.rule);
    if (rule != nullptr) return rule->server_of({event.client, event.outer, rule->outbound});
    for (const ServerPart& part : parts_)
      if (part.outer == event.outer) return part.server;
    return {};
  }

  ServerPart& part_of(const Event& event) {
    const wire::IpAddress server = server_of(event);
    for (ServerPart& part : parts_)
      if (part.outer == event.outer && part.server == server) return part;
    return parts_.emplace_back(ServerPart{event.outer, server, {}});
  }

  static Subject& subject_of(ServerPart& part, const Event& event) {
    for (Subject& subject : part.subjects)
      if (subject.has_interface == event.has_interface &&
          (!event.has_interface || same_interface(subject.interface, event.interface)))
        return subject;
    return part.subjects.emplace_back(
        Subject{event.has_interface, event.interface, false, false, {}});
  }

  static void note_outcome(Subject& subject, const Event& event) {
    if (event.kind == Kind::map_allowed || event.kind == Kind::pinhole_opened ||
        event.kind == Kind::bind_allowed) {
      subject.granted = true;
      subject.refused = false;
    } else if (event.kind == Kind::map_refused || event.kind == Kind::bind_refused) {
      subject.granted = false;
      subject.refused = true;
    }
  }

  const ClientView& view_;
  std::vector<ServerPart> parts_;
  std::map<std::uint64_t, dcerpc::InterfaceId> of_pinhole_;
  std::map<std::uint64_t, Reason> refused_on_;  // by connection
};

}  // namespace

Story tell_story(const ClientView& view) {
  Story story;
  Gathering gathering(view);
  for (const EventRecord& record : view.events) gathering.take(record);
  story.servers = gathering.parts();
  story.rules = rules_that_name(view.rules, view.client);
  story.verdict = verdict_of(view, story);
  return story;
}

}  // namespace rpcgate::control
