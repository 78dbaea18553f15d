// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dpdk/port.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include <net/if.h>

#include <rte_bus.h>
#include <rte_cycles.h>
#include <rte_dev.h>
#include <rte_ethdev.h>

#include "dpdk/eal.hpp"
#include "dpdk/failure.hpp"

namespace rpcgate::dpdk {
namespace {

// 6d5a repeated: its period of 16 bits makes the hash of one address what owner() computes.
std::array<std::uint8_t, 52> symmetric_key() {
  std::array<std::uint8_t, 52> key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = i % 2 == 0 ? 0x6d : 0x5a;
  return key;
}

Result<std::uint16_t> probe(const std::string& device) {
  const std::string name = device_name(device);
  std::uint16_t id = 0;
  // PCI devices were probed with EAL, memory ports made before: only a vdev is new here.
  if (rte_eth_dev_get_port_by_name(name.c_str(), &id) == 0) return id;
  if (is_pci_device(device))
    return fail(ErrorCode::not_found,
                device + ": no driver of DPDK took this device (is it bound to vfio-pci?)");
  const int rc = rte_dev_probe(device.c_str());
  if (rc < 0) return rte_failure("rte_dev_probe " + device, rc);
  if (rte_eth_dev_get_port_by_name(name.c_str(), &id) != 0)
    return fail(ErrorCode::not_found, device + ": it is no Ethernet device");
  return id;
}

void remove_vdev(const std::string& name) noexcept {
  rte_device* device = nullptr;
  if (is_pci_device(name)) return;
  std::uint16_t id = 0;
  rte_eth_dev_info info{};
  if (rte_eth_dev_get_port_by_name(name.c_str(), &id) == 0 && rte_eth_dev_info_get(id, &info) == 0)
    device = info.device;
  if (device != nullptr) rte_dev_remove(device);
}

struct HashPlan {
  std::uint64_t types = 0;
  bool is_owner = false;
};

// Types of packets to hash, over the remote address alone where the device can. Otherwise over both
// addresses: packets are spread, and what lands wrong is handed over.
HashPlan plan_hash(const rte_eth_dev_info& device, HashSide side, std::uint16_t queues) {
  if (queues < 2) return {};
  const std::uint64_t transport = RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV4_UDP |
                                  RTE_ETH_RSS_NONFRAG_IPV6_TCP | RTE_ETH_RSS_NONFRAG_IPV6_UDP;
  const std::uint64_t only =
      side == HashSide::source ? RTE_ETH_RSS_L3_SRC_ONLY : RTE_ETH_RSS_L3_DST_ONLY;
  const std::uint64_t offered = device.flow_type_rss_offloads;
  HashPlan plan;
  if ((offered & only) != 0) {
    plan.types = (offered & (RTE_ETH_RSS_IP | transport)) | only;
    plan.is_owner = true;
  } else {
    plan.types = offered & RTE_ETH_RSS_IP;
  }
  if ((plan.types & ~only) == 0) return {};
  return plan;
}

// Entry i serves the packets whose hash ends in i; owner() takes the low 7 bits modulo workers.
Result<bool> fill_redirection(std::uint16_t id, std::uint16_t size, std::uint16_t queues) {
  if (size == 0 || size % RTE_ETH_RETA_GROUP_SIZE != 0) return false;
  std::vector<rte_eth_rss_reta_entry64> table(size / RTE_ETH_RETA_GROUP_SIZE);
  for (std::uint16_t i = 0; i < size; ++i) {
    auto& group = table[i / RTE_ETH_RETA_GROUP_SIZE];
    group.mask = ~std::uint64_t{0};
    group.reta[i % RTE_ETH_RETA_GROUP_SIZE] = static_cast<std::uint16_t>((i & 127) % queues);
  }
  const int rc = rte_eth_dev_rss_reta_update(id, table.data(), size);
  if (rc == -ENOTSUP || rc == -ENOSYS) return false;
  if (rc != 0) return tl::unexpected(rte_failure("rte_eth_dev_rss_reta_update", rc).value());
  return size >= 128;
}

std::uint16_t queues_of(unsigned workers, std::uint16_t offered) {
  return static_cast<std::uint16_t>(
      std::clamp<unsigned>(workers, 1, std::max<unsigned>(offered, 1)));
}

std::string interface_of(const std::string& device, const rte_eth_dev_info& info) {
  // net_tap's iface= is the far end of its wire, not this NIC under another name.
  if (std::strcmp(info.driver_name, "net_tap") == 0) return {};
  if (std::string named = device_interface(device); !named.empty()) return named;
  char name[IF_NAMESIZE] = {};
  if (info.if_index != 0 && if_indextoname(info.if_index, name) != nullptr) return name;
  return {};
}

}  // namespace

Result<Port> Port::open(const PortOptions& options, const Mempool& pool) {
  const std::string where = "port " + options.name;
  const auto id = probe(options.device);
  if (!id) return in_context(where, id.error());
  Port port(options.name, options.device);  // closes the device on every way out
  port.info_.id = *id;
  port.open_ = true;
  if (const auto done = port.configure(options, pool); !done)
    return in_context(where, done.error());
  return port;
}

Result<void> Port::configure(const PortOptions& options, const Mempool& pool) {
  const std::uint16_t id = info_.id;
  pool_ = pool.get();
  rte_eth_dev_info device{};
  if (const int rc = rte_eth_dev_info_get(id, &device); rc != 0)
    return rte_failure("rte_eth_dev_info_get", rc);
  info_.driver = device.driver_name;
  info_.kernel_interface = interface_of(options.device, device);
  info_.rx_queues = queues_of(options.workers, device.max_rx_queues);
  info_.tx_queues = queues_of(options.workers, device.max_tx_queues);

  HashPlan hash = plan_hash(device, options.hash, info_.rx_queues);
  auto key = symmetric_key();
  rte_eth_conf conf{};
  conf.rxmode.mtu = options.mtu;
  // MBUF_FAST_FREE is never asked for: packets of several pools, and shared ones, are sent.
  conf.rxmode.offloads =
      device.rx_offload_capa &
      (RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM);
  conf.txmode.offloads = device.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
  if (hash.types != 0) {
    conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    conf.rx_adv_conf.rss_conf.rss_hf = hash.types;
    const std::size_t size = device.hash_key_size == 0 ? 40 : device.hash_key_size;
    if (size <= key.size()) {
      conf.rx_adv_conf.rss_conf.rss_key = key.data();
      conf.rx_adv_conf.rss_conf.rss_key_len = static_cast<std::uint8_t>(size);
    } else {
      hash.is_owner = false;  // the driver's own key: spread, no more
    }
  }
  if (const int rc = rte_eth_dev_configure(id, info_.rx_queues, info_.tx_queues, &conf); rc != 0)
    return rte_failure("rte_eth_dev_configure", rc);
  info_.rx_ip_checksum = (conf.rxmode.offloads & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM) != 0;
  info_.rx_l4_checksum = (conf.rxmode.offloads & RTE_ETH_RX_OFFLOAD_TCP_CKSUM) != 0;
  info_.multi_segment = (conf.txmode.offloads & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) != 0;
  const unsigned before = rte_mempool_in_use_count(pool_);
  const auto queues_done = set_up_queues(options, pool);
  taken_ = rte_mempool_in_use_count(pool_) - before;
  if (!queues_done) return queues_done;
  wants_owner_hash_ = hash.is_owner;
  redirection_size_ = hash.types == 0 ? std::uint16_t{0} : device.reta_size;
  promiscuous_ = options.promiscuous;

  // Devices that cannot be asked for an MTU keep the usual one.
  std::uint16_t mtu = 0;
  if (rte_eth_dev_get_mtu(id, &mtu) == 0 && mtu != 0) info_.mtu = mtu;
  rte_ether_addr mac{};
  if (const int rc = rte_eth_macaddr_get(id, &mac); rc != 0)
    return rte_failure("rte_eth_macaddr_get", rc);
  info_.mac = wire::MacAddress::from_octets(mac.addr_bytes);
  return {};
}

Result<void> Port::set_up_queues(const PortOptions& options, const Mempool& pool) {
  const std::uint16_t id = info_.id;
  std::uint16_t rx = options.rx_descriptors;
  std::uint16_t tx = options.tx_descriptors;
  if (const int rc = rte_eth_dev_adjust_nb_rx_tx_desc(id, &rx, &tx); rc != 0)
    return rte_failure("rte_eth_dev_adjust_nb_rx_tx_desc", rc);
  const auto socket = static_cast<unsigned>(rte_eth_dev_socket_id(id));
  for (std::uint16_t q = 0; q < info_.rx_queues; ++q)
    if (const int rc = rte_eth_rx_queue_setup(id, q, rx, socket, nullptr, pool.get()); rc != 0)
      return rte_failure("rte_eth_rx_queue_setup " + std::to_string(q), rc);
  for (std::uint16_t q = 0; q < info_.tx_queues; ++q)
    if (const int rc = rte_eth_tx_queue_setup(id, q, tx, socket, nullptr); rc != 0)
      return rte_failure("rte_eth_tx_queue_setup " + std::to_string(q), rc);
  return {};
}

Result<void> Port::start() {
  const unsigned before = rte_mempool_in_use_count(pool_);
  if (const int rc = rte_eth_dev_start(info_.id); rc != 0)
    return in_context("port " + name_, rte_failure("rte_eth_dev_start", rc).value());
  started_ = true;
  taken_ += rte_mempool_in_use_count(pool_) - before;  // drivers of NICs fill their rings here
  if (redirection_size_ != 0) {
    const auto filled = fill_redirection(info_.id, redirection_size_, info_.rx_queues);
    if (!filled) return in_context("port " + name_, filled.error());
    info_.hash_is_owner = wants_owner_hash_ && *filled;
  }
  if (promiscuous_) {
    // Some virtual devices have no such switch and receive everything anyway.
    const int rc = rte_eth_promiscuous_enable(info_.id);
    if (rc != 0 && rc != -ENOTSUP)
      return in_context("port " + name_, rte_failure("rte_eth_promiscuous_enable", rc).value());
  }
  return {};
}

void Port::stop() noexcept {
  if (!std::exchange(started_, false)) return;
  finish_sending();
  rte_eth_dev_stop(info_.id);
}

// An empty burst makes net_af_xdp take back what the kernel has sent; later it never would.
void Port::finish_sending() noexcept {
  if (info_.driver != "net_af_xdp") return;
  for (unsigned round = 0; round < 20; ++round) {
    for (std::uint16_t q = 0; q < info_.tx_queues; ++q) rte_eth_tx_burst(info_.id, q, nullptr, 0);
    rte_delay_us_sleep(500);
  }
}

bool Port::link_up() const noexcept {
  rte_eth_link link{};
  return rte_eth_link_get_nowait(info_.id, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

PortStatistics Port::statistics() const noexcept {
  rte_eth_stats s{};
  if (rte_eth_stats_get(info_.id, &s) != 0) return {};
  return {s.ipackets, s.opackets, s.ibytes, s.obytes, s.imissed, s.ierrors, s.oerrors, s.rx_nombuf};
}

void Port::close() noexcept {
  stop();
  if (!std::exchange(open_, false)) return;
  const std::string name = device_name(device_);
  const unsigned before = pool_ == nullptr ? 0 : rte_mempool_in_use_count(pool_);
  if (is_pci_device(name))
    rte_eth_dev_close(info_.id);
  else
    remove_vdev(name);  // closes it too
  if (pool_ == nullptr) return;
  const unsigned returned = before - rte_mempool_in_use_count(pool_);
  if (returned < taken_) note_kept_by_driver(pool_, taken_ - returned);
}

Port::Port(Port&& other) noexcept {
  *this = std::move(other);
}

Port& Port::operator=(Port&& other) noexcept {
  if (this == &other) return *this;
  close();
  name_ = std::move(other.name_);
  device_ = std::move(other.device_);
  info_ = std::move(other.info_);
  open_ = std::exchange(other.open_, false);
  started_ = std::exchange(other.started_, false);
  promiscuous_ = other.promiscuous_;
  wants_owner_hash_ = other.wants_owner_hash_;
  redirection_size_ = other.redirection_size_;
  pool_ = other.pool_;
  taken_ = other.taken_;
  return *this;
}

Port::~Port() {
  close();
}

}  // namespace rpcgate::dpdk
