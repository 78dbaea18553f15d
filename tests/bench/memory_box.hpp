// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The whole pipeline on memory ports, as large as a benchmark wants it. A memory port is one whose
// wire are frames in memory: what comes in is copied into fresh buffers of the pool, what leaves is
// given back to it, as a NIC's driver would; both are part of what is measured. Port 0 is outer,
// port 1 inner.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "datapath/worker.hpp"
#include "dpdk/memory_port.hpp"
#include "dpdk/mempool.hpp"
#include "dpdk/port.hpp"
#include "interplane/fabric.hpp"
#include "policy/compile.hpp"

namespace rpcgate::bench {

inline constexpr std::size_t outer = 0, inner = 1;

// Plain services on 88 of TCP and UDP, and RPC, published on 198.51.100.1 for everyone; the server
// is 10.10.0.10.
std::string bench_config(const std::string& more = "");
// The same plain service of TCP on 2001:db8:10::10, routed.
std::string bench_config_v6();

struct BoxOptions {
  std::string config = bench_config();
  unsigned workers = 1;
  std::uint32_t flows = 1u << 16;
  std::uint32_t associations = 1u << 12;
  std::uint64_t stream_memory = 64u << 20;
  unsigned packets = 8191;  // of the pool
};

class MemoryBox {
 public:
  static constexpr unsigned burst = 32;

  explicit MemoryBox(const BoxOptions& options = {});
  ~MemoryBox();
  MemoryBox(const MemoryBox&) = delete;
  MemoryBox& operator=(const MemoryBox&) = delete;

  // Copies up to `burst` frames of one size into buffers and puts them on a port's wire.
  void feed(std::size_t port, std::span<const std::byte* const> frames, std::uint16_t size,
            unsigned queue = 0) noexcept;
  void forget_events() noexcept;  // of all workers: nobody reads them here
  // Takes in what was sent by a port and gives it back to the pool; how many packets.
  unsigned drain(std::size_t port, unsigned queue = 0) noexcept;
  // The same, but the first bytes of each packet are shown before.
  template <class Look>
  unsigned drain(std::size_t port, unsigned queue, Look&& look) noexcept {
    std::array<rte_mbuf*, burst> packets;
    unsigned all = 0;
    while (const unsigned n = wires_[port].collect(packets.data(), burst, queue)) {
      for (unsigned i = 0; i < n; ++i) look(rte_pktmbuf_mtod(packets[i], const std::byte*));
      rte_pktmbuf_free_bulk(packets.data(), n);
      all += n;
    }
    return all;
  }

  // One turn of a worker: what `pipeline_bench --toggle` names and callgrind counts.
  void measured_turn(Instant at, unsigned worker = 0) noexcept;
  datapath::Worker& worker(unsigned index = 0) noexcept { return *workers_[index]; }
  unsigned workers() const noexcept { return static_cast<unsigned>(workers_.size()); }
  std::uint16_t eth_port(std::size_t port) const noexcept { return ports_[port].id(); }
  interplane::Fabric& fabric() noexcept { return *fabric_; }
  std::uint32_t flows() const { return datapath::in_use(*arenas_).flows; }
  std::uint32_t pinholes() const { return datapath::in_use(*arenas_).pinholes; }
  unsigned packets_in_use() const { return dpdk::packets_in_use(pool_); }
  std::uint64_t counted(stats::Counter counter) const;
  std::uint64_t dropped() const;
  std::string drops() const;   // "not-a-syn 12, ..."
  std::uint64_t rx_flags = 0;  // what the NIC says of every packet
  Instant now = instant_from_ns(1'700'000'000'000'000'000);

 private:
  void make_ports(const BoxOptions& options);

  dpdk::Mempool pool_;
  std::vector<dpdk::MemoryPort> wires_;
  std::vector<dpdk::Port> ports_;
  std::unique_ptr<const policy::Snapshot> snapshot_;
  std::unique_ptr<interplane::Fabric> fabric_;
  datapath::ArenasPointer arenas_;
  std::vector<std::unique_ptr<datapath::Worker>> workers_;
};

}  // namespace rpcgate::bench
