// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/ports.hpp"

#include <algorithm>
#include <string_view>

#include <net/if.h>

#include "dpdk/eal.hpp"

namespace rpcgate::control {
namespace {

std::optional<xdp::Kind> steering_kind(const std::string& device) {
  const std::string_view name = device;
  if (name.starts_with("net_af_xdp")) return xdp::Kind::xdp;
  if (name.starts_with("net_af_packet")) return xdp::Kind::tc;
  return std::nullopt;
}

// The kernel's interface whose frames the device takes. The `iface=` of a net_tap is the wire's far
// end, not ours.
std::string interface_below(const std::string& device) {
  const bool is_netdev = steering_kind(device) || std::string_view(device).starts_with("net_pcap");
  return is_netdev ? dpdk::device_interface(device) : std::string();
}

interplane::KernelSide kernel_side(const std::string& device) {
  const auto kind = steering_kind(device);
  if (!kind) return interplane::KernelSide::mirrored;
  return *kind == xdp::Kind::xdp ? interplane::KernelSide::steered : interplane::KernelSide::shared;
}

// Gives a packet back as soon as it was sent.
bool copies_on_tx(const std::string& device) {
  const std::string_view name = device;
  return name.starts_with("net_af_packet") || name.starts_with("net_tap") ||
         name.starts_with("net_pcap");
}

std::string port_names(const config::Config& config, const Nic& nic) {
  std::string names;
  for (const auto index : nic.ports)
    names += (names.empty() ? "" : "+") + *config.ports[index].name;
  return names;
}

dpdk::PortOptions port_options(const config::Config& config, const Nic& nic) {
  const config::Port& first = config.ports[nic.ports.front()];
  dpdk::PortOptions options;
  options.name = port_names(config, nic);
  options.device = nic.device;
  options.workers = std::min(*config.daemon.workers, *first.queues);
  options.hash =
      *first.zone == config::Zone::outer ? dpdk::HashSide::source : dpdk::HashSide::destination;
  options.rx_descriptors = static_cast<std::uint16_t>(*first.descriptors);
  options.tx_descriptors = static_cast<std::uint16_t>(*first.descriptors);
  options.promiscuous = *config.daemon.monitor;
  options.mtu = first.mtu.given ? static_cast<std::uint16_t>(*first.mtu) : std::uint16_t{0};
  if (nic.steering && !nic.steering->object_path().empty())
    options.device = xdp::with_program(nic.device, nic.steering->object_path());
  return options;
}

interplane::PortView to_view(const config::Port& port, const Nic& nic, bool monitor) {
  const dpdk::PortInfo& info = nic.port->info();
  interplane::PortView view;
  view.name = *port.name;
  view.zone = *port.zone == config::Zone::outer ? interplane::Zone::outer : interplane::Zone::inner;
  view.eth_port = info.id;
  view.rx_queues = info.rx_queues;
  view.tx_queues = info.tx_queues;
  if (*port.tx_queues != 0)
    view.tx_queues = std::min(info.tx_queues, static_cast<std::uint16_t>(*port.tx_queues));
  view.mtu = std::min(info.mtu, static_cast<std::uint16_t>(*port.mtu));
  view.mac = info.mac;
  if (!nic.interface.empty()) view.interface_index = if_nametoindex(nic.interface.c_str());
  view.multi_segments = info.multi_segment;
  view.rx_ip_checksum = info.rx_ip_checksum;
  view.rx_l4_checksum = info.rx_l4_checksum;
  view.kernel = kernel_side(nic.device);
  if (monitor) {  // frames between others, which nobody here answers
    view.kernel = interplane::KernelSide::steered;
    view.any_mac = view.silent = view.static_egress = true;
  }
  return view;
}

}  // namespace

Result<std::unique_ptr<Ports>> Ports::prepare(const config::Config& config,
                                              const std::vector<route::SteeringConfig>& steering) {
  std::unique_ptr<Ports> ports(new Ports);
  std::vector<std::string> interfaces;
  for (std::size_t i = 0; i < config.ports.size(); ++i) {
    const config::Port& port = config.ports[i];
    const auto same = std::find_if(ports->nics_.begin(), ports->nics_.end(),
                                   [&](const Nic& nic) { return nic.device == *port.device; });
    ports->nic_of_port_.push_back(static_cast<std::size_t>(same - ports->nics_.begin()));
    if (same != ports->nics_.end()) {
      same->ports.push_back(i);
      continue;
    }
    Nic nic;
    nic.device = *port.device;
    nic.interface = interface_below(nic.device);
    if (nic.interface.empty()) nic.interface = *port.kernel_interface;
    nic.ports.push_back(i);
    nic.tx_descriptors = *port.descriptors;
    if (!nic.interface.empty()) interfaces.push_back(nic.interface);
    ports->nics_.push_back(std::move(nic));
  }
  auto guard = xdp::ForwardingGuard::close(interfaces);
  if (!guard) return tl::unexpected(guard.error());
  ports->forwarding_.emplace(std::move(*guard));
  for (Nic& nic : ports->nics_) {
    const auto kind = steering_kind(nic.device);
    if (!kind || *config.daemon.monitor) continue;  // a copy: all of it is ours
    auto prepared = xdp::PortSteering::prepare(nic.interface, *kind, steering[nic.ports.front()]);
    if (!prepared) return in_context("port " + port_names(config, nic), prepared.error());
    nic.steering = std::move(*prepared);
  }
  return ports;
}

Ports::~Ports() {
  static_cast<void>(close());
}

Result<void> Ports::open(const config::Config& config, const dpdk::Mempool& pool) {
  pool_ = &pool;
  for (Nic& nic : nics_) {
    auto port = dpdk::Port::open(port_options(config, nic), pool);
    if (!port) return tl::unexpected(port.error());
    nic.port.emplace(std::move(*port));
  }
  return {};
}

std::vector<interplane::PortView> Ports::views(const config::Config& config) const {
  std::vector<interplane::PortView> views;
  for (std::size_t i = 0; i < config.ports.size(); ++i)
    views.push_back(to_view(config.ports[i], nic_of(i), *config.daemon.monitor));
  return views;
}

Result<void> Ports::start() {
  for (Nic& nic : nics_) {
    if (auto started = nic.port->start(); !started) return started;
    if (!nic.steering) continue;
    if (auto adopted = nic.steering->adopt(); !adopted)
      return in_context("port " + nic.port->name(), adopted.error());
  }
  driver_share_ = dpdk::packets_in_use(*pool_);
  for (const Nic& nic : nics_)
    if (!copies_on_tx(nic.device)) driver_share_ += nic.port->info().tx_queues * nic.tx_descriptors;
  return {};
}

Result<void> Ports::update(const std::vector<route::SteeringConfig>& steering) {
  Result<void> outcome;
  for (Nic& nic : nics_) {
    if (!nic.steering) continue;
    auto updated = nic.steering->update(steering[nic.ports.front()]);
    if (!updated && outcome) outcome = in_context("port " + nic.device, updated.error());
  }
  return outcome;
}

Result<void> Ports::close() {
  Result<void> outcome;
  for (Nic& nic : nics_) {
    nic.port.reset();
    if (!nic.steering) continue;
    auto detached = nic.steering->detach();
    if (!detached && outcome) outcome = in_context("port " + nic.device, detached.error());
    nic.steering.reset();
  }
  return outcome;
}

}  // namespace rpcgate::control
