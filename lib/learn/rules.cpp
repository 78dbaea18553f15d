// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "learn/rules.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "config/source.hpp"
#include "config/words.hpp"
#include "learn/grants.hpp"

namespace rpcgate::learn {
namespace {

using config::RuleSource;

// Clients that did alike, and what they did.
struct Group {
  std::string shape;
  std::vector<wire::IpAddress> clients;
  ClientUse use;
};

std::vector<Group> groups_of(const config::Rule& rule, const RuleUse& used, bool as_one) {
  std::vector<Group> groups;
  for (const auto& [client, use] : used.clients) {
    const std::string shape = shape_of(rule, use);
    if (shape.empty()) continue;
    const auto at = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
      return as_one || group.shape == shape;
    });
    if (at == groups.end()) {
      groups.push_back({shape, {client}, use});
      continue;
    }
    at->clients.push_back(client);
    merge(at->use, use);
  }
  return groups;
}

// What the learned rule says anew; everything else is kept as it was written.
constexpr std::array<std::string_view, 12> written_anew{
    "name",      "action",     "clients",   "services", "packs",        "interfaces",
    "interface", "protection", "anonymous", "classes",  "static-ports", "why"};
// What has no meaning where no RPC was used.
constexpr std::array<std::string_view, 7> of_rpc_alone{
    "deny",           "mapper-port",       "outer-ports",          "mapper-lookup",
    "authentication", "sealed-activation", "mapper-authentication"};

template <std::size_t N>
bool is_among(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string clients_key(const RuleSource& source, const Group& group, bool as_written) {
  if (as_written)
    for (const auto& key : source.keys)
      if (key.key == "clients") return key.text;
  std::string list;
  for (const wire::IpAddress& client : group.clients)
    list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", client.to_string());
  return "clients = [" + list + "]\n";
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string rule_text(const config::Rule& rule, const RuleSource& source, const Group& group,
                      const std::string& name, bool merged) {
  const Grants grants = grants_of(rule, group.use);
  std::string text = fmt::format("[[{}]]\nname = {}\naction = \"allow\"\n",
                                 rule.outbound ? "outbound" : "publish", quoted(name));
  text += clients_key(source, group, merged);
  text += grants.keys;
  std::string tables;
  for (const auto& key : source.keys) {
    if (is_among(written_anew, key.key)) continue;
    if (!grants.rpc && is_among(of_rpc_alone, key.key)) continue;
    (key.table ? tables : text) += key.text;
  }
  return text + tables + grants.tables;
}

class Writer {
 public:
  Writer(const config::Config& config, const Uses& uses, const RuleOptions& options)
      : uses_(uses), options_(options) {
    for (const config::Rule& rule : config.rules) names_.push_back(*rule.name);
  }

  bool is_wanted(const config::Rule& rule) const {
    return *rule.action == config::Action::learn &&
           (options_.rule.empty() || *rule.name == options_.rule);
  }

  // In the place of one rule.
  std::string replacement(const config::Rule& rule, const RuleSource& source) {
    const RuleUse* use = uses_.of(*rule.name);
    const std::vector<Group> groups =
        use == nullptr ? std::vector<Group>{} : groups_of(rule, *use, options_.merge);
    if (groups.empty())
      return fmt::format("# Nothing was done under the rule {} that was here to learn.\n",
                         quoted(*rule.name));
    std::string text;
    for (const Group& group : groups) {
      const std::string name = groups.size() == 1 ? *rule.name : next_name(*rule.name);
      if (!text.empty()) text += '\n';
      text += rule_text(rule, source, group, name, options_.merge);
    }
    return text;
  }

 private:
  std::string next_name(const std::string& name) {
    for (unsigned number = 1;; ++number) {
      std::string next = fmt::format("{}-{}", name, number);
      if (std::find(names_.begin(), names_.end(), next) != names_.end()) continue;
      names_.push_back(next);
      return next;
    }
  }
  const Uses& uses_;
  const RuleOptions& options_;
  std::vector<std::string> names_;
};

Result<config::Config> load(std::string_view text, const std::string& name,
                            const RuleOptions& options) {
  config::Loaded loaded = config::load_text(text, name, options.load);
  for (const config::Diagnostic& d : loaded.diagnostics)
    if (d.severity == config::Severity::error) return fail(ErrorCode::invalid, to_string(d));
  return std::move(loaded.config);
}

}  // namespace

Result<std::string> learned_rules(std::string_view text, const std::string& name, const Uses& uses,
                                  const RuleOptions& options) {
  const auto config = load(text, name, options);
  if (!config) return tl::unexpected(config.error());
  const auto sources = config::rule_sources(text);
  if (!sources) return in_context(name, sources.error());
  Writer writer(*config, uses, options);
  std::string out;
  std::uint32_t done = 1;
  bool found = false;
  for (const RuleSource& source : *sources) {
    const config::Rule* rule = config->rule(source.name);
    if (rule == nullptr || !writer.is_wanted(*rule)) continue;
    found = true;
    out += config::lines_of(text, done, source.first_line) + writer.replacement(*rule, source);
    done = source.end_line;
  }
  if (!found)
    return fail(ErrorCode::not_found,
                options.rule.empty() ? "no rule has action = \"learn\""
                                     : "no rule '" + options.rule + "' has action = \"learn\"");
  out += config::lines_of(text, done, UINT32_MAX);
  if (auto good = load(out, "the learned rules", options); !good)
    return tl::unexpected(good.error());
  return out;
}

}  // namespace rpcgate::learn
