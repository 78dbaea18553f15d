// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "route/steering.hpp"

#include <algorithm>

namespace rpcgate::route {
namespace {
#include "route/steer_decision.h"

wire::IpAddress from(const rpcgate_address& address) noexcept {
  return wire::IpAddress::from_v6_octets(address.octets);
}
const Steering& tables_of(const void* tables) noexcept {
  return *static_cast<const Steering*>(tables);
}
int rpcgate_is_ours(const void* tables, const rpcgate_address* address) {
  return tables_of(tables).is_ours(from(*address));
}
int rpcgate_is_local(const void* tables, const rpcgate_service* service) {
  const auto port = static_cast<wire::L4Port>(service->port[0] * 256 + service->port[1]);
  return tables_of(tables).is_local({from(service->address), service->protocol, port});
}
int rpcgate_is_transit_source(const void* tables, const rpcgate_address* address) {
  return tables_of(tables).is_transit_source(from(*address));
}
int rpcgate_is_transit_destination(const void* tables, const rpcgate_address* address) {
  return tables_of(tables).is_transit_destination(from(*address));
}

Lpm set_of(const std::vector<wire::Prefix>& prefixes) {
  std::vector<std::pair<wire::Prefix, std::uint32_t>> entries;
  for (const wire::Prefix& prefix : prefixes) entries.emplace_back(prefix, 1);
  return Lpm(std::move(entries));
}
}  // namespace

std::vector<LocalService> all_local_services(const SteeringConfig& config) {
  std::vector<LocalService> all = config.local_services;
  const auto add_icmp = [&all](const wire::IpAddress& address) {
    all.push_back(
        {address,
         static_cast<std::uint8_t>(address.is_v4() ? wire::Protocol::icmp : wire::Protocol::icmpv6),
         0});
  };
  for (const LocalService& service : config.local_services) add_icmp(service.address);
  for (const wire::IpAddress& address : config.local_addresses) add_icmp(address);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

Steering::Steering(const SteeringConfig& config)
    : ours_(config.ours),
      local_(all_local_services(config)),
      transit_sources_(set_of(config.transit_sources)),
      transit_destinations_(set_of(config.transit_destinations)) {
  std::sort(ours_.begin(), ours_.end());
}

bool Steering::is_ours(const wire::IpAddress& address) const noexcept {
  return std::binary_search(ours_.begin(), ours_.end(), address);
}

bool Steering::is_local(const LocalService& service) const noexcept {
  return std::binary_search(local_.begin(), local_.end(), service);
}

Steer Steering::decide(Bytes frame) const noexcept {
  if (frame.empty()) return Steer::drop;  // its data may be null, which no offset may be added to
  const auto* data = reinterpret_cast<const unsigned char*>(frame.data());
  switch (rpcgate_decide(this, data, data + frame.size())) {
    case RPCGATE_SLOT_OURS:
    case RPCGATE_SLOT_TRANSIT:
      return Steer::datapath;
    case RPCGATE_SLOT_KERNEL_NON_IP:
    case RPCGATE_SLOT_KERNEL_ND:
    case RPCGATE_SLOT_KERNEL_ECHO:
    case RPCGATE_SLOT_KERNEL_LOCAL:
      return Steer::kernel;
    case RPCGATE_SLOT_DROP_MALFORMED:
    case RPCGATE_SLOT_DROP_PROTOCOL:
    case RPCGATE_SLOT_DROP_NOT_OURS:
    case RPCGATE_SLOT_DROP_NO_SOCKET:
    case RPCGATE_SLOTS:
      break;
  }
  return Steer::drop;
}

}  // namespace rpcgate::route
