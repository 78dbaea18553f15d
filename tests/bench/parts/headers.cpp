// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What is done to headers and with keys: the rewrite with its checksum deltas, a whole checksum,
// the hash of a key. All bytes come from the nearest caches.
#include <array>
#include <cstring>

#include "arena/keyed_hash.hpp"
#include "nat/rewrite.hpp"
#include "parts.hpp"
#include "wire/checksum.hpp"

namespace rpcgate::bench {
namespace {

using wire::IpAddress;

flow::FlowImage translated_flow() {
  const auto client = IpAddress::from_v4(0x0b000001), outer = IpAddress::from_v4(0xc6336401);
  const auto seen = IpAddress::from_v4(0x0a0a0001), server = IpAddress::from_v4(0x0a0a000a);
  constexpr auto tcp = static_cast<std::uint8_t>(wire::Protocol::tcp);
  flow::FlowImage record;
  record.from_client = {client, outer, 40000, 49152, tcp, {}};
  record.from_server = {server, seen, 49152, 50000, tcp, {}};
  nat::prepare(record);
  return record;
}

// The headers of 256 segments of one flow, over and over. Their checksums are not right after the
// first round, which costs nothing.
void rewrite(benchmark::State& state) {
  const flow::FlowImage record = translated_flow();
  std::vector<std::array<std::byte, 64>> packets(256);
  for (auto& packet : packets) {
    packet[0] = std::byte{0x45};
    packet[9] = static_cast<std::byte>(wire::Protocol::tcp);
  }
  measure(state, "packet", 256, [&] {
    for (auto& packet : packets)
      nat::apply(record, flow::Direction::from_client, packet.data(), packet.data() + 20);
    benchmark::ClobberMemory();
  });
}

void checksum(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  constexpr unsigned payloads = 16;  // 23 KiB: in the nearest cache
  std::vector<std::byte> bytes(size * payloads, std::byte{0x5a});
  measure(state, "checksum", payloads, [&] {
    for (std::size_t i = 0; i < payloads; ++i) {
      wire::ChecksumSum sum;
      sum.add({bytes.data() + i * size, size});
      benchmark::DoNotOptimize(sum.checksum());
    }
  });
}

void hash_of_key(benchmark::State& state) {
  std::vector<flow::FlowKey> keys(256, translated_flow().from_client);
  const arena::HashSeed seed{0x243f6a8885a308d3, 0x13198a2e03707344};
  measure(state, "key", 256, [&] {
    for (const flow::FlowKey& key : keys)
      benchmark::DoNotOptimize(arena::keyed_hash<sizeof(flow::FlowKey)>(&key, seed));
  });
}

}  // namespace

void add_headers(const Plan& plan) {
  add(plan, "rewrite", rewrite);
  add(plan, "checksum", checksum)->ArgName("size")->Arg(1460);
  add(plan, "keyed_hash", hash_of_key);
}

}  // namespace rpcgate::bench
