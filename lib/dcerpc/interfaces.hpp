// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The published interfaces by name: what configuration and packs are written in and what events
// show. Constant data; names are for people, deciding is done by UUID and version.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dcerpc/uuid.hpp"

namespace rpcgate::dcerpc {

struct KnownInterface {
  std::string_view name;  // small letters, digits and '-'
  InterfaceId id;
  std::string_view note;  // what it is for, a few words
};

// All of them; one UUID and major version may have several names, the first is the one shown.
std::span<const KnownInterface> known_interfaces() noexcept;

// Capitals or not: "EMSMDB" is "emsmdb".
std::optional<InterfaceId> interface_by_name(std::string_view name) noexcept;

// Empty when there is no name for this UUID and major version.
std::string_view interface_name(const InterfaceId& id) noexcept;

// Its name, or the UUID with `/` and the major version: as rules are written. Control path.
std::string name_or_uuid(const InterfaceKey& key);  // lint: control core

// The name that belongs to the UUID, whatever the version; prefer interface_name().
std::string_view name_of(const Uuid& uuid) noexcept;

}  // namespace rpcgate::dcerpc
