// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// One event in words: what was asked, what was decided, by which rule and why.
#include <fmt/format.h>

#include "config/words.hpp"
#include "control/explain/phrases.hpp"
#include "control/explain/reason_words.hpp"
#include "control/explain/story.hpp"
#include "dcerpc/interfaces.hpp"
#include "event/event_json.hpp"
#include "policy/rule.hpp"

namespace rpcgate::control {
namespace {

using event::Action;
using event::Event;
using event::Kind;
using stats::Reason;

std::string rule_phrase(const EventRecord& record) {
  if (!record.rule_name.empty()) return "rule '" + quiet(record.rule_name) + "'";
  if (record.event.rule != 0)
    return fmt::format("a rule that is gone (#{:08x})", record.event.rule);
  return "no rule";
}

std::string interface_of(const Event& e) {
  return e.has_interface ? interface_phrase(e.interface) : "the interface";
}

std::string call_of(const Event& e) {
  if (!e.has_opnum) return "calls of " + interface_of(e);
  const std::string opnum = fmt::format("opnum {}", e.opnum);
  return e.has_interface ? opnum + " of " + interface_phrase(e.interface) : opnum;
}

// " as CORP\alice@WS1 with privacy"
std::string caller_of(const Event& e) {
  std::string text;
  if (!e.user.empty()) text += " as " + quiet(e.user.view());
  if (!e.service.empty()) text += " with a ticket for " + quiet(e.service.view());
  if (e.protection != 0) text += ", protection " + event::protection_name(e.protection);
  return text;
}

std::string asked_of_mapper(const Event& e) {
  return e.has_interface ? "asked the mapper for it" : "called the mapper, " + call_of(e);
}

// What is said of a port.
struct PortPhrase {
  Kind kind;
  std::string_view before;
  std::string_view after;
};
constexpr PortPhrase port_phrases[] = {
    {Kind::pinhole_opened, "was told port ", " for it"},
    {Kind::pinhole_used, "connected to port ", ""},
    {Kind::pinhole_closed, "lost the right to port ", ""},
    {Kind::connection_refused, "dialled port ", ""},
    {Kind::connection_reset, "its connection to port ", " ended"},
    {Kind::limit_reached, "asked for more than a limit allows, at port ", ""},
};

std::string asked_by(const Event& e) {
  for (const auto& [kind, before, after] : port_phrases)
    if (kind == e.kind) return fmt::format("{}{}{}", before, e.outer_port, after);
  if (e.kind == Kind::map_allowed || e.kind == Kind::map_refused) return asked_of_mapper(e);
  if (e.kind == Kind::bind_allowed)
    return (e.has_interface ? "bound it" : "joined an association group") + caller_of(e);
  if (e.kind == Kind::bind_refused)
    return (e.has_interface ? "tried to bind it" : "tried to join an association group") +
           caller_of(e);
  if (e.kind == Kind::request_refused) return "called " + call_of(e) + caller_of(e);
  if (e.kind == Kind::activation_allowed || e.kind == Kind::activation_refused)
    return "asked to activate " + (e.has_class ? "class " + e.clsid.to_string() : "an object") +
           caller_of(e);
  if (e.kind == Kind::notification_armed) return "registered for notifications" + caller_of(e);
  if (e.kind == Kind::notification_passed) return "was notified by a datagram";
  return std::string(event::name_of(e.kind)) + caller_of(e);
}

std::string refused_by(Action action, const std::string& rule) {
  if (action == Action::dropped) return "dropped silently by " + rule;
  return "refused by " + rule + (action == Action::reset ? " with a reset" : " with an RPC error");
}

std::string decided_by(const Event& e, const std::string& rule) {
  const std::string reason =
      e.reason == Reason::none ? "" : " (" + std::string(stats::name_of(e.reason)) + ')';
  if (e.kind == Kind::pinhole_used || e.kind == Kind::notification_passed)
    return "let pass by " + rule;
  if (e.kind == Kind::pinhole_opened) return "opened by " + rule;
  if (e.kind == Kind::pinhole_closed) return "closed" + reason;
  if (e.kind == Kind::connection_reset)
    return (e.action == Action::dropped ? "cut silently" : "reset on both sides") + reason;
  if (e.action == Action::passed && e.reason == Reason::none) return "granted by " + rule;
  if (e.action == Action::passed) return "let pass by " + rule + reason;
  return refused_by(e.action, rule) + reason;
}

// What the rule that refused demands of the call, where it is still in force.
std::string floor_of(const ClientView& view, const Event& e) {
  if (e.reason != Reason::protection_too_low || !e.has_interface) return "more than that";
  const policy::Rule* rule = view.rules.rule(e.rule);
  const policy::Scope scope{e.client, e.outer, rule != nullptr && rule->outbound};
  const auto verdict = view.rules.judge_request(
      scope, e.interface, e.opnum, policy::Protection::none, policy::Caller::named, false);
  if (verdict.rule != e.rule || static_cast<std::uint8_t>(verdict.floor) <= e.protection)
    return "more than that";
  return std::string(config::name_of(verdict.floor));
}

// When the pinhole ended that the client dialled too late.
std::string until(const ClientView& view, const Event& e) {
  std::string text = " earlier";
  if (e.reason != Reason::pinhole_expired) return text;
  for (const auto& [other, rule] : view.events)
    if (other.kind == Kind::pinhole_closed && other.outer_port == e.outer_port &&
        other.outer == e.outer && other.time <= e.time)
      text = " until " + time_phrase(other.time, view.now);
  return text;
}

Named names_in(const ClientView& view, const Event& e, const std::string& rule) {
  Named named;
  named.rule = rule;
  named.what = interface_of(e);
  named.call = call_of(e);
  named.level = event::protection_name(e.protection == 0 ? 1 : e.protection);
  named.floor = floor_of(view, e);
  named.port = std::to_string(e.outer_port);
  named.outer = e.outer.to_string();
  named.client = e.client.to_string();
  named.until = until(view, e);
  return named;
}

bool was_used(const ClientView& view, const Event& closed) {
  for (const auto& [other, rule] : view.events)
    if (other.kind == Kind::pinhole_used && other.pinhole == closed.pinhole) return true;
  return false;
}

// A pinhole whose time ran out.
ReasonWords words_of_end(const ClientView& view, const Fact& fact) {
  const Event& e = fact.event;
  const std::string lasted = span_phrase(to_ns(Instant{e.duration}) / 1'000'000'000);
  if (was_used(view, e)) return {"nobody used it any more; it was open for " + lasted, ""};
  return {
      "it never dialled the port, in " + lasted + "; `pinhole-first-use` is how long it may wait",
      "does a firewall or route between client and gateway keep port " +
          std::to_string(e.outer_port) + " away?"};
}

}  // namespace

Fact make_fact(const ClientView&, const EventRecord& record) {
  Fact fact;
  fact.event = record.event;
  fact.last = record.event.time;
  fact.rule = rule_phrase(record);
  fact.asked = asked_by(fact.event);
  fact.decided = decided_by(fact.event, fact.rule);
  return fact;
}

void explain_fact(const ClientView& view, Fact& fact) {
  const Event& e = fact.event;
  if (e.reason == Reason::none) return;
  const bool ran_out = e.kind == Kind::pinhole_closed && e.reason == Reason::pinhole_expired;
  ReasonWords words =
      ran_out ? words_of_end(view, fact) : words_for(e.reason, names_in(view, e, fact.rule));
  if (!e.technique.empty())
    words.why += "; this is " + quiet(e.technique.view()) + " of MITRE ATT&CK";
  fact.why = std::move(words.why);
  fact.to_do = std::move(words.to_do);
}

}  // namespace rpcgate::control
