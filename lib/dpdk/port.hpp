// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// One Ethernet device of any EAL kind. Opened, started and closed by the control core; workers use
// id() and info() only. Each rx and tx queue belongs to one worker: queue q to worker q.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "dpdk/mempool.hpp"
#include "wire/mac_address.hpp"

namespace rpcgate::dpdk {

// Which address of a packet is the remote one: outer ports are hashed by source, inner by
// destination, so that the NIC's choice equals owner().
enum class HashSide : std::uint8_t { source, destination };

struct PortOptions {
  std::string name;    // ours, for messages
  std::string device;  // "net_af_xdp0,iface=gw0", "0000:03:00.0", ...
  unsigned workers = 1;
  HashSide hash = HashSide::source;
  std::uint16_t rx_descriptors = 1024;
  std::uint16_t tx_descriptors = 1024;
  std::uint16_t mtu = 0;  // 0: as the device has it
  bool promiscuous = false;
};

struct PortInfo {
  std::uint16_t id = 0;         // DPDK's port id
  std::uint16_t rx_queues = 0;  // min(workers, what the device has)
  std::uint16_t tx_queues = 0;
  std::uint16_t mtu = 1500;
  bool multi_segment = false;   // chained and cloned mbufs may be sent
  bool rx_ip_checksum = false;  // the device fills RTE_MBUF_F_RX_IP_CKSUM_*
  bool rx_l4_checksum = false;  // ... and RTE_MBUF_F_RX_L4_CKSUM_*
  bool hash_is_owner = false;   // queues follow owner(): nothing needs handing over
  wire::MacAddress mac;
  std::string driver;            // "net_af_xdp", ...
  std::string kernel_interface;  // the kernel's name of the same NIC; empty when it has none
};

struct PortStatistics {
  std::uint64_t rx_packets = 0, tx_packets = 0, rx_bytes = 0, tx_bytes = 0;
  std::uint64_t rx_missed = 0, rx_errors = 0, tx_errors = 0, rx_no_mbuf = 0;
};

class Port {
 public:
  // Probes the device (one that exists already, as memory ports do, is taken as it is) and
  // configures it with its queues, stopped. `pool` outlives the port.
  static Result<Port> open(const PortOptions& options, const Mempool& pool);
  Port(Port&& other) noexcept;
  Port& operator=(Port&& other) noexcept;
  ~Port();  // stops and closes the device, and removes a vdev

  Result<void> start();
  void stop() noexcept;
  const std::string& name() const noexcept { return name_; }
  const PortInfo& info() const noexcept { return info_; }
  std::uint16_t id() const noexcept { return info_.id; }
  bool link_up() const noexcept;
  PortStatistics statistics() const noexcept;

 private:
  Port(std::string name, std::string device) : name_(std::move(name)), device_(std::move(device)) {}
  Result<void> configure(const PortOptions& options, const Mempool& pool);
  Result<void> set_up_queues(const PortOptions& options, const Mempool& pool);
  void finish_sending() noexcept;
  void close() noexcept;
  std::string name_;
  std::string device_;
  PortInfo info_;
  bool open_ = false;
  bool started_ = false;
  bool promiscuous_ = false;
  bool wants_owner_hash_ = false;  // the device hashes the remote address alone
  std::uint16_t redirection_size_ = 0;
  const rte_mempool* pool_ = nullptr;
  unsigned taken_ = 0;  // packets that the driver took for its receive rings
};

}  // namespace rpcgate::dpdk
