// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/socket_server.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include <grp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "control/reply.hpp"
#include "control/request.hpp"

namespace rpcgate::control {
namespace {

tl::unexpected<Error> system_error(const std::string& what) {
  return fail(ErrorCode::io, what + ": " + std::strerror(errno));
}

Result<sockaddr_un> to_socket_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return fail(ErrorCode::invalid, "control socket: the path is empty or too long: " + path);
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

std::string folder_of(const std::string& path) {
  return std::filesystem::path(path).parent_path();
}

const sockaddr* generic(const sockaddr_un& address) noexcept {
  return reinterpret_cast<const sockaddr*>(&address);
}

// A killed daemon leaves its socket file: nobody listens there, so it may go.
Result<void> remove_stale(const sockaddr_un& address) {
  struct stat status {};
  if (lstat(address.sun_path, &status) != 0) return {};
  if (!S_ISSOCK(status.st_mode))
    return fail(ErrorCode::exists, std::string(address.sun_path) + " exists and is no socket");
  FileDescriptor probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (connect(probe.get(), generic(address), sizeof address) == 0 || errno == EAGAIN)
    return fail(ErrorCode::busy, std::string("another daemon listens on ") + address.sun_path);
  if (unlink(address.sun_path) != 0) return system_error(address.sun_path);
  return {};
}

}  // namespace

struct SocketServer::Connection {
  std::uint64_t key = 0;
  FileDescriptor fd;
  EventLoop::Id watch = 0;
  std::string input;
  std::string output;
  std::size_t sent = 0;
  Instant last_progress = real_now();
  bool at_end = false;      // the peer sends no more
  bool is_waiting = false;  // its request is being worked on

  bool has_output() const noexcept { return sent < output.size(); }
  bool is_idle() const noexcept { return !is_waiting && !has_output(); }
};

SocketServer::SocketServer(EventLoop& loop, SocketOptions options, Answer answer)
    : loop_(loop), options_(std::move(options)), answer_(std::move(answer)) {}

Result<std::unique_ptr<SocketServer>> SocketServer::listen(EventLoop& loop, SocketOptions options,
                                                           Answer answer) {
  std::unique_ptr<SocketServer> server(
      new SocketServer(loop, std::move(options), std::move(answer)));
  if (auto opened = server->open(); !opened) return tl::unexpected(opened.error());
  return server;
}

Result<void> SocketServer::open() {
  if (!options_.group.empty()) {
    const group* entry = getgrnam(options_.group.c_str());
    if (entry == nullptr)
      return fail(ErrorCode::not_found, "control socket: no group '" + options_.group + "'");
    group_id_ = entry->gr_gid;
    has_group_ = true;
  }
  auto timer = loop_.every(seconds{1}, [this] { drop_idle(real_now()); });
  if (!timer) return tl::unexpected(timer.error());
  timer_ = *timer;
  if (options_.path.empty()) return {};  // peers come by adopt() alone
  return open_path();
}

Result<void> SocketServer::open_path() {
  auto address = to_socket_address(options_.path);
  if (!address) return tl::unexpected(address.error());
  std::error_code ignored;  // bind() says what is wrong with the folder
  made_folder_ = std::filesystem::create_directory(folder_of(options_.path), ignored);
  if (auto removed = remove_stale(*address); !removed) return removed;
  FileDescriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener.is_open()) return system_error("socket");
  // Closed to all until owner and mode are right: nobody can connect in between.
  const mode_t old_mask = umask(0177);
  const int bound = bind(listener.get(), generic(*address), sizeof *address);
  umask(old_mask);
  if (bound != 0) return system_error("control socket " + options_.path);
  listener_ = std::move(listener);
  const auto group_owner = has_group_ ? group_id_ : static_cast<gid_t>(-1);
  if (chown(options_.path.c_str(), static_cast<uid_t>(-1), group_owner) != 0)
    return system_error("chown " + options_.path);
  if (chmod(options_.path.c_str(), has_group_ ? 0660 : 0600) != 0)
    return system_error("chmod " + options_.path);
  if (::listen(listener_.get(), 16) != 0) return system_error("listen " + options_.path);
  auto watch = loop_.watch(listener_.get(), EPOLLIN, [this](std::uint32_t) { accept_all(); });
  if (!watch) return tl::unexpected(watch.error());
  listener_watch_ = *watch;
  return {};
}

SocketServer::~SocketServer() {
  loop_.forget(timer_);
  if (listener_.is_open()) {
    loop_.forget(listener_watch_);
    unlink(options_.path.c_str());
    if (made_folder_) rmdir(folder_of(options_.path).c_str());  // unless others use it too
  }
  for (const auto& [key, connection] : connections_) loop_.forget(connection->watch);
}

void SocketServer::accept_all() {
  while (true) {
    FileDescriptor peer(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!peer.is_open()) return;
    if (may_use(peer.get())) adopt(std::move(peer));
  }
}

// The socket's mode says the same; this holds also where somebody widened it.
bool SocketServer::may_use(int peer) const noexcept {
  ucred who{};
  socklen_t size = sizeof who;
  if (getsockopt(peer, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return false;
  if (who.uid == 0 || who.uid == geteuid()) return true;
  if (!has_group_) return false;
  if (who.gid == group_id_) return true;
  std::array<gid_t, 256> groups{};
  size = sizeof groups;
  if (getsockopt(peer, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) != 0) return false;
  const auto end = groups.begin() + static_cast<std::ptrdiff_t>(size / sizeof(gid_t));
  return std::find(groups.begin(), end, group_id_) != end;
}

void SocketServer::adopt(FileDescriptor peer) {
  if (connections_.size() >= options_.connections) return;  // closed: the client says so
  const std::uint64_t key = ++last_key_;
  auto connection = std::make_unique<Connection>();
  connection->key = key;
  auto watch = loop_.watch(peer.get(), EPOLLIN,
                           [this, key](std::uint32_t events) { on_ready(key, events); });
  if (!watch) return;
  connection->fd = std::move(peer);
  connection->watch = *watch;
  connections_.emplace(key, std::move(connection));
}

void SocketServer::drop(std::uint64_t key) {
  const auto found = connections_.find(key);
  if (found == connections_.end()) return;
  loop_.forget(found->second->watch);
  connections_.erase(found);
}

void SocketServer::on_ready(std::uint64_t key, std::uint32_t epoll_events) {
  const auto found = connections_.find(key);
  if (found == connections_.end()) return;
  Connection& connection = *found->second;
  const bool gone =
      (epoll_events & EPOLLERR) != 0 || (connection.is_waiting && (epoll_events & EPOLLHUP) != 0);
  if (gone) return drop(key);
  advance(connection);
}

// Sends what is left of the answer, then reads and answers on: a peer is read again only when it
// has taken its answer, so its requests cannot pile up here.
void SocketServer::advance(Connection& connection) {
  bool keep = send_pending(connection);
  if (keep && connection.is_idle()) keep = receive(connection) && answer_lines(connection);
  if (!keep || (connection.at_end && connection.is_idle())) return drop(connection.key);
  std::uint32_t events = EPOLLIN;
  if (connection.is_waiting) events = 0;
  if (connection.has_output()) events = EPOLLOUT;
  loop_.change(connection.watch, events);
}

void SocketServer::finish(std::uint64_t key, std::string answer) {
  const auto found = connections_.find(key);
  if (found == connections_.end() || !found->second->is_waiting) return;
  Connection& connection = *found->second;
  if (answer.size() > options_.output_limit)
    answer =
        Reply{}.finish(fail(ErrorCode::exhausted, "the answer is too long: ask for fewer rows"));
  connection.is_waiting = false;
  connection.output = std::move(answer);
  connection.sent = 0;
  connection.last_progress = real_now();
  if (!is_answering_) advance(connection);
}

// False: drop the peer.
bool SocketServer::receive(Connection& connection) {
  std::array<char, 16384> chunk;
  while (connection.input.size() <= request_line_limit) {
    const auto count = recv(connection.fd.get(), chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    if (count == 0) {
      connection.at_end = true;
      return true;
    }
    connection.input.append(chunk.data(), static_cast<std::size_t>(count));
    connection.last_progress = real_now();
  }
  return true;
}

bool SocketServer::answer_lines(Connection& connection) {
  while (connection.is_idle()) {
    if (!answer_next(connection)) return true;
    if (!send_pending(connection)) return false;
  }
  return true;
}

// False: no whole line is there.
bool SocketServer::answer_next(Connection& connection) {
  const auto line_end = connection.input.find('\n');
  const bool too_long = std::min(line_end, connection.input.size()) > request_line_limit;
  if (line_end == std::string::npos && !too_long) return false;
  if (too_long) {  // what follows cannot be told from it: the peer is done
    connection.input.clear();
    connection.at_end = true;
    connection.output = Reply{}.finish(fail(ErrorCode::invalid, "the request is too long"));
    return true;
  }
  const std::string line = connection.input.substr(0, line_end);
  connection.input.erase(0, line_end + 1);
  connection.is_waiting = true;
  is_answering_ = true;
  const std::weak_ptr<bool> alive = is_alive_;
  answer_(line, [this, alive, key = connection.key](std::string answer) {
    if (!alive.expired()) finish(key, std::move(answer));
  });
  is_answering_ = false;
  return true;
}

bool SocketServer::send_pending(Connection& connection) {
  while (connection.has_output()) {
    const auto count =
        send(connection.fd.get(), connection.output.data() + connection.sent,
             connection.output.size() - connection.sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    connection.sent += static_cast<std::size_t>(count);
    connection.last_progress = real_now();
  }
  connection.output.clear();
  connection.sent = 0;
  return true;
}

void SocketServer::drop_idle(Instant now) {
  std::vector<std::uint64_t> late;
  for (const auto& [key, connection] : connections_)
    if (now - connection->last_progress > options_.idle_limit) late.push_back(key);
  for (const auto key : late) drop(key);
}

}  // namespace rpcgate::control
