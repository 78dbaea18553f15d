// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "options.hpp"

#include <CLI/CLI.hpp>

#include "control/version.hpp"

namespace rpcgate::daemon {

std::optional<Options> read_options(int argc, char** argv, int& exit_code) {
  Options options;
  CLI::App app{"rpcgated: a gateway for Microsoft RPC"};
  app.add_option("--config", options.config, "The configuration")->capture_default_str();
  app.add_flag("--check", options.check, "Tell all errors of the configuration, and end");
  app.add_option("--write-reference", options.write_reference,
                 "Write the reference pages to this folder, and end");
  app.set_version_flag("--version", "rpcgated " + std::string(control::version));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    exit_code = app.exit(e) == 0 ? 0 : 2;
    return std::nullopt;
  }
  return options;
}

}  // namespace rpcgate::daemon
