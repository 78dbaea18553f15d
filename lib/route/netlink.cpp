// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "route/netlink.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>

namespace rpcgate::route::netlink {
namespace {

constexpr std::size_t buffer_size = 32768;  // the kernel fills dumps up to this
constexpr int answer_timeout_ms = 5000;

tl::unexpected<Error> system_failure(const std::string& what) {
  return fail(ErrorCode::io, "rtnetlink: " + what + ": " + std::strerror(errno));
}

class Attributes {
 public:
  Attributes(const nlmsghdr* message, std::size_t header) {
    mnl_attr_parse(message, static_cast<unsigned>(header), collect, this);
  }
  Attributes(const void* payload, std::size_t size) {
    mnl_attr_parse_payload(payload, size, collect, this);
  }
  const nlattr* get(unsigned type) const { return type < found_.size() ? found_[type] : nullptr; }
  std::optional<std::uint32_t> u32(unsigned type) const {
    const nlattr* a = get(type);
    if (a == nullptr || mnl_attr_get_payload_len(a) < 4) return std::nullopt;
    return mnl_attr_get_u32(a);
  }
  std::optional<wire::MacAddress> mac(unsigned type) const {
    const nlattr* a = get(type);
    if (a == nullptr || mnl_attr_get_payload_len(a) != 6) return std::nullopt;
    return wire::MacAddress::from_octets(mnl_attr_get_payload(a));
  }
  std::optional<wire::IpAddress> address(unsigned type) const {
    const nlattr* a = get(type);
    if (a == nullptr) return std::nullopt;
    return ip_of(mnl_attr_get_payload(a), mnl_attr_get_payload_len(a));
  }
  // RTA_VIA: a family in front, for IPv4 routes through an IPv6 gateway (RFC 8950).
  std::optional<wire::IpAddress> via(unsigned type) const {
    const nlattr* a = get(type);
    if (a == nullptr || mnl_attr_get_payload_len(a) < 2) return std::nullopt;
    const auto* bytes = static_cast<const std::uint8_t*>(mnl_attr_get_payload(a));
    return ip_of(bytes + 2, mnl_attr_get_payload_len(a) - 2U);
  }

 private:
  static std::optional<wire::IpAddress> ip_of(const void* octets, std::size_t size) {
    if (size == 4) return wire::IpAddress::from_v4_octets(octets);
    if (size == 16) return wire::IpAddress::from_v6_octets(octets);
    return std::nullopt;
  }
  static int collect(const nlattr* attribute, void* self) {
    auto& found = static_cast<Attributes*>(self)->found_;
    const std::uint16_t type = mnl_attr_get_type(attribute);
    if (type < found.size()) found[type] = attribute;
    return MNL_CB_OK;
  }
  std::array<const nlattr*, 64> found_{};
};

template <class Header>
const Header* header_of(const nlmsghdr* message) {
  if (mnl_nlmsg_get_payload_len(message) < sizeof(Header)) return nullptr;
  return static_cast<const Header*>(mnl_nlmsg_get_payload(message));
}

// 128-bit form of a prefix length; nothing for a family we do not read.
std::optional<std::uint8_t> bits_of(unsigned char family, unsigned length) {
  if (family == AF_INET && length <= 32) return static_cast<std::uint8_t>(96 + length);
  if (family == AF_INET6 && length <= 128) return static_cast<std::uint8_t>(length);
  return std::nullopt;
}

wire::IpAddress any_of(unsigned char family) {
  return family == AF_INET ? wire::IpAddress::from_v4(0) : wire::IpAddress{};
}

void read_multipath(const nlattr* multipath, std::vector<NextHop>& hops) {
  const auto* at = static_cast<const std::uint8_t*>(mnl_attr_get_payload(multipath));
  std::size_t left = mnl_attr_get_payload_len(multipath);
  while (left >= sizeof(rtnexthop)) {
    rtnexthop hop;
    std::memcpy(&hop, at, sizeof hop);
    if (hop.rtnh_len < sizeof hop || hop.rtnh_len > left) return;
    const Attributes inner(at + sizeof hop, hop.rtnh_len - sizeof hop);
    NextHop next;
    next.ifindex = static_cast<std::uint32_t>(hop.rtnh_ifindex);
    next.dead = (hop.rtnh_flags & RTNH_F_DEAD) != 0;
    next.link_down = (hop.rtnh_flags & RTNH_F_LINKDOWN) != 0;
    if (const auto gateway = inner.address(RTA_GATEWAY)) next.gateway = *gateway;
    if (const auto gateway = inner.via(RTA_VIA)) next.gateway = *gateway;
    hops.push_back(next);
    const std::size_t step = (hop.rtnh_len + 3U) & ~std::size_t{3};
    if (step >= left) return;
    at += step;
    left -= step;
  }
}

}  // namespace

std::optional<LinkMessage> read_link(const nlmsghdr* message) {
  const auto* info = header_of<ifinfomsg>(message);
  if (info == nullptr) return std::nullopt;
  const Attributes attributes(message, sizeof *info);
  LinkMessage link;
  link.ifindex = static_cast<std::uint32_t>(info->ifi_index);
  link.up = (info->ifi_flags & IFF_UP) != 0;
  if (const nlattr* name = attributes.get(IFLA_IFNAME)) link.name = mnl_attr_get_str(name);
  if (const auto mtu = attributes.u32(IFLA_MTU)) link.mtu = *mtu;
  if (const auto mac = attributes.mac(IFLA_ADDRESS)) link.mac = *mac;
  return link;
}

std::optional<AddressMessage> read_address(const nlmsghdr* message) {
  const auto* info = header_of<ifaddrmsg>(message);
  if (info == nullptr) return std::nullopt;
  const auto bits = bits_of(info->ifa_family, info->ifa_prefixlen);
  if (!bits) return std::nullopt;
  const Attributes attributes(message, sizeof *info);
  AddressMessage address;
  address.ifindex = info->ifa_index;
  address.bits = *bits;
  // IFA_LOCAL is our end, IFA_ADDRESS the far end of a point-to-point link; IPv6 has only the
  // latter.
  const auto local = attributes.address(IFA_LOCAL);
  const auto other = attributes.address(IFA_ADDRESS);
  if (!local && !other) return std::nullopt;
  address.address = local ? *local : *other;
  return address;
}

std::optional<RouteMessage> read_route(const nlmsghdr* message) {
  const auto* info = header_of<rtmsg>(message);
  if (info == nullptr) return std::nullopt;
  const auto bits = bits_of(info->rtm_family, info->rtm_dst_len);
  const Attributes attributes(message, sizeof *info);
  const std::uint32_t table = attributes.u32(RTA_TABLE).value_or(info->rtm_table);
  if (!bits || table != RT_TABLE_MAIN || info->rtm_src_len != 0 || info->rtm_tos != 0 ||
      (info->rtm_flags & RTM_F_CLONED) != 0)
    return std::nullopt;
  RouteMessage route;
  route.prefix = {attributes.address(RTA_DST).value_or(any_of(info->rtm_family)), *bits};
  route.metric = attributes.u32(RTA_PRIORITY).value_or(0);
  if (info->rtm_type == RTN_BLACKHOLE || info->rtm_type == RTN_UNREACHABLE ||
      info->rtm_type == RTN_PROHIBIT)
    return route;
  if (info->rtm_type != RTN_UNICAST) return std::nullopt;
  if (const nlattr* multipath = attributes.get(RTA_MULTIPATH)) {
    read_multipath(multipath, route.hops);
  } else {
    NextHop hop;
    hop.ifindex = attributes.u32(RTA_OIF).value_or(0);
    hop.dead = (info->rtm_flags & RTNH_F_DEAD) != 0;
    hop.link_down = (info->rtm_flags & RTNH_F_LINKDOWN) != 0;
    if (const auto gateway = attributes.address(RTA_GATEWAY)) hop.gateway = *gateway;
    if (const auto gateway = attributes.via(RTA_VIA)) hop.gateway = *gateway;
    route.hops.push_back(hop);
  }
  if (route.hops.empty()) return std::nullopt;
  return route;
}

std::optional<NeighbourMessage> read_neighbour(const nlmsghdr* message) {
  const auto* info = header_of<ndmsg>(message);
  if (info == nullptr || (info->ndm_family != AF_INET && info->ndm_family != AF_INET6))
    return std::nullopt;
  const Attributes attributes(message, sizeof *info);
  const auto address = attributes.address(NDA_DST);
  if (!address) return std::nullopt;
  NeighbourMessage neighbour;
  neighbour.ifindex = static_cast<std::uint32_t>(info->ndm_ifindex);
  neighbour.address = *address;
  neighbour.state = info->ndm_state;
  neighbour.removed = message->nlmsg_type == RTM_DELNEIGH;
  if (const auto mac = attributes.mac(NDA_LLADDR)) neighbour.mac = *mac;
  return neighbour;
}

Result<Socket> Socket::open(unsigned groups) {
  mnl_socket* raw = mnl_socket_open2(NETLINK_ROUTE, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (raw == nullptr) return system_failure("socket");
  Socket socket(raw);
  const int size = 4 << 20;  // a routing daemon may change thousands of routes at once
  if (setsockopt(socket.fd(), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
    setsockopt(socket.fd(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  if (mnl_socket_bind(raw, groups, MNL_SOCKET_AUTOPID) != 0) return system_failure("bind");
  return socket;
}

Socket::Socket(Socket&& other) noexcept
    : socket_(std::exchange(other.socket_, nullptr)), sequence_(other.sequence_) {}

Socket::~Socket() {
  if (socket_ != nullptr) mnl_socket_close(socket_);
}

int Socket::fd() const noexcept {
  return mnl_socket_get_fd(socket_);
}

Result<void> Socket::dump(std::uint16_t type, const OnMessage& on_message) {
  for (int attempt = 0; attempt < 5; ++attempt) {
    // What an interrupted dump gave is kept aside, so that the caller sees one whole answer.
    std::vector<std::vector<char>> messages;
    const auto keep = [&messages](const nlmsghdr* message) {
      const char* start = reinterpret_cast<const char*>(message);
      messages.emplace_back(start, start + message->nlmsg_len);
    };
    const Result<bool> whole = dump_once(type, keep);
    if (!whole) return tl::unexpected(whole.error());
    if (!*whole) continue;
    for (const auto& message : messages)
      on_message(reinterpret_cast<const nlmsghdr*>(message.data()));
    return {};
  }
  return fail(ErrorCode::busy,
              "rtnetlink: the kernel's tables change faster than they can be read");
}

// False when the kernel's table changed while it was read (NLM_F_DUMP_INTR).
Result<bool> Socket::dump_once(std::uint16_t type, const OnMessage& on_message) {
  alignas(nlmsghdr) std::array<char, buffer_size> buffer;
  nlmsghdr* request = mnl_nlmsg_put_header(buffer.data());
  request->nlmsg_type = type;
  request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request->nlmsg_seq = ++sequence_;
  // The longest of the fixed headers; a zero family means both.
  mnl_nlmsg_put_extra_header(request, type == RTM_GETLINK ? sizeof(ifinfomsg) : sizeof(rtmsg));
  if (mnl_socket_sendto(socket_, request, request->nlmsg_len) < 0) return system_failure("send");
  struct Answer {
    const OnMessage& on_message;
    bool interrupted = false;
  } answer{on_message};
  const auto each = [](const nlmsghdr* message, void* data) -> int {
    auto& a = *static_cast<Answer*>(data);
    if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0) a.interrupted = true;
    a.on_message(message);
    return MNL_CB_OK;
  };
  for (;;) {
    pollfd wait{fd(), POLLIN, 0};
    if (poll(&wait, 1, answer_timeout_ms) <= 0) return fail(ErrorCode::io, "rtnetlink: no answer");
    const ssize_t n = mnl_socket_recvfrom(socket_, buffer.data(), buffer.size());
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (n < 0) return system_failure("receive");
    const int more = mnl_cb_run(buffer.data(), static_cast<std::size_t>(n), sequence_,
                                mnl_socket_get_portid(socket_), each, &answer);
    if (more < 0 && errno == EINTR)
      answer.interrupted = true;  // libmnl's word for DUMP_INTR
    else if (more < 0 && errno != EPROTO && errno != ESRCH)
      return system_failure("dump");
    if (more == 0) return !answer.interrupted;
  }
}

Result<void> Socket::use_neighbour(std::uint32_t ifindex, const wire::IpAddress& address) {
  alignas(nlmsghdr) std::array<char, 1024> buffer;
  nlmsghdr* request = mnl_nlmsg_put_header(buffer.data());
  request->nlmsg_type = RTM_NEWNEIGH;
  request->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_ACK;
  request->nlmsg_seq = ++sequence_;
  auto* info = static_cast<ndmsg*>(mnl_nlmsg_put_extra_header(request, sizeof(ndmsg)));
  info->ndm_family = address.is_v4() ? AF_INET : AF_INET6;
  info->ndm_ifindex = static_cast<int>(ifindex);
  info->ndm_flags = NTF_USE;
  if (address.is_v4())
    mnl_attr_put(request, NDA_DST, 4, address.v4_octets());
  else
    mnl_attr_put(request, NDA_DST, 16, address.octets().data());
  if (mnl_socket_sendto(socket_, request, request->nlmsg_len) < 0) return system_failure("send");
  for (;;) {  // the answer is there already: the kernel acts before send returns
    const ssize_t n = mnl_socket_recvfrom(socket_, buffer.data(), buffer.size());
    if (n < 0) return system_failure("neighbour " + address.to_string());
    const int rc = mnl_cb_run(buffer.data(), static_cast<std::size_t>(n), sequence_,
                              mnl_socket_get_portid(socket_), nullptr, nullptr);
    if (rc == 0) return {};
    if (rc < 0 && errno != EPROTO && errno != ESRCH)
      return system_failure("neighbour " + address.to_string());
  }
}

Result<void> Socket::drain(const OnMessage& on_message) {
  alignas(nlmsghdr) std::array<char, buffer_size> buffer;
  const auto each = [](const nlmsghdr* message, void* data) -> int {
    (*static_cast<const OnMessage*>(data))(message);
    return MNL_CB_OK;
  };
  for (;;) {
    const ssize_t n = mnl_socket_recvfrom(socket_, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return {};
    if (n < 0 && (errno == ENOBUFS || errno == ENOSPC))
      return fail(ErrorCode::busy, "rtnetlink: notifications were lost");
    if (n < 0) return system_failure("receive");
    OnMessage handler = on_message;
    mnl_cb_run(buffer.data(), static_cast<std::size_t>(n), 0, 0, each, &handler);
  }
}

}  // namespace rpcgate::route::netlink
