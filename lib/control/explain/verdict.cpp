// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A story in one line.
#include <algorithm>
#include <set>

#include "control/explain/phrases.hpp"
#include "control/explain/story.hpp"

namespace rpcgate::control {
namespace {

using event::Kind;

bool is_whole_refusal(Kind kind) noexcept {
  return kind == Kind::map_refused || kind == Kind::bind_refused;
}

// Everybody asks the mapper; it is the way, not the aim.
bool is_mapper(const Subject& subject) noexcept {
  return same_interface(subject.interface, dcerpc::ids::epmapper);
}

// A port was opened for it, and nothing came of that.
bool is_never_dialled(const Subject& subject) {
  bool was_opened = false;
  for (const Fact& fact : subject.facts) {
    const Kind kind = fact.event.kind;
    was_opened = was_opened || kind == Kind::pinhole_opened;
    if (kind == Kind::pinhole_used || kind == Kind::bind_allowed || kind == Kind::bind_refused ||
        kind == Kind::request_refused)
      return false;
  }
  return was_opened;
}

struct Sums {
  std::uint64_t granted = 0;
  std::uint64_t never_dialled = 0;
  std::uint64_t refused = 0;
  std::uint64_t calls = 0;
  std::uint64_t connections = 0;
  std::uint64_t resets = 0;
  std::uint64_t limits = 0;
  std::set<std::string> rules;  // that granted

  void add(const Fact& fact, bool has_interface) {
    const Kind kind = fact.event.kind;
    if (kind == Kind::request_refused || kind == Kind::activation_refused ||
        (is_whole_refusal(kind) && !has_interface))
      calls += fact.times;
    if (kind == Kind::connection_refused) connections += fact.times;
    if (kind == Kind::connection_reset) resets += fact.times;
    if (kind == Kind::limit_reached) limits += fact.times;
  }
  void add(const Subject& subject) {
    const bool counts = subject.has_interface && !is_mapper(subject);
    granted += counts && subject.granted ? 1u : 0u;
    refused += counts && subject.refused ? 1u : 0u;
    never_dialled += subject.granted && is_never_dialled(subject) ? 1u : 0u;
    for (const Fact& fact : subject.facts) {
      add(fact, subject.has_interface);
      const Kind kind = fact.event.kind;
      if (counts && subject.granted &&
          (kind == Kind::map_allowed || kind == Kind::pinhole_opened || kind == Kind::bind_allowed))
        rules.insert(fact.rule);
    }
  }
};

Sums sum_up(const Story& story) {
  Sums sums;
  for (const ServerPart& part : story.servers)
    for (const Subject& subject : part.subjects) sums.add(subject);
  return sums;
}

class List {
 public:
  void add(const std::string& text, const char* separator = "; ") {
    text_ += (text_.empty() ? "" : separator) + text;
  }
  void add_count(std::uint64_t count, const char* one, const char* after,
                 const char* separator = "; ") {
    if (count != 0) add(count_phrase(count, one) + after, separator);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void add_interfaces(List& list, const Sums& sums) {
  if (sums.granted != 0)
    list.add(count_phrase(sums.granted, "interface") + " granted by " +
             count_phrase(sums.rules.size(), "rule"));
  if (sums.never_dialled != 0 && sums.never_dialled == sums.granted)
    list.add("never dialled", ", ");
  else if (sums.never_dialled != 0)
    list.add(std::to_string(sums.never_dialled) + " never dialled", ", ");
  if (sums.refused != 0 && sums.granted != 0)
    list.add(std::to_string(sums.refused) + " refused", ", ");
  else
    list.add_count(sums.refused, "interface", " refused");
}

std::string nothing_known(const Story& story) {
  if (story.rules.empty()) return "no rule names this client; what it sends is dropped silently";
  const std::size_t names = story.rules.size();
  return count_phrase(names, "rule") + (names == 1 ? " names" : " name") +
         " this client, which has asked for nothing that events tell of";
}

}  // namespace

std::string verdict_of(const ClientView& view, const Story& story) {
  const bool is_live = !view.pinholes.empty() || !view.flows.empty() || !view.sessions.empty();
  if (story.servers.empty() && !is_live) return nothing_known(story);
  const Sums sums = sum_up(story);
  List list;
  add_interfaces(list, sums);
  list.add_count(sums.calls, "call", " refused");
  list.add_count(sums.connections, "connection", " refused");
  list.add_count(sums.resets, "connection", " reset");
  list.add_count(sums.limits, "limit", " reached");
  List open;
  open.add_count(view.pinholes.size(), "pinhole", " open", ", ");
  open.add_count(view.flows.size(), "connection", " open", ", ");
  open.add_count(view.sessions.size(), "session", " for notifications", ", ");
  std::string now = open.take();
  list.add(now.empty() ? "nothing open now" : now);
  if (story.rules.empty()) list.add("no rule names it now");
  return list.take();
}

}  // namespace rpcgate::control
