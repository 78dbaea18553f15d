// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "bench/result.hpp"

#include <algorithm>
#include <cstdio>

namespace rpcgate::bench {

void print(const Figure& figure) {
  std::printf("{\"name\": \"%s\"", figure.name.c_str());
  for (const auto& [key, value] : figure.keys)
    std::printf(", \"%s\": %s", key.c_str(), value.c_str());
  std::printf(", \"unit\": \"%s\", \"values\": [", figure.unit.c_str());
  for (std::size_t i = 0; i < figure.values.size(); ++i)
    std::printf("%s%.6g", i == 0 ? "" : ", ", figure.values[i]);
  std::printf("]}\n");
  std::fflush(stdout);
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace rpcgate::bench
