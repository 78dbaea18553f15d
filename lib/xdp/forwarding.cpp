// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "xdp/forwarding.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "xdp/transit_rule.hpp"

namespace rpcgate::xdp {
namespace {

constexpr const char* real_root = "/proc/sys";

std::string setting(const std::string& root, const char* family, const std::string& interface) {
  return root + "/net/" + family + "/conf/" + interface + "/forwarding";
}

// True when it was open and is closed now. A setting that does not exist is closed: the interface
// has gone, or has no such family.
Result<bool> close_setting(const std::string& path) {
  std::string value;
  if (std::ifstream file(path); !file || !(file >> value)) return false;
  if (value == "0") return false;
  std::ofstream file(path);
  file << "0\n" << std::flush;
  if (!file) return fail(ErrorCode::denied, path + ": cannot be set to 0: " + std::strerror(errno));
  return true;
}

int open_watch() {
  const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) return -1;
  sockaddr_nl self{};
  self.nl_family = AF_NETLINK;
  bool watched = bind(fd, reinterpret_cast<const sockaddr*>(&self), sizeof self) == 0;
  for (const int group : {int{RTNLGRP_IPV4_NETCONF}, int{RTNLGRP_IPV6_NETCONF}})
    watched =
        watched && setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) == 0;
  if (watched) return fd;
  close(fd);
  return -1;
}

}  // namespace

Result<ForwardingGuard> ForwardingGuard::close(std::vector<std::string> interfaces,
                                               std::string sysctl_root) {
  for (const std::string& interface : interfaces) {
    if (interface.empty() || interface.find('/') != std::string::npos)
      return fail(ErrorCode::invalid, "'" + interface + "' is no interface");
    if (!std::filesystem::exists(setting(sysctl_root, "ipv4", interface)))
      return fail(ErrorCode::not_found, "there is no interface " + interface + " to close");
  }
  ForwardingGuard guard(std::move(interfaces), std::move(sysctl_root));
  // Watched before the first look: a change in between is not missed.
  guard.fd_ = open_watch();
  if (const auto closed = guard.recheck(); !closed) return tl::unexpected(closed.error());
  return guard;
}

Result<unsigned> ForwardingGuard::recheck() {
  unsigned closed = 0;
  for (const std::string& interface : interfaces_) {
    for (const char* family : {"ipv4", "ipv6"}) {
      const auto done = close_setting(setting(root_, family, interface));
      if (!done) return tl::unexpected(done.error());
      if (*done) ++closed;
    }
    if (root_ != real_root || !std::filesystem::exists(setting(root_, "ipv6", interface))) continue;
    if (const auto blocked = block_ipv6_transit(interface); !blocked)
      return tl::unexpected(blocked.error());
  }
  return closed;
}

Result<unsigned> ForwardingGuard::on_readable() {
  std::array<char, 8192> ignored;
  // What changed does not matter, nor that notifications were lost: all settings are looked at.
  while (fd_ >= 0) {
    const ssize_t n = recv(fd_, ignored.data(), ignored.size(), 0);
    if (n < 0 && errno != ENOBUFS && errno != EINTR) break;
  }
  return recheck();
}

ForwardingGuard::ForwardingGuard(ForwardingGuard&& other) noexcept
    : interfaces_(std::move(other.interfaces_)),
      root_(std::move(other.root_)),
      fd_(std::exchange(other.fd_, -1)) {}

ForwardingGuard& ForwardingGuard::operator=(ForwardingGuard&& other) noexcept {
  std::swap(interfaces_, other.interfaces_);
  std::swap(root_, other.root_);
  std::swap(fd_, other.fd_);
  return *this;
}

ForwardingGuard::~ForwardingGuard() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace rpcgate::xdp
