// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// New plain NAT sessions: what the packet that opens one costs, from the wire to the wire. `ends`:
// what the packets cost by which a session ends, two FINs and what acknowledges them, and its
// removal when its time is over.
#include <algorithm>
#include <cstdio>

#include <rte_cycles.h>

#include "bench/cases.hpp"
#include "bench/result.hpp"
#include "bench/traffic.hpp"

namespace rpcgate::bench {
namespace {

constexpr std::size_t size = 60;
constexpr std::uint8_t fin_ack = 0x11, syn = 0x02, syn_ack = 0x12, ack = 0x10;

class Sessions {
 public:
  explicit Sessions(MemoryBox& box) : box_(box), frames_(MemoryBox::burst, size) {}

  // One packet of each of the next `burst` sessions from `flow` on; cycles of the turn, and of
  // receiving and giving back.
  std::uint64_t step(std::uint32_t flow, From from, std::uint8_t flags, std::uint32_t sequence,
                     std::uint32_t acknowledgement) {
    for (std::uint32_t i = 0; i < MemoryBox::burst; ++i)
      write_frame(frames_[i], size, {flow + i, from, flags, sequence, acknowledgement});
    const std::size_t port = from == From::client ? outer : inner;
    const auto list = frames_.next(MemoryBox::burst);
    const std::uint64_t begin = rte_rdtsc();
    box_.feed(port, list, size);
    if (flags == syn)
      box_.measured_turn(box_.now);
    else
      static_cast<void>(box_.worker().turn(box_.now));
    left_ += box_.drain(1 - port);
    return rte_rdtsc() - begin;
  }
  std::uint64_t left() const { return left_; }

 private:
  MemoryBox& box_;
  Frames frames_;
  std::uint64_t left_ = 0;
};

constexpr std::uint32_t c = client_start, s = server_start;

struct Costs {
  std::vector<double> opening, ending;  // cycles a session, one a burst
};

// Opens, confirms and closes `count` sessions from `first` on; then their time is over.
Costs live(MemoryBox& box, Sessions& sessions, std::uint32_t first, std::uint32_t count) {
  Costs costs;
  for (std::uint32_t flow = first; flow < first + count; flow += MemoryBox::burst) {
    const auto opening = sessions.step(flow, From::client, syn, c, 0);
    sessions.step(flow, From::server, syn_ack, s, c + 1);
    sessions.step(flow, From::client, ack, c + 1, s + 1);
    std::uint64_t ending = sessions.step(flow, From::client, fin_ack, c + 1, s + 1);
    ending += sessions.step(flow, From::server, fin_ack, s + 1, c + 2);
    ending += sessions.step(flow, From::client, ack, c + 2, s + 2);
    costs.opening.push_back(static_cast<double>(opening) / MemoryBox::burst);
    costs.ending.push_back(static_cast<double>(ending) / MemoryBox::burst);
  }
  const std::uint64_t begin = rte_rdtsc();
  box.now += seconds{3600};
  while (box.flows() != 0) static_cast<void>(box.worker().turn(box.now));
  const double removal = static_cast<double>(rte_rdtsc() - begin) / count;
  for (double& cost : costs.ending) cost += removal;
  return costs;
}

}  // namespace

void run_session(const Run& run) {
  const std::uint32_t count = run.profile ? 4096 : run.quick ? 65'536 : 262'144;
  BoxOptions options;
  options.flows = count + 4096;
  MemoryBox box(options);
  Sessions sessions(box);
  Figure opening{"session", {{"size", "64"}}, "cycles/session", {}};
  Figure ending{"session-end", {{"size", "64"}}, "cycles/session", {}};
  const int repetitions = run.profile ? 1 : run.quick ? 3 : 7;
  for (int repetition = 0; repetition < repetitions; ++repetition) {
    // Other clients each time: nothing of those before is of use.
    const Costs costs = live(box, sessions, static_cast<std::uint32_t>(repetition) * count, count);
    opening.values.push_back(median(costs.opening));
    ending.values.push_back(median(costs.ending));
  }
  if (run.profile) {
    std::printf("packets %u\n", count);
    return;
  }
  if (box.dropped() != 0) std::fprintf(stderr, "session: dropped: %s\n", box.drops().c_str());
  print(opening);
  print(ending);
}

}  // namespace rpcgate::bench
