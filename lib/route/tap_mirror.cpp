// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "route/tap_mirror.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rpcgate::route {
namespace {

tl::unexpected<Error> system_failure(const std::string& what) {
  const int error = errno;
  return fail(error == EBUSY ? ErrorCode::busy : ErrorCode::io, what + ": " + std::strerror(error));
}

ifreq request_for(const std::string& interface) {
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  return request;
}

Result<void> set_up(int socket, const std::string& interface, const wire::MacAddress& mac,
                    unsigned mtu) {
  ifreq request = request_for(interface);
  request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
  std::memcpy(request.ifr_hwaddr.sa_data, mac.octets.data(), mac.octets.size());
  if (!mac.is_zero() && ioctl(socket, SIOCSIFHWADDR, &request) != 0)
    return system_failure("SIOCSIFHWADDR " + mac.to_string());
  request = request_for(interface);
  request.ifr_mtu = static_cast<int>(mtu);
  if (mtu != 0 && ioctl(socket, SIOCSIFMTU, &request) != 0)
    return system_failure("SIOCSIFMTU " + std::to_string(mtu));
  request = request_for(interface);
  if (ioctl(socket, SIOCGIFFLAGS, &request) != 0) return system_failure("SIOCGIFFLAGS");
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  if (ioctl(socket, SIOCSIFFLAGS, &request) != 0) return system_failure("SIOCSIFFLAGS");
  return {};
}

}  // namespace

Result<TapMirror> TapMirror::create(const std::string& interface, const wire::MacAddress& mac,
                                    unsigned mtu) {
  const std::string where = "tap " + interface;
  if (interface.empty() || interface.size() >= IFNAMSIZ)
    return fail(ErrorCode::invalid, where + ": not a name the kernel takes for an interface");
  const int fd = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return system_failure(where + ": open /dev/net/tun");
  TapMirror mirror(fd, interface);  // closes fd on every way out
  ifreq request = request_for(interface);
  // Whoever creates it owns it: an existing interface of that name is refused, not joined.
  request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI | IFF_TUN_EXCL);
  if (ioctl(fd, TUNSETIFF, &request) != 0) return system_failure(where + ": TUNSETIFF");
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return system_failure(where + ": socket");
  const Result<void> done = set_up(socket, interface, mac, mtu);
  ::close(socket);
  if (!done) return in_context(where, done.error());
  return mirror;
}

TapMirror::TapMirror(TapMirror&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), interface_(std::move(other.interface_)) {}

TapMirror& TapMirror::operator=(TapMirror&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
    interface_ = std::move(other.interface_);
  }
  return *this;
}

Result<std::size_t> TapMirror::read(MutableBytes buffer) {
  const ssize_t n = ::read(fd_, buffer.data(), buffer.size());
  if (n >= 0) return static_cast<std::size_t>(n);
  if (errno == EAGAIN || errno == EINTR) return std::size_t{0};
  return system_failure("tap " + interface_ + ": read");
}

Result<void> TapMirror::write(Bytes frame) {
  const ssize_t n = ::write(fd_, frame.data(), frame.size());
  if (n == static_cast<ssize_t>(frame.size())) return {};
  if (n < 0 && (errno == EAGAIN || errno == ENOBUFS))
    return fail(ErrorCode::busy, "tap " + interface_ + ": queue full");
  return system_failure("tap " + interface_ + ": write");
}

void TapMirror::close() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

}  // namespace rpcgate::route
