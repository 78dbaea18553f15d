// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "config/load.hpp"

#include <filesystem>

#include "config/check.hpp"
#include "config/options.hpp"
#include "config/packs.hpp"
#include "config/read.hpp"
#include "config/tree.hpp"

namespace rpcgate::config {
namespace {

// One [[section]] after the other.
template <class Section, class... Options>
void read_sections(const Entry& entry, std::vector<Section>& into,
                   const std::tuple<Options...>& options, Reader& reader) {
  if (entry.value.kind != Node::Kind::array) {
    reader.error(entry.key_at, "'" + entry.key + "' is written [[" + entry.key + "]]");
    return;
  }
  for (const Node& node : entry.value.items) {
    if (!reader.expect(node, Node::Kind::table)) continue;
    Section& section = into.emplace_back();
    section.at = node.at;
    reader.read_section(node, section, options);
  }
}

constexpr std::array<std::string_view, 10> section_names{
    "daemon", "port",      "client-set", "schedule", "local-service",
    "route",  "neighbour", "publish",    "outbound", "limits"};

// A rule's `limits` start from the file's, so [limits] is read before any rule.
void read_limits(const Node& root, Config& config, Reader& reader) {
  const Entry* limits = root.find("limits");
  if (limits == nullptr || !reader.expect(limits->value, Node::Kind::table)) return;
  reader.read_section(limits->value, config.limits, limit_options);
}

void read_rules(const Entry& entry, Config& config, Reader& reader) {
  if (entry.value.kind != Node::Kind::array) {
    reader.error(entry.key_at, "'" + entry.key + "' is written [[" + entry.key + "]]");
    return;
  }
  for (const Node& node : entry.value.items) {
    if (!reader.expect(node, Node::Kind::table)) continue;
    Rule& rule = config.rules.emplace_back();
    rule.at = node.at;
    rule.outbound = entry.key == "outbound";
    rule.limits = config.limits;
    if (rule.outbound)
      reader.read_section(node, rule, outbound_options);
    else
      reader.read_section(node, rule, publish_options);
    if (const Entry* limits = node.find("limits")) rule.limits_at = limits->key_at;
  }
}

void read_root(const Node& root, Config& config, Reader& reader) {
  read_limits(root, config, reader);
  for (const Entry& entry : root.entries) {
    if (entry.key == "daemon") {
      if (reader.expect(entry.value, Node::Kind::table))
        reader.read_section(entry.value, config.daemon, daemon_options);
    } else if (entry.key == "port") {
      read_sections(entry, config.ports, port_options, reader);
    } else if (entry.key == "client-set") {
      read_sections(entry, config.client_sets, client_set_options, reader);
    } else if (entry.key == "local-service") {
      read_sections(entry, config.local_services, local_service_options, reader);
    } else if (entry.key == "route") {
      read_sections(entry, config.routes, route_options, reader);
    } else if (entry.key == "neighbour") {
      read_sections(entry, config.neighbours, neighbour_options, reader);
    } else if (entry.key == "schedule") {
      read_sections(entry, config.schedules, schedule_options, reader);
    } else if (entry.key == "publish" || entry.key == "outbound") {
      read_rules(entry, config, reader);
    } else if (entry.key != "limits") {
      reader.unknown_key(entry, section_names);
    }
  }
}

}  // namespace

std::string default_packs_dir() {
  std::error_code ignored;
  const std::string installed = RPCGATE_INSTALLED_PACKS_DIR;
  if (std::filesystem::is_directory(installed, ignored)) return installed;
  return RPCGATE_PACKS_DIR;
}

Loaded load_text(std::string_view text, const std::string& name, const LoadOptions& options) {
  Loaded loaded;
  Config& config = loaded.config;
  config.files.push_back(name);
  Node root;
  if (!parse_toml(text, 0, name, root, loaded.diagnostics)) return loaded;
  Reader reader{config.files, loaded.diagnostics};
  read_root(root, config, reader);

  const Value<std::string>& chosen = config.daemon.packs_dir;
  const bool by_caller = !options.packs_dir.empty();
  const std::string packs =
      by_caller ? options.packs_dir : (chosen.given ? *chosen : default_packs_dir());
  read_packs(packs, by_caller || chosen.given, chosen.at, config, loaded.diagnostics);
  const Value<std::string>& own = config.daemon.user_packs_dir;
  if (options.user_packs) read_packs(*own, own.given, own.at, config, loaded.diagnostics);

  check_ports(config, reader, options.replay);
  check_client_sets(config, reader);
  check_schedules(config, reader);
  check_local(config, reader);
  resolve_rules(config, reader);
  check_rules(config, reader);
  sort(loaded.diagnostics);
  return loaded;
}

Loaded load(const std::string& path, const LoadOptions& options) {
  const auto text = read_file(path);
  if (text) return load_text(*text, path, options);
  Loaded loaded;
  loaded.config.files.push_back(path);
  loaded.diagnostics.push_back({Severity::error, {}, path, text.error().what});
  return loaded;
}

}  // namespace rpcgate::config
