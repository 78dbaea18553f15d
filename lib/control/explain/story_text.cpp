// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A story for people: lines of at most so many columns.
#include <fmt/format.h>

#include "control/explain/phrases.hpp"
#include "control/explain/story.hpp"

namespace rpcgate::control {
namespace {

constexpr std::size_t columns = 98;

class Page {
 public:
  // A line that begins at `indent` with `head`; what does not fit goes on below its text.
  void line(std::size_t indent, const std::string& head, const std::string& text) {
    std::string now = std::string(indent, ' ') + head;
    const std::size_t hanging = now.size();
    std::size_t begin = 0;
    bool is_first = true;
    while (begin < text.size()) {
      const std::size_t end = std::min(text.find(' ', begin), text.size());
      const std::string word = text.substr(begin, end - begin);
      if (!is_first && now.size() + 1 + word.size() > columns) {
        put(now);
        now = std::string(hanging, ' ');
        is_first = true;
      }
      now += (is_first ? "" : " ") + word;
      is_first = false;
      begin = end + 1;
    }
    put(now);
  }
  void line(const std::string& text) { line(0, "", text); }
  void gap() { put(""); }
  std::string take() {
    while (!text_.empty() && text_.back() == '\n') text_.pop_back();
    return std::move(text_);
  }

 private:
  void put(const std::string& text) { text_ += text + '\n'; }
  std::string text_;
};

void tell_head(Page& page, const ClientView& view) {
  std::string text = "Client " + view.client.to_string() + ": ";
  if (view.events.empty())
    text += "no event tells of it";
  else if (view.events.size() == 1)
    text += "1 event, " + time_phrase(view.events.front().event.time, view.now) + " UTC";
  else
    text += fmt::format("{}, {} to {} UTC", count_phrase(view.events.size(), "event"),
                        time_phrase(view.events.front().event.time, view.now),
                        time_phrase(view.events.back().event.time, view.now));
  if (view.forgotten != 0) text += fmt::format("; {} older forgotten", view.forgotten);
  page.line(text);
  page.gap();
}

void tell_fact(Page& page, const Fact& fact, Instant now) {
  std::string text = fact.asked;
  if (fact.times > 1)
    text += fmt::format(", {} times, last at {}", fact.times, time_phrase(fact.last, now));
  page.line(4, time_phrase(fact.event.time, now) + "  ", text + ": " + fact.decided);
  if (!fact.why.empty()) page.line(6, "why: ", fact.why);
  if (!fact.to_do.empty()) page.line(6, "do:  ", fact.to_do);
}

std::string title_of(const Subject& subject) {
  if (!subject.has_interface) return "Connections and calls of no known interface";
  const std::string name = interface_phrase(subject.interface);
  if (subject.granted) return name + ": granted";
  return subject.refused ? name + ": refused" : name;
}

void tell_server(Page& page, const ServerPart& part, Instant now) {
  const bool is_known = !part.server.is_unspecified() && part.server != part.outer;
  page.line((is_known ? "Server " + part.server.to_string() + ", dialled as " : "Dialled as ") +
            part.outer.to_string());
  for (const Subject& subject : part.subjects) {
    page.line(2, "", title_of(subject));
    for (const Fact& fact : subject.facts) tell_fact(page, fact, now);
  }
  page.gap();
}

std::string pinhole_phrase(const LivePinhole& pinhole) {
  std::string text =
      fmt::format("pinhole {}: port {} of {} to {} port {}, by rule '{}'", pinhole.id,
                  pinhole.outer_port, pinhole.outer.to_string(), pinhole.server.address.to_string(),
                  pinhole.server.port, quiet(pinhole.rule));
  for (std::size_t i = 0; i < pinhole.interfaces.size(); ++i)
    text += (i == 0 ? ", for " : ", ") + interface_phrase(pinhole.interfaces[i]);
  text += "; open for " + span_phrase(pinhole.age) + ", ";
  if (pinhole.connections != 0)
    return text + count_phrase(pinhole.connections, "connection") + " now";
  return text + (pinhole.connections_ever != 0 ? "used before" : "not used yet") + ", ends in " +
         span_phrase(pinhole.left);
}

std::string flow_phrase(const LiveFlow& flow) {
  return fmt::format("connection {} ({}, {}): port {} to {} port {}, by rule '{}'; open for {}, {}",
                     flow.id, flow.kind, flow.state, flow.client_port,
                     flow.outer.address.to_string(), flow.outer.port, quiet(flow.rule),
                     span_phrase(flow.age), count_phrase(flow.bytes, "byte"));
}

std::string session_phrase(const LiveSession& session) {
  return fmt::format("notifications from {} as {}, by rule '{}': {}, {} passed; open for {}",
                     session.server.to_string(), session.outer.to_string(), quiet(session.rule),
                     count_phrase(session.registrations, "registration"), session.passed,
                     span_phrase(session.age));
}

void tell_live(Page& page, const ClientView& view) {
  if (view.pinholes.empty() && view.flows.empty() && view.sessions.empty()) return;
  page.line("Open now");
  for (const auto& pinhole : view.pinholes) page.line(2, "", pinhole_phrase(pinhole));
  for (const auto& flow : view.flows) page.line(2, "", flow_phrase(flow));
  for (const auto& session : view.sessions) page.line(2, "", session_phrase(session));
  page.gap();
}

void tell_rule(Page& page, const NamingRule& rule) {
  page.line(2, "",
            "rule '" + quiet(rule.name) + "' " + (rule.allows ? "gives" : "denies") + " it " +
                rule.addresses + (rule.holds ? "" : ", but not now, by its schedule"));
  if (!rule.services.empty()) page.line(4, "services: ", rule.services);
  if (!rule.interfaces.empty()) page.line(4, "interfaces: ", quiet(rule.interfaces));
}

void tell_rules(Page& page, const Story& story) {
  if (story.rules.empty()) {
    page.line(
        "No rule names this client. What it sends to a published address is dropped silently: no "
        "event tells of that, `rpcgate show drops` counts it as no-rule.");
  } else {
    page.line("Rules that name it, the first that speaks of something decides");
    for (const NamingRule& rule : story.rules) tell_rule(page, rule);
  }
  page.gap();
}

}  // namespace

std::string story_text(const ClientView& view, const Story& story) {
  Page page;
  tell_head(page, view);
  for (const ServerPart& part : story.servers) tell_server(page, part, view.now);
  tell_live(page, view);
  if (story.servers.empty() || story.rules.empty()) tell_rules(page, story);
  page.line("Verdict: " + story.verdict);
  return page.take();
}

}  // namespace rpcgate::control
