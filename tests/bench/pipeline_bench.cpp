// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The whole pipeline on memory ports, and on the same ports a bare 5-tuple swap and bare I/O.
//   pipeline_bench --list | CASE [--quick] | CASE --profile | --toggle
// --profile: few packets, for callgrind; --toggle: the function that it is to count.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "bench/cases.hpp"

namespace rpcgate::bench {
namespace {

struct Case {
  const char* name;
  void (*run)(const Run& run);
};
constexpr Case cases[] = {
    {"io", run_io},
    {"swap", run_swap},
    {"established", run_established},
    {"established-v6", run_established_v6},
    {"session", run_session},
    {"inspected", run_inspected},
    {"transaction", run_transaction},
    {"workers", run_workers},
    {"latency", run_latency},
    {"soak", run_soak},
};

int usage() {
  std::fprintf(stderr,
               "usage: pipeline_bench --list | --toggle | CASE [--quick | --profile] [--flows N] "
               "[--size BYTES] [--workers N [--hand-over]]\n");
  return 2;
}

}  // namespace
}  // namespace rpcgate::bench

int main(int argc, char** argv) {
  using namespace rpcgate::bench;
  if (argc < 2) return usage();
  const std::string first = argv[1];
  if (first == "--list") {
    for (const Case& c : cases) std::printf("%s\n", c.name);
    return 0;
  }
  if (first == "--toggle") {
    std::printf("*measured_turn*\n");
    return 0;
  }
  Run run;
  for (int i = 2; i < argc; ++i) {
    const std::string option = argv[i];
    const auto number = [&] {
      return i + 1 < argc ? static_cast<unsigned>(std::strtoul(argv[++i], nullptr, 10)) : 0u;
    };
    if (option == "--quick")
      run.quick = true;
    else if (option == "--profile")
      run.profile = true;
    else if (option == "--flows")
      run.flows = number();
    else if (option == "--size")
      run.size = number();
    else if (option == "--workers")
      run.workers = number();
    else if (option == "--hand-over")
      run.hand_over = true;
    else
      return usage();
  }
  for (const Case& c : cases)
    if (first == c.name) {
      c.run(run);
      return 0;
    }
  return usage();
}
