// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "policy/explain.hpp"

#include <charconv>

#include "dcerpc/interfaces.hpp"
#include "policy/compiled.hpp"

namespace rpcgate::policy {
namespace {

std::string action_text(const Rule& rule, const Grant& grant, const Question& question) {
  const std::string what = rule.action == Action::deny ? "denies " : "grants ";
  std::string text = what + name_or_uuid(key_of(question.interface));
  if (question.opnum)
    text += " opnum " + std::to_string(*question.opnum);
  else if (!grant.matched.all())
    text += " opnums " + grant.matched.to_string();
  if (!grant.denied.empty() && !question.opnum) text += " but not " + grant.denied.to_string();
  return text + " (" + grant.from + ")";
}

// Why a rule that names the client does not decide.
std::string why_not(const RuleBody& body, const Grant* grant, const Question& question) {
  const std::string name = name_or_uuid(key_of(question.interface));
  if (grant == nullptr)
    return body.knows_uuid(question.interface.uuid) ? "names " + name + " in another version"
                                                    : "does not name " + name;
  if (question.opnum)
    return "names " + name + ", but of its opnums only " + grant->matched.to_string();
  return "denies only opnums " + grant->matched.to_string() + " of " + name;
}

Step look_at(const Rule& rule, const RuleBody& body, const Question& question) {
  Step step{rule.id, rule.name, rule.at, false, {}};
  if (rule.outbound != question.scope.outbound) {
    step.why = rule.outbound ? "is an outbound rule" : "is a publishing rule";
    return step;
  }
  if (rule.outbound && !rule.to.contains(question.scope.outer)) {
    step.why = question.scope.outer.to_string() + " is not among its servers";
    return step;
  }
  if (!rule.outbound && rule.outer != question.scope.outer) {
    step.why = "is for " + rule.outer.to_string() + ", not " + question.scope.outer.to_string();
    return step;
  }
  if (!rule.clients.contains(question.scope.client)) {
    step.why = question.scope.client.to_string() + " is not among its clients";
    return step;
  }
  if (!rule.rpc) {
    step.why = "does not speak of RPC";
    return step;
  }
  const Grant* grant = body.speaks_for(question.interface);
  const Match match = question.opnum ? match_request(rule.action, grant, *question.opnum)
                                     : match_interface(rule.action, grant);
  step.decides = match != Match::no;
  if (!step.decides)
    step.why = why_not(body, grant, question);
  else if (const Moment moment = question.opnum ? Moment::goes_on : Moment::begins;
           !holds(rule.holding, rule.action, moment)) {
    step.decides = false;
    step.why = "does not hold now, by its schedule: " + action_text(rule, *grant, question);
  } else if (match == Match::denies && rule.action == Action::allow)
    step.why = "refuses " + name_or_uuid(key_of(question.interface)) +
               (grant->denied.all() ? "" : " opnums " + grant->denied.to_string()) + " (" +
               grant->from + ")";
  else
    step.why = action_text(rule, *grant, question);
  return step;
}

void explain_mapper(const Snapshot& snapshot, const Question& question, Explanation& answer) {
  const Rule* publishing = snapshot.publishing(question.scope);
  for (Step& step : answer.steps) {
    step.decides = publishing != nullptr && step.rule == publishing->id;
    if (step.decides)
      step.why = "publishes RPC: ept_map and ept_lookup_handle_free are allowed bare on port " +
                 std::to_string(publishing->mapper_port) + ", nothing else of the mapper";
  }
}

void conclude(const Snapshot& snapshot, const Question& question, Explanation& answer) {
  const Rule* rule = snapshot.rule(answer.rule);
  answer.rule_name = rule == nullptr ? std::string{} : rule->name;
  const std::string what = name_or_uuid(key_of(question.interface)) +
                           (question.opnum ? " opnum " + std::to_string(*question.opnum) : "");
  if (rule == nullptr) {
    answer.text = question.scope.outbound
                      ? "Dropped silently: no outbound rule lets " +
                            question.scope.client.to_string() + " use RPC at " +
                            question.scope.outer.to_string() + "."
                      : "Dropped silently: no rule publishes " + question.scope.outer.to_string() +
                            " to " + question.scope.client.to_string() + " with RPC.";
    return;
  }
  if (!answer.allowed) {
    answer.text = "Refused by rule '" + rule->name + "' (" +
                  std::string{stats::name_of(answer.reason)} + ", by " +
                  std::string{name_of(answer.refuse)} + "): " + what + ".";
    return;
  }
  answer.server = rule->server_of(question.scope);
  answer.text =
      "Allowed by rule '" + rule->name + "' to " + answer.server.to_string() + ": " + what;
  if (answer.floor == Protection::none)
    answer.text += ", whatever its protection.";
  else
    answer.text += ", for requests with at least " + std::string{name_of(answer.floor)} +
                   " protection" +
                   (answer.anonymous ? ", anonymous callers too." : " from a caller with a name.");
}

std::string opnums_text(const Grant& grant) {
  if (grant.denied.empty()) return grant.matched.to_string();
  if (grant.denied.all()) return "all";  // of what is denied
  const std::string denied = grant.denied.to_string();
  if (grant.matched.all()) return "all but " + denied;
  return (grant.matched.empty() ? "" : grant.matched.to_string() + " ") + "but not " + denied;
}

}  // namespace

Explanation explain(const Snapshot& snapshot, const Question& asked) {
  Question question = asked;
  // The mapper and activation are at the mapper's port: anywhere else they are nobody's.
  if (is_endpoint_mapper(question.interface.uuid) ||
      question.interface.uuid == dcerpc::ids::system_activator.uuid ||
      question.interface.uuid == dcerpc::ids::activation.uuid)
    question.on_mapper = true;
  Explanation answer;
  const Compiled& compiled = snapshot.compiled();
  const Grant* decided = nullptr;
  for (std::size_t i = 0; i < compiled.rules.size(); ++i) {
    Step step = look_at(compiled.rules[i], compiled.bodies[i], question);
    if (step.decides && decided != nullptr) {
      step.decides = false;
      step.why = "comes too late: " + step.why;
    } else if (step.decides) {
      decided = compiled.bodies[i].speaks_for(question.interface);
    }
    answer.steps.push_back(std::move(step));
  }
  if (is_endpoint_mapper(question.interface.uuid)) {
    decided = nullptr;
    explain_mapper(snapshot, question, answer);
  }
  // The verdict is the very one that traffic gets.
  if (question.opnum) {
    const RequestVerdict verdict =
        snapshot.judge_request(question.scope, question.interface, *question.opnum, question.level,
                               question.caller, question.on_mapper);
    answer.allowed = verdict.allowed;
    answer.reason = verdict.reason;
    answer.rule = verdict.rule;
    answer.refuse = verdict.refuse;
    answer.floor = verdict.floor;
  } else {
    const InterfaceVerdict verdict =
        snapshot.judge_interface(question.scope, question.interface, question.on_mapper);
    answer.allowed = verdict.allowed;
    answer.reason = verdict.reason;
    answer.rule = verdict.rule;
    answer.refuse = verdict.refuse;
    if (decided != nullptr) answer.floor = decided->floor;
  }
  answer.anonymous = decided != nullptr && decided->anonymous;
  conclude(snapshot, question, answer);
  return answer;
}

Result<dcerpc::InterfaceId> parse_interface(std::string_view text) {
  if (const auto known = dcerpc::interface_by_name(text)) return *known;
  const auto slash = text.find('/');
  const auto uuid = dcerpc::Uuid::parse(text.substr(0, slash));
  if (!uuid)
    return fail(ErrorCode::invalid,
                "'" + std::string{text} + "' is neither a known interface nor a UUID");
  dcerpc::InterfaceId id{};
  id.uuid = *uuid;
  if (slash == std::string_view::npos) {
    for (const auto& known : dcerpc::known_interfaces())
      if (known.id.uuid == id.uuid) return known.id;
    return id;
  }
  const std::string_view version = text.substr(slash + 1);
  const auto [end, error] =
      std::from_chars(version.data(), version.data() + version.size(), id.major);
  if (error != std::errc{} || end != version.data() + version.size())
    return fail(ErrorCode::invalid, "'" + std::string{text} + "' has no valid major version");
  return id;
}

std::vector<Granted> granted_by(const Snapshot& snapshot, RuleId rule) {
  std::vector<Granted> granted;
  const Compiled& compiled = snapshot.compiled();
  for (std::size_t i = 0; i < compiled.rules.size(); ++i) {
    if (compiled.rules[i].id != rule) continue;
    const RuleBody& body = compiled.bodies[i];
    const auto add = [&](const Grant& grant) {
      Granted line;
      line.name = grant.name;
      line.interface.uuid = grant.key.uuid;
      line.interface.major = grant.key.major;
      line.interface.minor = grant.lowest_minor;
      line.denied = compiled.rules[i].action == Action::deny || grant.denied.all();
      line.floor = grant.floor;
      line.opnums = opnums_text(grant);
      granted.push_back(std::move(line));
    };
    for (const Grant& grant : body.grants) add(grant);
    if (body.any) add(body.any_grant);
  }
  return granted;
}

}  // namespace rpcgate::policy
