// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "supervise.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace rpcgate::daemon {
namespace {

// An abstract address (unix(7)) begins with a zero byte and has no file.
socklen_t fill(sockaddr_un& address, const std::string& name) noexcept {
  address.sun_family = AF_UNIX;
  const auto size = std::min(name.size(), sizeof address.sun_path);
  std::memcpy(address.sun_path, name.data(), size);
  return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size);
}

}  // namespace

Result<control::FileDescriptor> lock_instance(const std::string& name) {
  sockaddr_un address{};
  const auto size = fill(address, std::string(1, '\0') + "rpcgated:" + name);
  control::FileDescriptor lock(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (bind(lock.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0) return lock;
  if (errno == EADDRINUSE)
    return fail(ErrorCode::busy, "another rpcgated runs with the control socket " + name);
  return fail(ErrorCode::io, std::string("instance lock: ") + std::strerror(errno));
}

bool LifeMark::was_alive(Duration within) const noexcept {
  struct stat found {};
  if (stat(path_.c_str(), &found) != 0) return false;
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const seconds age{now.tv_sec - found.st_mtim.tv_sec};
  return age <= within;
}

bool LifeMark::set() const noexcept {
  const control::FileDescriptor file{open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
  return file.get() >= 0 && futimens(file.get(), nullptr) == 0;
}

void notify(const std::string& state) noexcept {
  const char* where = std::getenv("NOTIFY_SOCKET");
  if (where == nullptr || (*where != '/' && *where != '@')) return;
  std::string name = where;
  if (name[0] == '@') name[0] = '\0';
  sockaddr_un address{};
  const auto size = fill(address, name);
  const control::FileDescriptor fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  static_cast<void>(sendto(fd.get(), state.data(), state.size(), MSG_NOSIGNAL,
                           reinterpret_cast<const sockaddr*>(&address), size));
}

}  // namespace rpcgate::daemon
