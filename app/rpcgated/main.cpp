// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// rpcgated: the order of start and stop. Exit codes: 0 ended as asked, 1 could not start, 2 wrong
// usage, 4 ended with something missing.

#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>
#include <sstream>

#include "control/log.hpp"
#include "control/reference.hpp"
#include "control/version.hpp"
#include "daemon.hpp"
#include "options.hpp"
#include "supervise.hpp"

namespace rpcgate::daemon {
namespace {

constexpr int ended = 0;
constexpr int could_not_start = 1;
constexpr int something_is_missing = 4;

int complain(const Error& error) {
  control::log::error(error.what);
  return could_not_start;
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return fail(ErrorCode::io, "cannot read " + path);
  return text.str();
}

void tell(const std::vector<config::Diagnostic>& diagnostics) {
  for (const auto& diagnostic : diagnostics)
    std::fprintf(stderr, "%s\n", to_string(diagnostic).c_str());
}

// Signals go to the loop. Blocked before EAL makes threads, which inherit that.
Result<void> take_signals(control::EventLoop& loop, Daemon& daemon) {
  std::signal(SIGPIPE, SIG_IGN);
  auto taken = loop.on_signals({SIGTERM, SIGINT, SIGHUP}, [&](int signal) {
    if (signal != SIGHUP) return loop.stop();
    if (auto reopened = daemon.core().events().reopen(); !reopened)
      control::log::error(reopened.error().what);
  });
  if (!taken) return tl::unexpected(taken.error());
  return {};
}

int serve(const Options& options, policy::LoadedPolicy loaded, std::string text) {
  auto loop = control::EventLoop::create();
  if (!loop) return complain(loop.error());
  const auto lock = lock_instance(*loaded.config.daemon.control_socket);
  if (!lock) return complain(lock.error());
  Daemon daemon(**loop);
  if (auto taken = take_signals(**loop, daemon); !taken) return complain(taken.error());
  if (auto started = daemon.start(std::move(loaded), std::move(text), options.config); !started)
    return complain(started.error());
  control::log::info("rpcgated " + std::string(control::version) + " judges by " + options.config);
  notify("READY=1");
  (*loop)->run();
  notify("STOPPING=1");
  control::log::info("stopping");
  if (auto stopped = daemon.stop(); !stopped) {
    control::log::error(stopped.error().what);
    return something_is_missing;
  }
  control::log::info("stopped; everything came back");
  return ended;
}

int run(const Options& options) {
  if (!options.write_reference.empty()) {
    const auto written = control::write_reference(options.write_reference);
    return written ? ended : complain(written.error());
  }
  control::log::start();
  auto text = read_file(options.config);
  if (!text) return complain(text.error());
  auto loaded = policy::load_text_and_compile(*text, options.config, 1);
  tell(loaded.diagnostics);
  if (!loaded.snapshot)
    return complain({ErrorCode::invalid, options.config + " has errors: not started"});
  if (options.check) return ended;
  return serve(options, std::move(loaded), std::move(*text));
}

}  // namespace
}  // namespace rpcgate::daemon

int main(int argc, char** argv) {
  using namespace rpcgate::daemon;
  try {
    int exit_code = 0;
    const auto options = read_options(argc, argv, exit_code);
    return options ? run(*options) : exit_code;
  } catch (const std::exception& e) {
    return complain({rpcgate::ErrorCode::invalid, e.what()});
  }
}
