// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// From the words of a rule to addresses and interfaces.
#include <algorithm>
#include <set>
#include <string>

#include "config/check.hpp"
#include "config/numbers.hpp"
#include "dcerpc/interfaces.hpp"

namespace rpcgate::config {
namespace {

void resolve_client(const Config& config, Value<ClientRef>& client, Reader& reader) {
  ClientRef& ref = client.value;
  if (ref.text == "any") {
    ref.prefixes = {wire::Prefix{}};  // ::/0 holds IPv4 too
    return;
  }
  std::vector<std::string_view> names{"any"};
  for (const ClientSet& set : config.client_sets) {
    names.push_back(*set.name);
    if (*set.name != ref.text) continue;
    for (const auto& prefix : *set.prefixes) ref.prefixes.push_back(*prefix);
    return;
  }
  const auto prefix = wire::Prefix::parse(ref.text);
  if (prefix) {
    ref.prefixes = {*prefix};
  } else if (ref.text.find_first_of("/:") != std::string::npos) {
    reader.error(client.at, prefix.error().what);
  } else {
    reader.error(client.at, "there is no client set '" + ref.text + "', and it is no address" +
                                did_you_mean(ref.text, names));
  }
}

void take_versions(dcerpc::InterfaceId& id, VersionRange& versions, const VersionRange& given) {
  versions = given;
  id.major = given.low_major;
  id.minor = given.low_minor;
}

// "UUID" or "UUID/versions". False when it is no UUID at all.
bool parse_uuid_text(std::string_view text, dcerpc::InterfaceId& id, VersionRange& versions,
                     bool& has_version) {
  const auto slash = text.find('/');
  const auto uuid = dcerpc::Uuid::parse(text.substr(0, slash));
  if (!uuid) return false;
  id = {};
  id.uuid = *uuid;
  has_version = slash != std::string_view::npos;
  if (!has_version) return true;
  const auto given = parse_versions(text.substr(slash + 1));
  if (!given) return false;
  take_versions(id, versions, *given);
  return true;
}

bool by_name(const Config& config, std::string_view name, dcerpc::InterfaceId& id,
             VersionRange& versions) {
  if (const auto known = dcerpc::interface_by_name(name)) {
    id = *known;
    versions = VersionRange::of_major(id.major);
    return true;
  }
  for (const Pack& pack : config.packs)
    for (const InterfaceEntry& entry : pack.interfaces)
      if (entry.resolved && *entry.name == name) {
        id = entry.id;
        versions = *entry.versions;
        return true;
      }
  return false;
}

bool is_epmapper(const dcerpc::InterfaceId& id) {
  return id.uuid == dcerpc::ids::epmapper.uuid;
}

constexpr std::string_view epmapper_text =
    "the endpoint mapper needs no grant: a rule that publishes rpc allows ept_map on its port, and "
    "nothing else of it anywhere";

void resolve_reference(const Config& config, Value<InterfaceRef>& item, Reader& reader) {
  InterfaceRef& ref = item.value;
  ref.any = ref.text == "any";
  if (ref.any) return;
  bool has_version = false;
  if (by_name(config, ref.text, ref.id, ref.versions)) {
    ref.resolved = true;
  } else if (parse_uuid_text(ref.text, ref.id, ref.versions, has_version)) {
    ref.resolved = has_version;
    if (!has_version)
      reader.error(item.at, "'" + ref.text +
                                "' has no version: write it with '/' and the major "
                                "version");
  } else {
    const auto names = interface_names(config);
    reader.error(item.at, "unknown interface '" + ref.text + "'" + did_you_mean(ref.text, names));
  }
  if (ref.resolved && is_epmapper(ref.id)) {
    reader.error(item.at, std::string{epmapper_text});
    ref.resolved = false;
  }
}

bool resolve_by_uuid(InterfaceEntry& entry, Reader& reader) {
  bool has_version = false;
  VersionRange versions;
  if (!parse_uuid_text(*entry.uuid, entry.id, versions, has_version)) {
    reader.error(entry.uuid.at, "'" + *entry.uuid + "' is not a UUID");
    return false;
  }
  if (entry.version.given) {
    if (has_version && entry.id.major != *entry.version) {
      reader.error(entry.version.at, "'uuid' names another version");
      return false;
    }
    if (!has_version) take_versions(entry.id, versions, VersionRange::of_major(*entry.version));
  } else if (entry.versions.given) {
    if (has_version) {
      reader.error(entry.versions.at, "'uuid' names versions already");
      return false;
    }
    take_versions(entry.id, versions, *entry.versions);
  } else if (!has_version) {
    reader.error(entry.at, "'version' is missing");
    return false;
  }
  entry.versions.value = versions;
  const auto known = entry.name.given ? dcerpc::interface_by_name(*entry.name) : std::nullopt;
  if (known && (known->uuid != entry.id.uuid || known->major != entry.id.major)) {
    reader.error(entry.name.at, "'" + *entry.name + "' is the name of another interface, " +
                                    known->uuid.to_string() + "/" + std::to_string(known->major));
    return false;
  }
  if (!entry.name.given) {
    const std::string_view name = dcerpc::interface_name(entry.id);
    entry.name.value = name.empty() ? entry.id.uuid.to_string() : std::string{name};
  }
  return true;
}

bool resolve_by_name(const Config& config, InterfaceEntry& entry, Reader& reader) {
  if (!entry.name.given) {
    reader.error(entry.at, "'name' or 'uuid' is missing");
    return false;
  }
  VersionRange known;
  if (!by_name(config, *entry.name, entry.id, known)) {
    reader.error(entry.name.at, "unknown interface '" + *entry.name + "'" +
                                    did_you_mean(*entry.name, interface_names(config)));
    return false;
  }
  if (entry.version.given && *entry.version != entry.id.major) {
    reader.error(entry.version.at, "'" + *entry.name + "' is version " +
                                       std::to_string(entry.id.major) +
                                       "; for another version name the UUID");
    return false;
  }
  if (entry.versions.given)
    take_versions(entry.id, entry.versions.value, VersionRange{*entry.versions});
  else
    entry.versions.value = known;
  return true;
}

void check_opnums(const InterfaceEntry& entry, Reader& reader) {
  if (entry.opnums.given && entry.opnums->empty())
    reader.error(entry.opnums.at, "'opnums' is empty: the entry would match nothing");
  std::vector<std::uint16_t> both;
  std::set_intersection(entry.opnums->begin(), entry.opnums->end(), entry.deny_opnums->begin(),
                        entry.deny_opnums->end(), std::back_inserter(both));
  if (!both.empty())
    reader.error(entry.deny_opnums.at,
                 "opnum " + std::to_string(both.front()) + " is in 'opnums' too");
  std::set<std::uint16_t> seen;
  for (const FloorEntry& floor : entry.floors)
    for (const std::uint16_t opnum : *floor.opnums)
      if (!seen.insert(opnum).second)
        reader.error(floor.at, "opnum " + std::to_string(opnum) + " has a floor already");
}

}  // namespace

std::vector<std::string_view> interface_names(const Config& config) {
  std::vector<std::string_view> names{"any"};
  for (const auto& known : dcerpc::known_interfaces()) names.push_back(known.name);
  for (const Pack& pack : config.packs)
    for (const InterfaceEntry& entry : pack.interfaces)
      if (entry.resolved) names.push_back(*entry.name);
  return names;
}

bool resolve_interface(const Config& config, InterfaceEntry& entry, Reader& reader) {
  if (entry.version.given && entry.versions.given)
    reader.error(entry.versions.at, "'version' and 'versions' say the same: one of them is enough");
  entry.resolved =
      entry.uuid.given ? resolve_by_uuid(entry, reader) : resolve_by_name(config, entry, reader);
  if (entry.resolved && is_epmapper(entry.id)) {
    reader.error(entry.at, std::string{epmapper_text});
    entry.resolved = false;
  }
  check_opnums(entry, reader);
  return entry.resolved;
}

bool resolve_class(ClassEntry& entry, Reader& reader) {
  if (!entry.clsid.given) return false;
  const auto clsid = dcerpc::Uuid::parse(*entry.clsid);
  entry.resolved = clsid.has_value();
  if (clsid)
    entry.id = *clsid;
  else
    reader.error(entry.clsid.at, "'" + *entry.clsid + "' is not a UUID");
  return entry.resolved;
}

namespace {

void resolve_class_reference(const Config& config, Value<ClassRef>& item, Reader& reader) {
  ClassRef& ref = item.value;
  ref.any = ref.text == "any";
  if (ref.any) return;
  std::vector<std::string_view> names{"any"};
  for (const Pack& pack : config.packs)
    for (const ClassEntry& entry : pack.classes) {
      if (!entry.resolved) continue;
      names.push_back(*entry.name);
      if (*entry.name != ref.text) continue;
      ref.id = entry.id;
      ref.resolved = true;
      return;
    }
  if (const auto clsid = dcerpc::Uuid::parse(ref.text)) {
    ref.id = *clsid;
    ref.resolved = true;
  } else {
    reader.error(item.at, "no pack names a class '" + ref.text + "', and it is no UUID" +
                              did_you_mean(ref.text, names));
  }
}

}  // namespace

void resolve_rules(Config& config, Reader& reader) {
  for (Rule& rule : config.rules) {
    for (auto& client : rule.clients.value) resolve_client(config, client, reader);
    for (auto& server : rule.to.value) resolve_client(config, server, reader);
    for (auto& item : rule.classes.value) resolve_class_reference(config, item, reader);
    for (auto& item : rule.interfaces.value) resolve_reference(config, item, reader);
    for (InterfaceEntry& entry : rule.interface_entries) resolve_interface(config, entry, reader);
    if (*rule.mode == Mode::routed && !rule.server.given) rule.server.value = *rule.outer;
  }
}

}  // namespace rpcgate::config
