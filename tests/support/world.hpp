// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The real pipeline on memory ports, under a clock set by hand: packets in, packets out. Port 0 is
// outer, port 1 inner. Everything that was taken must have come back when a world ends.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "datapath/worker.hpp"
#include "dpdk/memory_port.hpp"
#include "dpdk/mempool.hpp"
#include "dpdk/port.hpp"
#include "event/event.hpp"
#include "interplane/fabric.hpp"
#include "packet_builder.hpp"
#include "pinhole/table.hpp"
#include "policy/compile.hpp"
#include "route/neighbour_table.hpp"
#include "route/table.hpp"

namespace rpcgate::tests {

inline constexpr std::size_t outer = 0, inner = 1;
inline const std::string client = "192.0.2.7", other_client = "192.0.2.8";
inline const std::string published = "198.51.100.1", server = "10.10.0.10";
inline const std::string client6 = "2001:db8:1::7", server6 = "2001:db8:10::10";

// One rule for `client`'s network: RPC, 88 of TCP and UDP by NAT; another for `client6`, routed.
std::string config_text(const std::string& more_of_the_rule = "",
                        const std::string& clients = "192.0.2.0/24");

struct WorldOptions {
  std::string config = config_text();
  unsigned workers = 1;
  unsigned queues = 1;     // rx queues of each port
  unsigned tx_queues = 0;  // 0: as many as workers
  std::uint16_t mtu = 1500;
  bool routed = false;  // with a FIB and neighbours instead of fixed next hops
  bool lenient = false;
  bool fast_path = true;
  bool probing = false;  // quiet ends are asked whether they are there
  bool chains = false;   // the ports send chains
  bool one_arm = false;  // both ports are the first NIC
  interplane::KernelSide kernel = interplane::KernelSide::steered;
  std::function<void(config::Limits&)> box;  // sizes other than the small ones
};

class World {
 public:
  explicit World(WorldOptions options = {});
  ~World();  // everything came back, or the test fails

  // The workers end, which must leave nothing behind, and others begin. Cheaper than a new world.
  void restart();
  // What connections have taken, packets included, was given back while the workers went on.
  bool is_empty() const;

  // Feeds a frame and lets all workers work until there is nothing to do. What left meanwhile.
  std::vector<SeenPacket> send(std::size_t port, const PacketBuilder& packet, unsigned queue = 0);
  std::vector<SeenPacket> send(std::size_t port, const FrameBytes& frame, unsigned queue = 0);
  void feed(std::size_t port, const FrameBytes& frame, unsigned queue = 0);
  void feed(std::size_t port, rte_mbuf* packet);
  // In segments of these sizes, the rest in the last one.
  void feed_chain(std::size_t port, const FrameBytes& frame, const std::vector<std::size_t>& sizes);
  rte_mbuf* make(const FrameBytes& frame);           // a packet of this world's pool
  std::vector<SeenPacket> run();                     // workers in turn until all are idle
  std::vector<SeenPacket> after(Duration duration);  // the clock goes on, timers fire

  void publish(const std::string& config);
  void publish_again(std::size_t nth);  // of the publications so far; nothing is compiled
  void command(const interplane::Command& command) { fabric->worker(0).commands.push(command); }
  wire::L4Port open_pinhole(const std::string& client_address, wire::L4Port server_port,
                            Duration first_use = seconds{120});

  // TCP conversations of one worker's client, with sequence numbers that start at 1000 and 5000.
  void establish(std::uint16_t client_port, std::uint16_t port, const std::string& from = client);

  std::uint64_t dropped(stats::Drop reason) const;
  std::uint64_t counted(stats::Counter counter) const;
  std::uint64_t all_drops() const;
  std::vector<event::Event> events();
  bool told(event::Kind kind);
  std::uint32_t flows() const { return datapath::in_use(*arenas).flows; }
  std::uint32_t pinholes() const { return datapath::in_use(*arenas).pinholes; }
  pinhole::Table& pinhole_table(unsigned worker = 0) {
    return *fabric->worker(worker).pinholes.load();
  }

  int idle_rounds = 3;  // of all workers, before run() ends
  Instant now = instant_from_ns(1'700'000'000'000'000'000);
  std::unique_ptr<interplane::Fabric> fabric;
  std::vector<std::unique_ptr<datapath::Worker>> workers;
  route::NeighbourTable neighbours;
  std::unique_ptr<route::Table> routes;
  datapath::ArenasPointer arenas;
  std::size_t left_by = 99;            // port of the last packet that left
  std::vector<FrameBytes> frames_out;  // what left in the last run(), as it was on the wire

 private:
  void make_ports(const WorldOptions& options);
  void begin_workers();
  void end_workers();
  void collect(std::vector<SeenPacket>& into);
  unsigned queues_ = 1;
  bool chains_ = false;
  datapath::WorkerConfig worker_config_;
  std::uint32_t generation_ = 0;
  dpdk::Mempool pool_;
  std::vector<dpdk::MemoryPort> wires_;
  std::vector<dpdk::Port> ports_;
  std::vector<std::unique_ptr<const policy::Snapshot>> snapshots_;
};

// Builders of the usual directions.
PacketBuilder from_client(std::uint16_t client_port, std::uint16_t port,
                          const std::string& from = client);
PacketBuilder from_server(std::uint16_t server_port, std::uint16_t client_port,
                          const std::string& to = client);

}  // namespace rpcgate::tests
