// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "bench/memory_box.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "arena/mapping.hpp"
#include "datapath/packet_meta.hpp"
#include "dpdk/eal.hpp"

namespace rpcgate::bench {
namespace {

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "bench: %s\n", why.c_str());
  std::exit(1);
}
template <class T>
T must(Result<T> result) {
  if (!result) give_up(result.error().what);
  return std::move(*result);
}

void start_eal() {
  static const dpdk::Eal eal = [] {
    arena::Mapping::use_reserved_pages(true);
    dpdk::EalOptions options;
    options.program = "bench";
    options.workers = 0;
    options.memory_mib = 512;
    return must(dpdk::Eal::start(options));
  }();
}

std::string unique(const char* what) {
  static unsigned count = 0;
  return what + std::to_string(count++);
}

const std::string limits_text = R"([limits]
flows-per-client = 1048576
half-open-per-client = 1048576
)";

}  // namespace

std::string bench_config_v6() {
  return limits_text + R"([[port]]
name = "outer0"
zone = "outer"
networks = ["2001:db8:1::/48"]
[[port]]
name = "inner0"
zone = "inner"
networks = ["2001:db8:10::/48"]
[[publish]]
name = "dc6"
clients = ["2001:db8:1::/48"]
outer = "2001:db8:10::10"
server = "2001:db8:10::10"
mode = "routed"
services = [{protocol = "tcp", port = 88}]
)";
}

std::string bench_config(const std::string& more) {
  return limits_text + R"([[port]]
name = "outer0"
zone = "outer"
networks = ["0.0.0.0/0"]
[[port]]
name = "inner0"
zone = "inner"
networks = ["10.10.0.0/16"]
[[publish]]
name = "dc"
clients = ["any"]
outer = "198.51.100.1"
server = "10.10.0.10"
services = ["rpc", {protocol = "tcp", port = 88}, {protocol = "udp", port = 88}]
interfaces = ["any"]
protection = "none"
)" + more;
}

MemoryBox::MemoryBox(const BoxOptions& options) {
  start_eal();
  dpdk::PoolOptions pool;
  pool.name = unique("bench");
  pool.packets = options.packets;
  pool.cache = 256;
  pool.private_size = datapath::packet_private_size;
  pool_ = must(dpdk::make_packet_pool(pool));
  make_ports(options);
  policy::LoadedPolicy loaded = policy::load_text_and_compile(options.config, "bench.toml", 1,
                                                              {.replay = true, .packs_dir = {}});
  if (loaded.snapshot == nullptr) give_up(config::to_string(loaded.diagnostics.front()));
  snapshot_ = std::move(loaded.snapshot);
  fabric_->published.publish(snapshot_.get());
  config::Limits limits = snapshot_->limits();
  limits.flows = options.flows;
  limits.associations = options.associations;
  limits.stream_memory = options.stream_memory;
  arenas_ = must(datapath::make_arenas(limits, options.workers));
  datapath::WorkerConfig config;
  config.fabric = fabric_.get();
  config.arenas = arenas_.get();
  config.pool = pool_.get();
  config.limits = limits;
  for (unsigned w = 0; w < options.workers; ++w) {
    config.index = w;
    workers_.push_back(must(datapath::Worker::create(config)));
    static_cast<void>(workers_.back()->turn(now));
  }
}

MemoryBox::~MemoryBox() {
  for (auto& worker : workers_) worker->finish();
  for (std::size_t port = 0; port < wires_.size(); ++port)
    for (unsigned queue = 0; queue < workers_.size(); ++queue) drain(port, queue);
}

void MemoryBox::make_ports(const BoxOptions& options) {
  interplane::FabricConfig config;
  config.workers = options.workers;
  for (std::size_t i = 0; i < 2; ++i) {
    wires_.push_back(must(dpdk::MemoryPort::make(unique("b"), options.workers, 1024)));
    dpdk::PortOptions port;
    port.name = i == outer ? "outer0" : "inner0";
    port.device = wires_.back().device();
    port.workers = options.workers;
    ports_.push_back(must(dpdk::Port::open(port, pool_)));
    if (auto ok = ports_.back().start(); !ok) give_up(ok.error().what);
    interplane::PortView view;
    view.name = port.name;
    view.zone = i == outer ? interplane::Zone::outer : interplane::Zone::inner;
    view.eth_port = ports_.back().id();
    view.rx_queues = static_cast<std::uint16_t>(options.workers);
    view.tx_queues = static_cast<std::uint16_t>(options.workers);
    view.mac = wire::MacAddress{{2, 0, 0, 0, 0, 1}};
    view.static_egress = true;
    view.static_next_hop = wire::MacAddress{{2, 0, 0, 0, 9, static_cast<std::uint8_t>(i)}};
    config.ports.push_back(view);
  }
  fabric_ = must(interplane::Fabric::create(std::move(config)));
}

void MemoryBox::feed(std::size_t port, std::span<const std::byte* const> frames, std::uint16_t size,
                     unsigned queue) noexcept {
  std::array<rte_mbuf*, burst> packets;
  const auto n = static_cast<unsigned>(frames.size());
  if (rte_pktmbuf_alloc_bulk(pool_.get(), packets.data(), n) != 0) give_up("no buffer is left");
  for (unsigned i = 0; i < n; ++i) {
    std::memcpy(rte_pktmbuf_mtod(packets[i], std::byte*), frames[i], size);
    packets[i]->data_len = size;
    packets[i]->pkt_len = size;
    packets[i]->ol_flags |= rx_flags;
  }
  if (wires_[port].feed_bulk(packets.data(), n, queue) != n) give_up("a wire is full");
}

void MemoryBox::forget_events() noexcept {
  event::Event event;
  for (unsigned w = 0; w < workers(); ++w)
    while (fabric_->worker(w).events.pop(event)) {
    }
}

[[gnu::noinline]] void MemoryBox::measured_turn(Instant at, unsigned worker) noexcept {
  static_cast<void>(workers_[worker]->turn(at));
}

unsigned MemoryBox::drain(std::size_t port, unsigned queue) noexcept {
  return drain(port, queue, [](const std::byte*) {});
}

std::uint64_t MemoryBox::counted(stats::Counter counter) const {
  std::uint64_t all = 0;
  for (unsigned w = 0; w < fabric_->workers(); ++w)
    all += fabric_->worker(w).counters.counters.get(counter);
  return all;
}

std::uint64_t MemoryBox::dropped() const {
  std::uint64_t all = 0;
  for (unsigned w = 0; w < fabric_->workers(); ++w)
    for (std::size_t i = 0; i < stats::drop_count; ++i)
      all += fabric_->worker(w).counters.drops.get(static_cast<stats::Drop>(i));
  return all;
}

std::string MemoryBox::drops() const {
  std::string text;
  for (unsigned w = 0; w < fabric_->workers(); ++w)
    for (std::size_t i = 0; i < stats::drop_count; ++i) {
      const auto n = fabric_->worker(w).counters.drops.get(static_cast<stats::Drop>(i));
      if (n == 0) continue;
      text += (text.empty() ? "" : ", ");
      text += std::string(stats::name_of(static_cast<stats::Drop>(i))) + ' ' + std::to_string(n);
    }
  return text;
}

}  // namespace rpcgate::bench
