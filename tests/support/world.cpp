// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "world.hpp"

#include <algorithm>
#include <cstdlib>

#include <gtest/gtest.h>

#include <rte_mbuf.h>

#include "datapath/packet_meta.hpp"
#include "dpdk/eal.hpp"
#include "policy/limits.hpp"
#include "policy/rule.hpp"

namespace rpcgate::tests {
namespace {

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "world: %s\n", why.c_str());
  std::abort();
}
template <class T>
T must(Result<T> result) {
  if (!result) give_up(result.error().what);
  return std::move(*result);
}

// EAL starts once a process, without root, hugepages or files, and is cleaned up at its end.
void start_eal() {
  static const dpdk::Eal eal = [] {
    dpdk::EalOptions options;
    options.program = "packet-test";
    options.workers = 0;
    options.hugepages = false;
    options.memory_mib = 64;
    return must(dpdk::Eal::start(options));
  }();
}

std::string unique(const char* what) {
  static unsigned count = 0;
  return what + std::to_string(count++);
}

FrameBytes frame_out_of(const rte_mbuf* mbuf) {
  FrameBytes frame;
  for (const rte_mbuf* s = mbuf; s != nullptr; s = s->next) {
    const auto* bytes = rte_pktmbuf_mtod(s, const std::byte*);
    frame.insert(frame.end(), bytes, bytes + s->data_len);
  }
  return frame;
}

config::Limits small_box(config::Limits limits) {
  limits.flows = 1024;
  limits.pinholes = 256;
  limits.associations = 256;
  limits.items = 1024;
  limits.notification_sessions = 64;
  limits.stream_memory = 1u << 20;
  return limits;
}

}  // namespace

std::string config_text(const std::string& more_of_the_rule, const std::string& clients) {
  return R"([[port]]
name = "outer0"
zone = "outer"
networks = ["0.0.0.0/0", "2001:db8:1::/48"]
[[port]]
name = "inner0"
zone = "inner"
networks = ["10.10.0.0/24", "2001:db8:10::/48"]
[[publish]]
name = "dc"
action = "allow"
clients = [")" +
         clients + R"("]
outer = "198.51.100.1"
server = "10.10.0.10"
mode = "nat"
services = ["rpc", {protocol = "tcp", port = 88}, {protocol = "udp", port = 88}]
interfaces = ["any"]
protection = "none"
)" + more_of_the_rule +
         R"(
[[publish]]
name = "dc6"
action = "allow"
clients = ["2001:db8:1::/48"]
outer = "2001:db8:10::10"
server = "2001:db8:10::10"
mode = "routed"
services = [{protocol = "tcp", port = 88}]
)";
}

World::World(WorldOptions options) {
  start_eal();
  dpdk::PoolOptions pool;
  pool.name = unique("world");
  pool.packets = 1023;
  pool.cache = 0;
  pool.private_size = datapath::packet_private_size;
  pool_ = must(dpdk::make_packet_pool(pool));
  queues_ = options.queues;
  chains_ = options.chains;
  make_ports(options);
  publish(options.config);
  config::Limits limits = small_box(snapshots_.back()->limits());
  if (options.box) options.box(limits);
  arenas = must(datapath::make_arenas(limits, options.workers));
  worker_config_.fabric = fabric.get();
  worker_config_.arenas = arenas.get();
  worker_config_.pool = pool_.get();
  worker_config_.limits = limits;
  worker_config_.lenient = options.lenient;
  worker_config_.probing = options.probing;
  worker_config_.fast_path = options.fast_path;
  begin_workers();
}

void World::begin_workers() {
  for (unsigned w = 0; w < fabric->workers(); ++w) {
    worker_config_.index = w;
    workers.push_back(must(datapath::Worker::create(worker_config_)));
  }
}

void World::make_ports(const WorldOptions& options) {
  interplane::FabricConfig config;
  config.workers = options.workers;
  config.ring_slots = 64;
  for (std::size_t i = 0; i < 2; ++i) {
    const unsigned queues = std::max({options.queues, options.workers, options.tx_queues});
    wires_.push_back(must(dpdk::MemoryPort::make(unique("p"), queues, 512)));
    dpdk::PortOptions port;
    port.name = i == outer ? "outer0" : "inner0";
    port.device = wires_.back().device();
    port.workers = queues;
    ports_.push_back(must(dpdk::Port::open(port, pool_)));
    if (auto ok = ports_.back().start(); !ok) give_up(ok.error().what);
    interplane::PortView view;
    view.name = port.name;
    view.zone = i == outer ? interplane::Zone::outer : interplane::Zone::inner;
    view.eth_port = ports_[options.one_arm ? 0 : i].id();
    view.kernel = options.kernel;
    view.rx_queues = static_cast<std::uint16_t>(options.queues);
    view.tx_queues =
        static_cast<std::uint16_t>(options.tx_queues != 0 ? options.tx_queues : options.workers);
    view.mtu = options.mtu;
    view.multi_segments = options.chains;
    view.mac = wire::MacAddress{{2, 0, 0, 0, 0, 1}};
    view.static_egress = !options.routed;
    view.static_next_hop = wire::MacAddress{{2, 0, 0, 0, 9, static_cast<std::uint8_t>(i)}};
    config.ports.push_back(view);
  }
  fabric = must(interplane::Fabric::create(std::move(config)));
  if (!options.routed) return;
  const std::vector<route::Route> all{
      {*wire::Prefix::parse("0.0.0.0/0"), {ip("192.0.2.254"), outer}, 0},
      {*wire::Prefix::parse("192.0.2.0/24"), {{}, outer}, 0},
      {*wire::Prefix::parse("10.10.0.0/24"), {{}, inner}, 0}};
  routes = std::make_unique<route::Table>(std::span<const route::Route>{all});
  fabric->published.publish(static_cast<const route::Table*>(routes.get()));
  fabric->published.publish(static_cast<const route::NeighbourTable*>(&neighbours));
}

void World::end_workers() {
  for (auto& worker : workers) worker->finish();
  std::vector<SeenPacket> rest;
  collect(rest);
  const datapath::InUse left = datapath::in_use(*arenas);
  EXPECT_EQ(left.flows, 0u) << "flows were not given back";
  EXPECT_EQ(left.pinholes, 0u);
  EXPECT_EQ(left.items, 0u);
  EXPECT_EQ(left.sessions, 0u);
  for (auto& worker : workers) EXPECT_EQ(worker->stream_buffers_in_use(), 0u);
  EXPECT_EQ(dropped(stats::Drop::internal), 0u) << "an invariant was broken";
  workers.clear();
}

void World::restart() {
  end_workers();
  EXPECT_EQ(dpdk::packets_in_use(pool_), 0u) << "packets were not given back";
  begin_workers();
}

bool World::is_empty() const {
  const datapath::InUse left = datapath::in_use(*arenas);
  std::uint64_t buffers = 0;
  for (const auto& worker : workers) buffers += worker->stream_buffers_in_use();
  return left.flows == 0 && left.pinholes == 0 && left.items == 0 && left.sessions == 0 &&
         buffers == 0 && dpdk::packets_in_use(pool_) == 0;
}

World::~World() {
  end_workers();
  fabric.reset();
  EXPECT_EQ(dpdk::packets_in_use(pool_), 0u) << "packets were not given back";
}

void World::publish(const std::string& config) {
  policy::LoadedPolicy loaded = policy::load_text_and_compile(config, "world.toml", ++generation_,
                                                              {.replay = true, .packs_dir = {}});
  if (loaded.snapshot == nullptr) {
    std::string all;
    for (const auto& d : loaded.diagnostics) all += config::to_string(d) + "\n";
    give_up(all);
  }
  snapshots_.push_back(std::move(loaded.snapshot));
  fabric->published.publish(snapshots_.back().get());
}

void World::publish_again(std::size_t nth) {
  fabric->published.publish(snapshots_[nth].get());
}

rte_mbuf* World::make(const FrameBytes& frame) {
  rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_.get());
  if (mbuf == nullptr) give_up("no packet buffer left");
  char* to = rte_pktmbuf_append(mbuf, static_cast<std::uint16_t>(frame.size()));
  if (to == nullptr) give_up("frame larger than a buffer");
  std::memcpy(to, frame.data(), frame.size());
  return mbuf;
}

void World::feed(std::size_t port, const FrameBytes& frame, unsigned queue) {
  if (!wires_[port].feed(make(frame), queue)) give_up("wire full");
}

void World::feed(std::size_t port, rte_mbuf* packet) {
  if (!wires_[port].feed(packet)) give_up("wire full");
}

void World::feed_chain(std::size_t port, const FrameBytes& frame,
                       const std::vector<std::size_t>& sizes) {
  rte_mbuf* chain = nullptr;
  auto at = frame.begin();
  for (std::size_t i = 0; i <= sizes.size(); ++i) {
    const auto end = i < sizes.size() ? at + static_cast<std::ptrdiff_t>(sizes[i]) : frame.end();
    rte_mbuf* part = make(FrameBytes(at, end));
    at = end;
    if (chain == nullptr)
      chain = part;
    else if (rte_pktmbuf_chain(chain, part) != 0)
      give_up("chain too long");
  }
  if (!wires_[port].feed(chain)) give_up("wire full");
}

void World::collect(std::vector<SeenPacket>& into) {
  std::array<rte_mbuf*, 32> mbufs;
  for (std::size_t port = 0; port < wires_.size(); ++port)
    for (std::uint16_t queue = 0; queue < ports_[port].info().tx_queues; ++queue)
      while (const unsigned n = wires_[port].collect(mbufs.data(), mbufs.size(), queue))
        for (unsigned i = 0; i < n; ++i) {
          EXPECT_TRUE(chains_ || mbufs[i]->nb_segs == 1);
          frames_out.push_back(frame_out_of(mbufs[i]));
          into.push_back(seen(frames_out.back()));
          left_by = port;
          rte_pktmbuf_free(mbufs[i]);
        }
}

std::vector<SeenPacket> World::run() {
  std::vector<SeenPacket> out;
  frames_out.clear();
  for (int idle = 0, round = 0; idle < idle_rounds && round < 200; ++round) {
    bool busy = false;
    for (auto& worker : workers) busy = worker->turn(now) || busy;
    collect(out);
    idle = busy ? 0 : idle + 1;
  }
  return out;
}

std::vector<SeenPacket> World::send(std::size_t port, const FrameBytes& frame, unsigned queue) {
  feed(port, frame, queue);
  return run();
}
std::vector<SeenPacket> World::send(std::size_t port, const PacketBuilder& packet, unsigned queue) {
  return send(port, packet.bytes(), queue);
}
std::vector<SeenPacket> World::after(Duration duration) {
  now += duration;
  return run();
}

wire::L4Port World::open_pinhole(const std::string& client_address, wire::L4Port server_port,
                                 Duration first_use) {
  pinhole::Request request;
  request.client = ip(client_address);
  request.outer = ip(published);
  request.server = {ip(server), server_port};
  request.rule = policy::rule_id("dc");
  request.policy_generation = generation_;
  request.interface.major = 1;
  request.first_use = first_use;
  const pinhole::Opened opened = pinhole_table().open(request, now);
  if (!opened) give_up("pinhole refused");
  return opened.outer_port;
}

void World::establish(std::uint16_t client_port, std::uint16_t port, const std::string& from) {
  ASSERT_EQ(send(outer, from_client(client_port, port, from).seq(1000).syn()).size(), 1u);
  ASSERT_EQ(
      send(inner, from_server(port, client_port, from).seq(5000).ack(1001).flags(0x12)).size(), 1u);
  ASSERT_EQ(send(outer, from_client(client_port, port, from).seq(1001).ack(5001)).size(), 1u);
}

std::uint64_t World::dropped(stats::Drop reason) const {
  std::uint64_t n = 0;
  for (unsigned w = 0; w < fabric->workers(); ++w)
    n += fabric->worker(w).counters.drops.get(reason);
  return n;
}
std::uint64_t World::counted(stats::Counter counter) const {
  std::uint64_t n = 0;
  for (unsigned w = 0; w < fabric->workers(); ++w)
    n += fabric->worker(w).counters.counters.get(counter);
  return n;
}
std::uint64_t World::all_drops() const {
  std::uint64_t n = 0;
  for (std::size_t i = 0; i < stats::drop_count; ++i) n += dropped(static_cast<stats::Drop>(i));
  return n;
}

std::vector<event::Event> World::events() {
  std::vector<event::Event> all;
  event::Event e;
  for (unsigned w = 0; w < fabric->workers(); ++w)
    while (fabric->worker(w).events.pop(e)) all.push_back(e);
  return all;
}
bool World::told(event::Kind kind) {
  for (const event::Event& e : events())
    if (e.kind == kind) return true;
  return false;
}

PacketBuilder from_client(std::uint16_t client_port, std::uint16_t port, const std::string& from) {
  return eth().ipv4(from, published).tcp(client_port, port);
}
PacketBuilder from_server(std::uint16_t server_port, std::uint16_t client_port,
                          const std::string& to) {
  return eth().ipv4(server, to).tcp(server_port, client_port);
}

}  // namespace rpcgate::tests
