// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// An answer for people: tables whose columns are the keys of the rows in the order they appear.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "control/command_table.hpp"

namespace rpcgate::cli {

using Row = nlohmann::ordered_json;

std::string render(control::Layout layout, const std::vector<Row>& rows);

// One value in one line: nested objects shortened, control characters (a client may have chosen
// them) made visible.
std::string to_cell(const Row& value);

}  // namespace rpcgate::cli
