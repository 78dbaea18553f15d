// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// parts_bench [--quick] [NAME...]: a JSON object a line and part, as tools/bench reads it.
// parts_bench --list: the names.
#include <cstdio>
#include <set>
#include <string_view>

#include "dpdk/eal.hpp"
#include "lines.hpp"
#include "parts.hpp"

namespace rpcgate::bench {
namespace {

struct Part {
  const char* name;
  void (*add)(const Plan&);
};
constexpr Part parts[] = {
    {"rte_hash", add_rte_hash}, {"flow_table", add_flow_table},
    {"memory", add_memory},     {"pages", add_pages},
    {"headers", add_headers},   {"timers", add_timers},
    {"tracking", add_tracking}, {"rpc", add_rpc},
    {"verdict", add_verdict},
};

const Part* find(std::string_view name) {
  for (const Part& part : parts)
    if (name == part.name) return &part;
  return nullptr;
}

int run(const Plan& plan, const std::set<std::string_view>& wanted) {
  dpdk::EalOptions options;
  options.program = "parts_bench";
  options.workers = 0;
  options.memory_mib = 1024;  // of the largest rte_hash
  const auto eal = dpdk::Eal::start(options);
  if (!eal) {
    std::fprintf(stderr, "parts_bench: %s\n", eal.error().what.c_str());
    return 1;
  }
  for (const Part& part : parts)
    if (wanted.empty() || wanted.contains(part.name)) part.add(plan);
  Lines lines;
  benchmark::RunSpecifiedBenchmarks(&lines, ".");
  benchmark::ClearRegisteredBenchmarks();  // and their tables, of EAL's memory
  return lines.failed() ? 1 : 0;
}

}  // namespace
}  // namespace rpcgate::bench

int main(int argc, char** argv) {
  using namespace rpcgate::bench;
  Plan plan;
  std::set<std::string_view> wanted;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--list") {
      for (const Part& part : parts) std::printf("%s\n", part.name);
      return 0;
    }
    if (word == "--quick") {
      plan = {.slices = 2000, .repetitions = 1, .large = false};
    } else if (find(word) != nullptr) {
      wanted.insert(word);
    } else {
      std::fprintf(stderr, "parts_bench: there is no part %s\n", argv[i]);
      return 2;
    }
  }
  return run(plan, wanted);
}
