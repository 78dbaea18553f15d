// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/log.hpp"

#include <memory>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace rpcgate::control::log {
namespace {

std::shared_ptr<spdlog::logger> make() {
  auto logger = std::make_shared<spdlog::logger>("rpcgated",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e rpcgated %l: %v");
  logger->flush_on(spdlog::level::debug);
  return logger;
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = make();
  return *instance;
}

}  // namespace

void start() {
  static_cast<void>(logger());
}
void debug(const std::string& what) {
  logger().debug(what);
}
void info(const std::string& what) {
  logger().info(what);
}
void warning(const std::string& what) {
  logger().warn(what);
}
void error(const std::string& what) {
  logger().error(what);
}

}  // namespace rpcgate::control::log
