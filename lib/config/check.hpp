// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What spans keys but needs no policy: names that must be unique or known, ports and networks,
// and what a rule must have. Resolves client sets and
// interfaces in place. Internal to this module.
#pragma once

#include "config/config.hpp"
#include "config/read.hpp"

namespace rpcgate::config {

void check_ports(const Config& config, Reader& reader, bool replay);
void check_client_sets(const Config& config, Reader& reader);
void check_schedules(const Config& config, Reader& reader);
void check_local(const Config& config, Reader& reader);
void resolve_rules(Config& config, Reader& reader);
void check_rules(const Config& config, Reader& reader);

// Name, UUID and version of an entry of a pack or a rule, made one; false after telling.
bool resolve_interface(const Config& config, InterfaceEntry& entry, Reader& reader);

// Its UUID; false after telling.
bool resolve_class(ClassEntry& entry, Reader& reader);

// Every name an interface may be called by: the known ones and those of packs.
std::vector<std::string_view> interface_names(const Config& config);

}  // namespace rpcgate::config
