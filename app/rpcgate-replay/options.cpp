// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "options.hpp"

#include <CLI/CLI.hpp>

namespace rpcgate::replay {

bool read_options(int argc, char** argv, Options& options, int& exit_code) {
  CLI::App app{
      "Runs the gateway's stages over a capture: shows what a configuration would let through,\n"
      "what it would refuse and why. A packet enters the port whose networks hold its source.\n"
      "Exit 0 when the capture was processed, whatever the verdicts."};
  app.add_option("--config", options.config, "Configuration file (TOML); ports need no device")
      ->required();
  app.add_option("--read", options.read, "Capture to read (pcap or pcapng; Ethernet or raw IP)")
      ->required();
  app.add_option("--write", options.write, "Write what leaves the gateway to this pcap file");
  app.add_option("--events", options.events,
                 "Write events as JSON lines to this file (- : stdout)");
  app.add_option("--learn", options.learn,
                 "Write the configuration here (- : stdout) with rules that grant what was used "
                 "under those with action = \"learn\", and nothing else");
  app.add_flag("--merge", options.merge,
               "With --learn: one rule for all clients of a rule, not one for those who did alike");
  app.add_flag("--strict", options.strict,
               "Judge as the daemon does: no mid-stream start, no bad checksum, no giant frame");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    exit_code = app.exit(e) == 0 ? 0 : 2;
    return false;
  }
  return true;
}

}  // namespace rpcgate::replay
