// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Finding flows in the gateway's own table, in bulks of 32, from either side: keys of 40 bytes, of
// flows that exist. A look-up compares the key within the record, so that the record's line comes
// into the cache with it.
#include <array>
#include <memory>

#include "flow/table.hpp"
#include "key_stream.hpp"
#include "parts.hpp"

namespace rpcgate::bench {
namespace {

constexpr std::uint32_t largest = 16'515'072;

// Sixteen flows a client; half of the packets come from the server.
flow::FlowKey key_of(std::uint32_t flow, flow::Direction d) {
  const auto outer = wire::IpAddress::from_v4(0xc6336401);
  const auto client = wire::IpAddress::from_v4(0x0b000000 + flow / 16);
  const auto server = wire::IpAddress::from_v4(0x0a0a000a);
  const auto port = static_cast<wire::L4Port>(1024 + flow % 16 * 4000 + flow / 16 % 4000);
  constexpr auto tcp = static_cast<std::uint8_t>(wire::Protocol::tcp);
  if (d == flow::Direction::from_client) return {client, outer, port, 49152, tcp, {}};
  return {server, client, 49152, port, tcp, {}};
}

struct FlowTable {
  explicit FlowTable(std::uint32_t size)
      : flows(size), stream(size, [](std::uint32_t flow) {
          return key_of(flow, static_cast<flow::Direction>(flow & 1));
        }) {
    auto made = flow::Arenas::create(size, 1);
    if (!made) return;
    arenas = std::move(*made);
    table = std::make_unique<flow::Table>(*arenas, 0);
    if (!table->ready() || !fill()) {
      table.reset();
      return;
    }
    std::array<flow::Found, burst_size> found;
    stream.warm_up([&](auto burst) { table->lookup_bulk(burst, found); });
  }
  bool fill() {
    flow::FlowImage record;
    for (std::uint32_t flow = 0; flow < flows; ++flow) {
      record.from_client = key_of(flow, flow::Direction::from_client);
      record.from_server = key_of(flow, flow::Direction::from_server);
      if (table->insert(record).result != flow::Inserted::Result::inserted) return false;
    }
    return true;
  }
  std::uint32_t flows;
  std::unique_ptr<flow::Arenas> arenas;
  std::unique_ptr<flow::Table> table;
  KeyStream<flow::FlowKey> stream;
};

// Made once for all repetitions of one size; gone before EAL is.
struct Made {
  std::unique_ptr<FlowTable> table;
  FlowTable& of(std::uint32_t flows) {
    if (!table || table->flows != flows) {
      table.reset();
      table = std::make_unique<FlowTable>(flows);
    }
    return *table;
  }
};

void look_up(benchmark::State& state, Made& made) {
  FlowTable& flows = made.of(static_cast<std::uint32_t>(state.range(0)));
  if (!flows.table) return state.SkipWithError("no memory for the table");
  std::array<flow::Found, burst_size> found;
  std::uint64_t missed = 0;
  measure(state, "look-up", bursts_a_slice * burst_size, [&] {
    for (unsigned i = 0; i < bursts_a_slice; ++i) {
      flows.table->lookup_bulk(flows.stream.burst(), found);
      for (const flow::Found& one : found) missed += !one;
    }
  });
  if (missed != 0) state.SkipWithError("flows that are there were not found");
}

}  // namespace

void add_flow_table(const Plan& plan) {
  const auto made = std::make_shared<Made>();
  auto* part = add(plan, "flow_table", [made](benchmark::State& state) { look_up(state, *made); });
  part->ArgName("flows");
  for (const int flows : {1 << 10, 1 << 20, 1 << 22}) part->Arg(flows);
  if (plan.large) part->Arg(largest);
}

}  // namespace rpcgate::bench
