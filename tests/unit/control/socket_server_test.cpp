// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/socket_server.hpp"

#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "control/reply.hpp"
#include "control/request.hpp"

namespace rpcgate::control {
namespace {

class Server : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("rpcgate-socket-test-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
    loop_ = std::move(*EventLoop::create());
  }
  void TearDown() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }
  void listen(SocketOptions options = {}) {
    auto made = SocketServer::listen(*loop_, options,
                                     [this](const std::string& line, SocketServer::Done done) {
                                       lines_.push_back(line);
                                       if (is_late_)
                                         late_ = std::move(done);
                                       else
                                         done(answer_);
                                     });
    ASSERT_TRUE(made) << made.error().what;
    server_ = std::move(*made);
  }
  FileDescriptor connect_pair() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    server_->adopt(FileDescriptor(ends[0]));
    return FileDescriptor(ends[1]);
  }
  void turn(int times = 5) {
    for (int i = 0; i < times; ++i) loop_->turn(milliseconds{0});
  }
  static void write_all(const FileDescriptor& peer, const std::string& text) {
    ASSERT_EQ(::send(peer.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  static std::string read_some(const FileDescriptor& peer) {
    std::string text(1 << 20, '\0');
    const auto count = ::recv(peer.get(), text.data(), text.size(), 0);
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
  }
  static bool is_closed(const FileDescriptor& peer) {
    char c = 0;
    return ::recv(peer.get(), &c, 1, MSG_PEEK) == 0;
  }

  std::filesystem::path folder_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<SocketServer> server_;
  std::vector<std::string> lines_;
  std::string answer_ = "{\"end\":true}\n";
  bool is_late_ = false;
  SocketServer::Done late_;
};

TEST_F(Server, AnswersEachLineOnceAndInOrder) {
  listen();
  const auto peer = connect_pair();
  write_all(peer, "one\ntwo\nth");
  turn();
  EXPECT_EQ(lines_, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(read_some(peer), answer_ + answer_);
  write_all(peer, "ree\n");
  turn();
  EXPECT_EQ(lines_.back(), "three");
}

TEST_F(Server, ALateAnswerHoldsTheNextRequestBack) {
  listen();
  is_late_ = true;
  const auto peer = connect_pair();
  write_all(peer, "one\ntwo\n");
  turn();
  EXPECT_EQ(lines_.size(), 1u);
  EXPECT_EQ(read_some(peer), "");
  is_late_ = false;
  late_(answer_);
  turn();
  EXPECT_EQ(lines_.size(), 2u);
  EXPECT_EQ(read_some(peer), answer_ + answer_);
}

TEST_F(Server, AnAnswerForAPeerThatLeftIsForgotten) {
  listen();
  is_late_ = true;
  {
    const auto peer = connect_pair();
    write_all(peer, "one\n");
    turn();
  }
  turn();
  EXPECT_EQ(server_->connection_count(), 0u);
  late_(answer_);
  late_ = nullptr;
  turn();
}

TEST_F(Server, AnAnswerAfterTheServerIsGoneIsForgotten) {
  listen();
  is_late_ = true;
  const auto peer = connect_pair();
  write_all(peer, "one\n");
  turn();
  server_.reset();
  late_(answer_);
}

TEST_F(Server, ALineWithoutEndIsRefusedAtTheLimit) {
  listen();
  const auto peer = connect_pair();
  const std::string chunk(65536, 'x');
  std::size_t sent = 0;
  while (sent <= request_line_limit + chunk.size()) {
    const auto count = ::send(peer.get(), chunk.data(), chunk.size(), MSG_NOSIGNAL);
    if (count > 0) sent += static_cast<std::size_t>(count);
    if (count <= 0 && is_closed(peer)) break;
    turn();
    if (server_->connection_count() == 0) break;
  }
  EXPECT_TRUE(lines_.empty());
  EXPECT_EQ(server_->connection_count(), 0u);
  EXPECT_NE(read_some(peer).find("too long"), std::string::npos);
}

TEST_F(Server, APeerThatDoesNotReadIsDroppedAndNotRead) {
  SocketOptions options;
  options.idle_limit = seconds{5};
  listen(options);
  answer_ = std::string(8 << 20, 'a') + "\n";
  const auto peer = connect_pair();
  write_all(peer, "one\n");
  turn();
  write_all(peer, "two\n");
  turn();
  EXPECT_EQ(lines_.size(), 1u);
  server_->drop_idle(real_now() + seconds{4});
  EXPECT_EQ(server_->connection_count(), 1u);
  server_->drop_idle(real_now() + seconds{6});
  EXPECT_EQ(server_->connection_count(), 0u);
}

TEST_F(Server, AnAnswerBeyondTheOutputLimitBecomesAnError) {
  SocketOptions options;
  options.output_limit = 1000;
  listen(options);
  answer_ = std::string(2000, 'a') + "\n";
  const auto peer = connect_pair();
  write_all(peer, "one\n");
  turn();
  EXPECT_NE(read_some(peer).find("\"exhausted\""), std::string::npos);
}

TEST_F(Server, ALongAnswerArrivesWhole) {
  listen();
  answer_ = std::string(3 << 20, 'a') + "\n";
  const auto peer = connect_pair();
  write_all(peer, "one\n");
  std::string got;
  for (int i = 0; i < 1000 && got.size() < answer_.size(); ++i) {
    turn(1);
    got += read_some(peer);
  }
  EXPECT_EQ(got, answer_);
}

TEST_F(Server, MorePeersThanAllowedAreClosed) {
  SocketOptions options;
  options.connections = 1;
  listen(options);
  const auto first = connect_pair();
  const auto second = connect_pair();
  EXPECT_TRUE(is_closed(second));
  EXPECT_FALSE(is_closed(first));
}

TEST_F(Server, TheSocketFileIsForRootAloneWithoutAGroup) {
  SocketOptions options;
  options.path = folder_ / "sub" / "control.sock";
  listen(options);
  struct stat status {};
  ASSERT_EQ(stat(options.path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
}

TEST_F(Server, AFolderMadeForTheSocketGoesWithIt) {
  SocketOptions options;
  options.path = folder_ / "sub" / "control.sock";
  listen(options);
  server_.reset();
  EXPECT_FALSE(std::filesystem::exists(folder_ / "sub"));
  EXPECT_TRUE(std::filesystem::exists(folder_));
}

TEST_F(Server, TheSocketFileIsForTheGroupWhereOneIsNamed) {
  SocketOptions options;
  options.path = folder_ / "control.sock";
  options.group = "root";
  listen(options);
  struct stat status {};
  ASSERT_EQ(stat(options.path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0660u);
}

TEST_F(Server, AStaleSocketIsTakenOverAndALiveOneIsNot) {
  SocketOptions options;
  options.path = folder_ / "control.sock";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  options.path.copy(address.sun_path, sizeof address.sun_path - 1);
  {
    FileDescriptor stale(socket(AF_UNIX, SOCK_STREAM, 0));
    ASSERT_EQ(bind(stale.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  listen(options);
  auto second = SocketServer::listen(*loop_, options, [](const std::string&, auto) {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::busy);
  server_.reset();
  EXPECT_FALSE(std::filesystem::exists(options.path));
}

TEST_F(Server, AFileThatIsNoSocketIsLeftAlone) {
  SocketOptions options;
  options.path = folder_ / "control.sock";
  std::ofstream(options.path) << "precious";
  auto made = SocketServer::listen(*loop_, options, [](const std::string&, auto) {});
  EXPECT_FALSE(made);
  EXPECT_TRUE(std::filesystem::exists(options.path));
}

}  // namespace
}  // namespace rpcgate::control
