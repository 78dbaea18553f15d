// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/event_log.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rpcgate::control {
namespace {

class Log : public testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::temp_directory_path() /
            ("rpcgate-events-test-" + std::to_string(getpid()));
    std::filesystem::remove(path_);
    log_ = std::move(*EventLog::open(path_));
  }
  void TearDown() override { std::filesystem::remove(path_); }
  std::string content() const {
    std::ostringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }
  static event::Event refused(std::uint8_t last_octet) {
    event::Event e;
    e.kind = event::Kind::bind_refused;
    e.reason = stats::Reason::interface_not_granted;
    e.rule = 5;
    e.has_interface = true;
    std::array<std::uint8_t, 16> octets{};
    octets[15] = last_octet;
    e.interface.uuid = dcerpc::Uuid(octets);
    return e;
  }

  std::filesystem::path path_;
  std::unique_ptr<EventLog> log_;
};

TEST_F(Log, EachEventIsOneLineOfTheFile) {
  log_->record(refused(1), "dc");
  log_->record(refused(2), "dc");
  EXPECT_EQ(content(), "");
  log_->flush();
  const std::string text = content();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_NE(text.find("\"event\":\"bind-refused\""), std::string::npos);
}

TEST_F(Log, TheLatestAreKeptAndTheOldestGo) {
  for (std::size_t i = 0; i < EventLog::kept + 10; ++i) {
    event::Event e;
    e.bytes = i;
    log_->record(e, "");
  }
  EXPECT_EQ(log_->latest().size(), EventLog::kept);
  EXPECT_EQ(log_->latest().front().event.bytes, 10u);
  EXPECT_EQ(log_->recorded(), EventLog::kept + 10);
}

TEST_F(Log, RulesAndInterfacesAreSummedUp) {
  log_->record(refused(1), "dc");
  log_->record(refused(1), "dc");
  log_->record(refused(2), "dc");
  const Tally& rule = log_->by_rule().at(5);
  EXPECT_EQ(rule.of(event::Kind::bind_refused), 3u);
  EXPECT_EQ(rule.last_reason, stats::Reason::interface_not_granted);
  ASSERT_EQ(log_->by_interface().size(), 2u);
  EXPECT_EQ(log_->by_interface().begin()->second.of(event::Kind::bind_refused), 2u);
}

TEST_F(Log, ClientsAndRefusalsAreRemembered) {
  event::Event e = refused(1);
  e.client = wire::IpAddress::from_v4(0xc633640a);
  e.action = event::Action::rpc_error;
  log_->record(e, "dc");
  const auto* history = log_->by_client().find(e.client);
  ASSERT_NE(history, nullptr);
  EXPECT_EQ(history->events.front().rule_name, "dc");
  EXPECT_EQ(log_->refusals().by_key().size(), 1u);
}

TEST_F(Log, WhoAsksForRandomInterfacesDoesNotFillTheMemory) {
  for (std::size_t i = 0; i < EventLog::interface_limit + 100; ++i) {
    event::Event e = refused(0);
    e.interface.major = static_cast<std::uint16_t>(i);
    log_->record(e, "dc");
  }
  EXPECT_EQ(log_->by_interface().size(), EventLog::interface_limit);
}

TEST_F(Log, AfterRotationLinesGoToTheNewFile) {
  log_->record(refused(1), "dc");
  log_->flush();
  std::filesystem::remove(path_);
  ASSERT_TRUE(log_->reopen());
  log_->record(refused(1), "dc");
  log_->flush();
  const std::string text = content();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST_F(Log, AReaderThatDoesNotReadLosesLinesAndHoldsNobodyUp) {
  const std::string pipe = path_.string() + ".pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  auto log = std::move(*EventLog::open(pipe));
  for (int i = 0; i < 60000; ++i) {
    log->record(refused(1), "dc");
    log->flush();
  }
  EXPECT_GT(log->lines_lost(), 0u);
  EXPECT_EQ(log->recorded(), 60000u);
  ::close(reader);
  std::filesystem::remove(pipe);
}

TEST_F(Log, AFileThatCannotBeOpenedIsAnError) {
  EXPECT_FALSE(EventLog::open("/nonexistent/folder/events"));
}

}  // namespace
}  // namespace rpcgate::control
