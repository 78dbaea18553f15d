// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What a benchmark program says: one JSON object a line on standard output.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace rpcgate::bench {

struct Figure {
  std::string name;
  std::vector<std::pair<std::string, std::string>> keys;  // "flows" -> "1000", in JSON's spelling
  std::string unit = "cycles/packet";
  std::vector<double> values;  // one a repetition
};
void print(const Figure& figure);

double median(std::vector<double> values);

}  // namespace rpcgate::bench
