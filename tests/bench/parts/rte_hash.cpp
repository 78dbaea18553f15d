// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What a program on DPDK's own hash table pays to find a flow: 16-byte keys, the flag that lets
// readers go on while another core writes, bulks of 32. Keys that are present only, and no entry
// behind the value is touched: more than this no table of flows can do without.
#include <array>
#include <memory>

#include <rte_hash.h>
#include <rte_hash_crc.h>

#include "key_stream.hpp"
#include "parts.hpp"

namespace rpcgate::bench {
namespace {

struct ShortKey {
  std::uint64_t addresses = 0;
  std::uint64_t ports = 0;
};
static_assert(sizeof(ShortKey) == 16);

// SplitMix64: every flow has a key of its own that looks random.
std::uint64_t mixed(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

ShortKey key_of(std::uint32_t flow) noexcept {
  const std::uint64_t step = 0x9e3779b97f4a7c15;
  return {mixed((2 * std::uint64_t{flow} + 1) * step), mixed((2 * std::uint64_t{flow} + 2) * step)};
}

struct Free {
  void operator()(rte_hash* table) const noexcept { rte_hash_free(table); }
};

struct HashTable {
  explicit HashTable(std::uint32_t size) : flows(size), stream(size, key_of) {
    rte_hash_parameters parameters{};
    parameters.name = "parts";
    parameters.entries = flows + flows / 8;  // a cuckoo table wants some room
    parameters.key_len = sizeof(ShortKey);
    parameters.hash_func = rte_hash_crc;
    parameters.socket_id = SOCKET_ID_ANY;
    parameters.extra_flag = RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF;
    table.reset(rte_hash_create(&parameters));
    if (!table || !fill()) {
      table.reset();
      return;
    }
    std::array<void*, burst_size> values;
    stream.warm_up([&](auto burst) { static_cast<void>(look_up(burst, values)); });
  }
  bool fill() {
    for (std::uint32_t flow = 0; flow < flows; ++flow) {
      const ShortKey key = key_of(flow);
      const std::uintptr_t value = flow + 1;
      if (rte_hash_add_key_data(table.get(), &key, reinterpret_cast<void*>(value)) != 0)
        return false;
    }
    return true;
  }
  // Were all of them found?
  bool look_up(std::span<const ShortKey> burst, std::span<void*> values) noexcept {
    std::array<const void*, burst_size> keys;
    for (std::size_t k = 0; k < burst_size; ++k) keys[k] = &burst[k];
    std::uint64_t hits = 0;
    rte_hash_lookup_bulk_data(table.get(), keys.data(), burst_size, &hits, values.data());
    return hits == (std::uint64_t{1} << burst_size) - 1;
  }
  std::uint32_t flows;
  std::unique_ptr<rte_hash, Free> table;
  KeyStream<ShortKey> stream;
};

// Made once for all repetitions of one size; gone before EAL is.
struct Made {
  std::unique_ptr<HashTable> table;
  HashTable& of(std::uint32_t flows) {
    if (!table || table->flows != flows) {
      table.reset();
      table = std::make_unique<HashTable>(flows);
    }
    return *table;
  }
};

void look_up(benchmark::State& state, Made& made) {
  HashTable& hash = made.of(static_cast<std::uint32_t>(state.range(0)));
  if (!hash.table) return state.SkipWithError("no memory for the table");
  std::array<void*, burst_size> values;
  unsigned missed = 0;
  measure(state, "look-up", bursts_a_slice * burst_size, [&] {
    for (unsigned i = 0; i < bursts_a_slice; ++i)
      missed += !hash.look_up(hash.stream.burst(), values);
  });
  if (missed != 0) state.SkipWithError("keys that are there were not found");
}

}  // namespace

void add_rte_hash(const Plan& plan) {
  const auto made = std::make_shared<Made>();
  auto* part = add(plan, "rte_hash", [made](benchmark::State& state) { look_up(state, *made); });
  part->ArgName("flows");
  for (const int flows : {1 << 10, 1 << 20, 1 << 22}) part->Arg(flows);
}

}  // namespace rpcgate::bench
