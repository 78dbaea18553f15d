// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "config/packs.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "config/check.hpp"
#include "config/options.hpp"
#include "config/read.hpp"
#include "config/tree.hpp"

namespace rpcgate::config {

Result<std::string> read_file(const std::string& path) {
  static constexpr std::size_t largest = 1u << 20;
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, Close> file{std::fopen(path.c_str(), "rbe")};
  if (!file) return fail(ErrorCode::io, std::string{"cannot be read: "} + std::strerror(errno));
  std::string text;
  std::array<char, 16384> piece;
  while (const std::size_t size = std::fread(piece.data(), 1, piece.size(), file.get())) {
    text.append(piece.data(), size);
    if (text.size() > largest) return fail(ErrorCode::invalid, "is larger than 1 MiB");
  }
  if (std::ferror(file.get()) != 0)
    return fail(ErrorCode::io, std::string{"cannot be read: "} + std::strerror(errno));
  return text;
}

namespace {

// ATT&CK writes T and four digits, and three more of a sub-technique.
bool is_technique(std::string_view text) {
  const auto digits = [](std::string_view part, std::size_t count) {
    return part.size() == count &&
           std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (text.empty() || text[0] != 'T') return false;
  const auto point = text.find('.');
  if (!digits(text.substr(1, point == std::string_view::npos ? point : point - 1), 4)) return false;
  return point == std::string_view::npos || digits(text.substr(point + 1), 3);
}

void check_technique(const Pack& pack, const Value<std::string>& technique, Reader& reader) {
  if (!technique.given) return;
  if (*pack.use != PackUse::deny)
    reader.error(technique.at, "a technique belongs into a pack for 'deny'");
  if (!is_technique(*technique))
    reader.error(technique.at, "'" + *technique + "' is not a technique such as 'T1003.006'");
}

void read_classes(Pack& pack, Reader& reader) {
  for (std::size_t i = 0; i < pack.classes.size(); ++i) {
    ClassEntry& entry = pack.classes[i];
    check_technique(pack, entry.technique, reader);
    if (!resolve_class(entry, reader)) continue;
    for (std::size_t j = 0; j < i; ++j)
      if (pack.classes[j].resolved && pack.classes[j].id == entry.id)
        reader.error(entry.at, "class '" + *entry.name + "' is listed twice");
  }
}

}  // namespace

void read_pack(std::string_view text, const std::string& name, Config& config,
               std::vector<Diagnostic>& diagnostics) {
  const auto file = static_cast<std::uint32_t>(config.files.size());
  config.files.push_back(name);
  Reader reader{config.files, diagnostics};
  Node root;
  if (!parse_toml(text, file, name, root, diagnostics)) return;
  Pack pack;
  pack.at = {file, 1, 1};
  reader.read_section(root, pack, pack_options);
  if (!pack.name.given) return;
  if (const Pack* other = config.pack(*pack.name)) {
    reader.error(pack.name.at, "pack '" + *pack.name + "' is already defined at " +
                                   to_string(config, other->name.at));
    return;
  }
  check_technique(pack, pack.technique, reader);
  // The pack's own names are known to all of its entries and to rules.
  for (InterfaceEntry& entry : pack.interfaces) resolve_interface(config, entry, reader);
  for (std::size_t i = 0; i < pack.interfaces.size(); ++i) {
    const InterfaceEntry& entry = pack.interfaces[i];
    if (*pack.use == PackUse::deny && (entry.protection.given || !entry.floors.empty()))
      reader.error(entry.at, "a pack for 'deny' has no protection");
    check_technique(pack, entry.technique, reader);
    for (std::size_t j = 0; j < i; ++j)
      if (entry.resolved && pack.interfaces[j].resolved &&
          pack.interfaces[j].id.uuid == entry.id.uuid &&
          pack.interfaces[j].versions->low_major <= entry.versions->high_major &&
          entry.versions->low_major <= pack.interfaces[j].versions->high_major)
        reader.error(entry.at, "interface '" + *entry.name + "' is listed twice");
  }
  read_classes(pack, reader);
  if (pack.interfaces.empty() && pack.classes.empty())
    reader.error(pack.at, "pack '" + *pack.name + "' lists nothing");
  config.packs.push_back(std::move(pack));
}

void read_packs(const std::string& directory, bool required, const Position& at, Config& config,
                std::vector<Diagnostic>& diagnostics) {
  const auto say = [&](const Position& where, const std::string& file, std::string text) {
    diagnostics.push_back({Severity::error, where, file, std::move(text)});
  };
  std::vector<std::string> paths;
  std::error_code failure;
  std::filesystem::directory_iterator entries{directory, failure};
  const std::filesystem::directory_iterator end;
  while (!failure && entries != end) {
    if (entries->path().extension() == ".toml") paths.push_back(entries->path().string());
    entries.increment(failure);
  }
  if (failure && (required || failure != std::errc::no_such_file_or_directory))
    say(at, config.files.empty() ? std::string{} : config.files[at.file],
        "packs of '" + directory + "' cannot be read: " + failure.message());
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    const auto text = read_file(path);
    if (text)
      read_pack(*text, path, config, diagnostics);
    else
      say({static_cast<std::uint32_t>(config.files.size()), 0, 0}, path, text.error().what);
  }
}

}  // namespace rpcgate::config
