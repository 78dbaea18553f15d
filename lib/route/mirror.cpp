// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "route/mirror.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "route/netlink.hpp"

namespace rpcgate::route {
namespace {

constexpr unsigned groups = RTMGRP_LINK | RTMGRP_NEIGH | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
                            RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;

NeighbourState state_of(const netlink::NeighbourMessage& message) {
  if (message.removed) return NeighbourState::unknown;
  // Delay and probe: the kernel is confirming it already.
  if ((message.state & (NUD_REACHABLE | NUD_PERMANENT | NUD_NOARP | NUD_DELAY | NUD_PROBE)) != 0)
    return NeighbourState::usable;
  if ((message.state & NUD_STALE) != 0) return NeighbourState::stale;
  if ((message.state & NUD_INCOMPLETE) != 0) return NeighbourState::resolving;
  if ((message.state & NUD_FAILED) != 0) return NeighbourState::failed;
  return NeighbourState::unknown;
}

class KernelMirror final : public Mirror {
 public:
  KernelMirror(MirrorOptions options, NeighbourTable& neighbours, OnTable on_table,
               OnAddresses on_addresses, netlink::Socket notifications, netlink::Socket requests)
      : options_(std::move(options)),
        neighbours_(neighbours),
        on_table_(std::move(on_table)),
        on_addresses_(std::move(on_addresses)),
        notifications_(std::move(notifications)),
        requests_(std::move(requests)) {}

  Result<void> read_all();

  int fd() const noexcept override { return notifications_.fd(); }
  Result<void> on_readable() override;
  Result<void> resolve(PortIndex port, const wire::IpAddress& address) override;
  std::vector<LocalAddress> addresses() const override { return addresses_; }
  LinkState link(PortIndex port) const override;

 private:
  Result<void> read_links();
  Result<void> read_addresses();
  Result<void> read_routes();
  Result<void> read_neighbours();
  Result<void> apply_changes();
  void note(const nlmsghdr* message);
  void take_neighbour(const netlink::NeighbourMessage& message);
  PortIndex port_of(std::uint32_t ifindex) const;
  Route route_from(const netlink::RouteMessage& message) const;

  MirrorOptions options_;
  NeighbourTable& neighbours_;
  OnTable on_table_;
  OnAddresses on_addresses_;
  netlink::Socket notifications_;
  netlink::Socket requests_;
  std::map<std::string, LinkState> links_;  // of our ports, by the kernel's name
  std::vector<LocalAddress> addresses_;
  std::vector<Route> routes_;
  bool published_ = false;
  bool links_changed_ = false;
  bool addresses_changed_ = false;
  bool routes_changed_ = false;
};

// The first port with that interface: two ports of one NIC (one arm) share routes and neighbours.
PortIndex KernelMirror::port_of(std::uint32_t ifindex) const {
  for (const MirrorPort& port : options_.ports) {
    const auto link = links_.find(port.interface);
    if (ifindex != 0 && link != links_.end() && link->second.ifindex == ifindex) return port.port;
  }
  return no_port;
}

LinkState KernelMirror::link(PortIndex port) const {
  for (const MirrorPort& p : options_.ports) {
    const auto link = links_.find(p.interface);
    if (p.port == port && link != links_.end()) return link->second;
  }
  return {};
}

Result<void> KernelMirror::read_links() {
  std::map<std::string, LinkState> links;
  const auto done = requests_.dump(RTM_GETLINK, [&](const nlmsghdr* message) {
    const auto link = netlink::read_link(message);
    if (!link) return;
    const bool ours = std::any_of(options_.ports.begin(), options_.ports.end(),
                                  [&](const MirrorPort& p) { return p.interface == link->name; });
    if (ours) links[link->name] = {link->up, link->ifindex, link->mtu, link->mac};
  });
  if (done) links_ = std::move(links);
  return done;
}

Result<void> KernelMirror::read_addresses() {
  std::vector<LocalAddress> addresses;
  const auto done = requests_.dump(RTM_GETADDR, [&](const nlmsghdr* message) {
    const auto address = netlink::read_address(message);
    if (!address) return;
    const PortIndex port = port_of(address->ifindex);
    if (port != no_port) addresses.push_back({port, address->address, address->bits});
  });
  if (!done) return done;
  if (addresses != addresses_) {
    addresses_ = std::move(addresses);
    if (on_addresses_) on_addresses_();
  }
  return {};
}

Route KernelMirror::route_from(const netlink::RouteMessage& message) const {
  Route route{message.prefix, {}, message.metric};
  // Of several next hops the first that works: a flow keeps to one path, and so does its answer.
  const netlink::NextHop* chosen = nullptr;
  for (const netlink::NextHop& hop : message.hops) {
    if (hop.dead || port_of(hop.ifindex) == no_port) continue;
    if (chosen == nullptr || (chosen->link_down && !hop.link_down)) chosen = &hop;
  }
  if (chosen != nullptr) route.hop = {chosen->gateway, port_of(chosen->ifindex)};
  // Out of an interface that is no port (management): unreachable here, unless another route for
  // the same prefix leaves by a port.
  else if (!message.hops.empty())
    route.metric = 0xffffffff;
  return route;
}

Result<void> KernelMirror::read_routes() {
  std::vector<Route> routes = options_.static_routes;
  const auto done = requests_.dump(RTM_GETROUTE, [&](const nlmsghdr* message) {
    if (const auto route = netlink::read_route(message)) routes.push_back(route_from(*route));
  });
  if (!done) return done;
  if (published_ && routes == routes_) return {};
  routes_ = std::move(routes);
  published_ = true;
  on_table_(std::make_unique<const Table>(routes_));
  return {};
}

Result<void> KernelMirror::read_neighbours() {
  neighbours_.clear();
  for (const StaticNeighbour& n : options_.static_neighbours)
    neighbours_.set(n.port, n.address, {n.mac, NeighbourState::usable});
  return requests_.dump(RTM_GETNEIGH, [&](const nlmsghdr* message) {
    if (const auto neighbour = netlink::read_neighbour(message)) take_neighbour(*neighbour);
  });
}

void KernelMirror::take_neighbour(const netlink::NeighbourMessage& message) {
  const PortIndex port = port_of(message.ifindex);
  if (port == no_port) return;
  for (const StaticNeighbour& n : options_.static_neighbours)
    if (n.port == port && n.address == message.address) return;  // configured: not the kernel's
  const NeighbourState state = state_of(message);
  if (state == NeighbourState::unknown)
    neighbours_.remove(port, message.address);
  else
    neighbours_.set(port, message.address, {message.mac, state});
}

Result<void> KernelMirror::read_all() {
  links_changed_ = addresses_changed_ = routes_changed_ = true;
  return apply_changes();
}

void KernelMirror::note(const nlmsghdr* message) {
  switch (message->nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
      links_changed_ = true;
      break;
    case RTM_NEWADDR:
    case RTM_DELADDR:
      addresses_changed_ = true;
      break;
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      routes_changed_ = true;
      break;
    case RTM_NEWNEIGH:
    case RTM_DELNEIGH:
      if (const auto neighbour = netlink::read_neighbour(message)) take_neighbour(*neighbour);
      break;
    default:
      break;
  }
}

// Links, addresses and routes are read anew when one of them changed, once for a batch of
// notifications: the kernel does not report the IPv4 routes that die with a link or an address.
Result<void> KernelMirror::apply_changes() {
  const bool links = std::exchange(links_changed_, false);
  const bool addresses = std::exchange(addresses_changed_, false) || links;
  const bool routes = std::exchange(routes_changed_, false) || addresses;
  Result<void> done;
  if (links) done = read_links();
  if (done && addresses) done = read_addresses();
  if (done && routes) done = read_routes();
  if (done && links) done = read_neighbours();
  if (!done) links_changed_ = true;  // tried again with the next notification
  return done;
}

Result<void> KernelMirror::on_readable() {
  const auto drained = notifications_.drain([this](const nlmsghdr* message) { note(message); });
  if (!drained && drained.error().code != ErrorCode::busy) return drained;
  if (!drained) return read_all();
  return apply_changes();
}

Result<void> KernelMirror::resolve(PortIndex port, const wire::IpAddress& address) {
  const LinkState state = link(port);
  if (state.ifindex == 0) return {};  // static neighbours only: nobody to ask
  // The kernel reports how a search ends, not that it began.
  if (!neighbours_.lookup(port, address).has_mac())
    neighbours_.set(port, address, {{}, NeighbourState::resolving});
  return requests_.use_neighbour(state.ifindex, address);
}

}  // namespace

Result<std::unique_ptr<Mirror>> Mirror::open(MirrorOptions options, NeighbourTable& neighbours,
                                             OnTable on_table, OnAddresses on_addresses) {
  // Subscribed before the first reading: a change in between is seen twice rather than not.
  auto notifications = netlink::Socket::open(groups);
  if (!notifications) return tl::unexpected(notifications.error());
  auto requests = netlink::Socket::open(0);
  if (!requests) return tl::unexpected(requests.error());
  auto mirror = std::make_unique<KernelMirror>(std::move(options), neighbours, std::move(on_table),
                                               std::move(on_addresses), std::move(*notifications),
                                               std::move(*requests));
  if (const auto read = mirror->read_all(); !read) return tl::unexpected(read.error());
  return mirror;
}

}  // namespace rpcgate::route
