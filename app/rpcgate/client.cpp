// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "client.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/file_descriptor.hpp"

namespace rpcgate::cli {
namespace {

using control::FileDescriptor;

Result<FileDescriptor> connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return fail(ErrorCode::invalid, "the path of the socket is empty or too long");
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  FileDescriptor fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return fail(ErrorCode::io, std::string("socket: ") + std::strerror(errno));
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return fd;
  if (errno == EACCES || errno == EPERM)
    return fail(ErrorCode::denied, path +
                                       ": permission denied; the socket is for root and the "
                                       "configured group");
  return fail(ErrorCode::not_found,
              "no rpcgated listens on " + path + " (" + std::strerror(errno) + "); is it running?");
}

Result<void> send_all(int fd, const std::string& text) {
  std::size_t sent = 0;
  while (sent < text.size()) {
    const auto count = send(fd, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      return fail(ErrorCode::io,
                  std::string("the daemon closed the connection: ") + std::strerror(errno));
    sent += static_cast<std::size_t>(count);
  }
  return {};
}

bool is_end(const std::string& line) {
  const auto document = nlohmann::json::parse(line, nullptr, false);
  return document.is_object() && document.contains("end");
}

}  // namespace

std::string to_request(const std::string& command,
                       const std::map<std::string, std::string>& arguments) {
  nlohmann::json request;
  request["v"] = 1;
  request["command"] = command;
  request["arguments"] = nlohmann::json::object();
  for (const auto& [name, value] : arguments) request["arguments"][name] = value;
  return request.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

Result<void> ask(const std::string& socket_path, const std::string& request,
                 const std::function<void(const std::string&)>& on_line) {
  auto fd = connect_to(socket_path);
  if (!fd) return tl::unexpected(fd.error());
  if (auto sent = send_all(fd->get(), request); !sent) return sent;
  std::string input;
  std::array<char, 65536> chunk;
  while (true) {
    const auto count = recv(fd->get(), chunk.data(), chunk.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return fail(ErrorCode::io, "the daemon closed the connection too early");
    std::size_t from = input.size();
    input.append(chunk.data(), static_cast<std::size_t>(count));
    std::size_t begin = 0;
    for (auto end = input.find('\n', from); end != std::string::npos;
         end = input.find('\n', begin)) {
      const std::string line = input.substr(begin, end - begin);
      on_line(line);
      if (is_end(line)) return {};
      begin = end + 1;
    }
    input.erase(0, begin);
  }
}

}  // namespace rpcgate::cli
