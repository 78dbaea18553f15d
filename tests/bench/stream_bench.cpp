// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The stream stage alone, and beside it the plain path, in one run. Without arguments: cycles a
// packet, a Markdown table. `stream_bench CASE N`: case CASE alone for N rounds, for callgrind.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include "bench/conversations.hpp"

namespace rpcgate::bench {
namespace {

constexpr unsigned repetitions = 15;

tests::WorldOptions box() {
  tests::WorldOptions options;
  options.box = [](config::Limits& limits) {
    limits.flows = 1u << 16;
    limits.associations = 1u << 16;
    limits.items = 1u << 16;
    limits.stream_memory = 64u << 20;
  };
  return options;
}

struct Case {
  const char* name;
  std::function<void(tests::World&, Bursts&, unsigned rounds)> run;
};

void bulk(tests::World& world, Bursts& bursts, bool inspected, unsigned every, unsigned calls) {
  Bulk transfer(world, bursts, inspected);
  static_cast<void>(bursts.take());
  // One of `every` packets is swapped with its successor.
  unsigned packets = 0;
  for (unsigned i = 0; i < calls; ++i) {
    packets += Bulk::packets;
    const bool swap = every != 0 && packets >= every;
    if (swap) packets = 0;
    transfer.call(swap);
  }
  bursts.flush();
}

void mapper(tests::World&, Bursts& bursts, bool inspected, unsigned rounds) {
  Mapper conversations(bursts, inspected);
  for (unsigned i = 0; i < rounds; ++i) conversations.round();
}

const Case cases[] = {
    {"bulk-plain", [](auto& w, auto& b, unsigned n) { bulk(w, b, false, 0, n); }},
    {"bulk", [](auto& w, auto& b, unsigned n) { bulk(w, b, true, 0, n); }},
    {"bulk-reordered-plain", [](auto& w, auto& b, unsigned n) { bulk(w, b, false, 100, n); }},
    {"bulk-reordered", [](auto& w, auto& b, unsigned n) { bulk(w, b, true, 100, n); }},
    {"mapper-plain", [](auto& w, auto& b, unsigned n) { mapper(w, b, false, n / 12); }},
    {"mapper", [](auto& w, auto& b, unsigned n) { mapper(w, b, true, n / 12); }},
};

Cost measure(const Case& c, unsigned rounds) {
  tests::World world(box());
  Bursts bursts(world);
  c.run(world, bursts, rounds);
  return bursts.take();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

struct Samples {
  std::vector<double> all, stream, ratio;  // ratio: to the plain case before it, same repetition
};

void table() {
  Samples samples[std::size(cases)];
  for (unsigned repetition = 0; repetition < repetitions; ++repetition) {
    double plain = 0;
    for (std::size_t i = 0; i < std::size(cases); ++i) {
      const Cost cost = measure(cases[i], 4000);
      if (std::string(cases[i].name).ends_with("plain")) plain = cost.all();
      samples[i].all.push_back(cost.all());
      samples[i].stream.push_back(cost.of_stream());
      samples[i].ratio.push_back(cost.all() / plain);
    }
  }
  std::printf("| case | all stages but tx | spread | stream stage alone | to plain |\n");
  std::printf("|---|---|---|---|---|\n");
  for (std::size_t i = 0; i < std::size(cases); ++i) {
    const Samples& s = samples[i];
    const auto [least, most] = std::minmax_element(s.all.begin(), s.all.end());
    std::printf("| %s | %.0f | %.0f to %.0f | %.0f | %.2f |\n", cases[i].name, median(s.all),
                *least, *most, median(s.stream), median(s.ratio));
  }
}

}  // namespace
}  // namespace rpcgate::bench

int main(int argc, char** argv) {
  using namespace rpcgate::bench;
  if (argc == 1) {
    table();
    return 0;
  }
  const unsigned rounds =
      argc > 2 ? static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10)) : 100;
  for (const Case& c : cases) {
    if (std::string(argv[1]) != c.name) continue;
    std::printf("%llu packets\n", static_cast<unsigned long long>(measure(c, rounds).packets));
    return 0;
  }
  std::fprintf(stderr, "there is no case %s\n", argv[1]);
  return 2;
}
