// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// rpcgate-replay: runs the gateway's stages over a capture and says what they did.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>

#include <unistd.h>

#include "config/packs.hpp"
#include "dpdk/eal.hpp"
#include "event/event_json.hpp"
#include "learn/rules.hpp"
#include "options.hpp"
#include "policy/compile.hpp"
#include "policy/rule.hpp"
#include "replay.hpp"
#include "summary.hpp"

namespace rpcgate::replay {
namespace {

constexpr int failed = 1;
constexpr int misused = 2;
constexpr unsigned memory_mib = 64;  // rings; packets have memory of their own

int complain(const std::string& what) {
  std::fprintf(stderr, "rpcgate-replay: %s\n", what.c_str());
  return failed;
}

Result<dpdk::Eal> start_eal() {
  dpdk::EalOptions options;
  options.program = "rpcgate-replay";
  options.file_prefix = "rpcgate-replay-" + std::to_string(getpid());
  options.workers = 0;
  options.memory_mib = memory_mib;
  options.hugepages = false;
  return dpdk::Eal::start(options);
}

// Where events go: nowhere, standard output, or a file.
class EventLog {
 public:
  bool open(const std::string& path) {
    if (path.empty()) return true;
    if (path == "-") {
      out_ = &std::cout;
      return true;
    }
    file_.open(path, std::ios::trunc);
    out_ = &file_;
    return file_.good();
  }
  void write(const event::Event& event, const policy::Snapshot& snapshot) {
    if (out_ == nullptr) return;
    const policy::Rule* rule = snapshot.rule(event.rule);
    *out_ << event::to_json(event, rule == nullptr ? std::string_view{} : rule->name) << '\n';
  }
  bool good() {
    if (out_ != nullptr) out_->flush();
    return out_ == nullptr || out_->good();
  }

 private:
  std::ofstream file_;
  std::ostream* out_ = nullptr;
};

// The configuration with its learning rules replaced.
Result<void> write_learned(const Options& options, const learn::Uses& uses) {
  const auto text = config::read_file(options.config);
  if (!text) return tl::unexpected(text.error());
  learn::RuleOptions how;
  how.merge = options.merge;
  how.load.replay = true;
  const auto rules = learn::learned_rules(*text, options.config, uses, how);
  if (!rules) return tl::unexpected(rules.error());
  if (options.learn == "-") {
    std::cout << *rules;
    return {};
  }
  std::ofstream out(options.learn, std::ios::binary | std::ios::trunc);
  out << *rules;
  out.close();
  if (!out) return fail(ErrorCode::io, options.learn + ": cannot be written");
  return {};
}

int run(const Options& options) {
  policy::LoadedPolicy loaded =
      policy::load_and_compile(options.config, 1, {.replay = true, .packs_dir = {}});
  for (const config::Diagnostic& d : loaded.diagnostics)
    std::fprintf(stderr, "%s\n", config::to_string(d).c_str());
  if (loaded.snapshot == nullptr) return misused;
  const policy::Snapshot& snapshot = *loaded.snapshot;

  auto reader = CaptureReader::open(options.read);
  if (!reader) return complain(reader.error().what);
  EventLog log;
  if (!log.open(options.events)) return complain(options.events + ": cannot be written");
  std::optional<CaptureWriter> writer;
  if (!options.write.empty()) {
    auto created = CaptureWriter::create(options.write);
    if (!created) return complain(created.error().what);
    writer.emplace(std::move(*created));
  }
  auto eal = start_eal();
  if (!eal) return complain(eal.error().what);

  Sinks sinks;
  learn::Uses uses;
  sinks.event = [&](const event::Event& event) {
    log.write(event, snapshot);
    if (options.learn.empty()) return;
    const policy::Rule* rule = snapshot.rule(event.rule);
    uses.record(event, rule == nullptr ? std::string_view{} : rule->name);
  };
  if (writer) sinks.frame = [&](Instant time, Bytes frame) { writer->write(time, frame); };
  auto replay = Replay::create(loaded.config, snapshot, options.strict, std::move(sinks));
  if (!replay) return complain(replay.error().what);
  for (Frame frame; reader->next(frame);) (*replay)->feed(frame);
  (*replay)->finish();

  std::fputs(summary((*replay)->totals(), (*replay)->counters(), reader->truncated()).c_str(),
             stdout);
  if (writer)
    if (auto ok = writer->close(); !ok) return complain(ok.error().what);
  if (!options.learn.empty())
    if (auto ok = write_learned(options, uses); !ok) return complain(ok.error().what);
  if (!log.good()) return complain(options.events + ": could not be written");
  if (const auto leaked = (*replay)->leaked(); leaked != 0)
    return complain("internal error: " + std::to_string(leaked) + " packets or records leaked");
  return 0;
}

}  // namespace
}  // namespace rpcgate::replay

int main(int argc, char** argv) {
  rpcgate::replay::Options options;
  int exit_code = 0;
  if (!rpcgate::replay::read_options(argc, argv, options, exit_code)) return exit_code;
  return rpcgate::replay::run(options);
}
