// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "lines.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>

namespace rpcgate::bench {
namespace {

// "flows:1024/size:64"
void add_arguments(const std::string& arguments, nlohmann::ordered_json& line) {
  std::istringstream words{arguments};
  for (std::string word; std::getline(words, word, '/');) {
    const auto colon = word.find(':');
    if (colon != std::string::npos)
      line[word.substr(0, colon)] = std::stoll(word.substr(colon + 1));
  }
}

}  // namespace

void Lines::ReportRuns(const std::vector<Run>& runs) {
  nlohmann::ordered_json line;
  std::vector<double> values;
  for (const Run& run : runs) {
    if (run.run_type != Run::RT_Iteration) continue;
    if (run.error_occurred) {
      std::fprintf(stderr, "%s: %s\n", run.benchmark_name().c_str(), run.error_message.c_str());
      failed_ = true;
      return;
    }
    line["name"] = run.run_name.function_name;
    add_arguments(run.run_name.args, line);
    line["unit"] = run.report_label;
    values.push_back(run.counters.at("cycles"));
  }
  if (values.empty()) return;
  line["values"] = values;
  std::printf("%s\n", line.dump().c_str());
  std::fflush(stdout);
}

}  // namespace rpcgate::bench
