// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// rpcgate: a thin client of the daemon. Exit codes: 0 done, 1 refused or failed, 2 wrong usage,
// 3 no daemon.

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "client.hpp"
#include "command_line.hpp"
#include "control/command_usage.hpp"
#include "control/config_answers.hpp"
#include "control/use_answers.hpp"
#include "control/version.hpp"
#include "render.hpp"

namespace rpcgate::cli {
namespace {

constexpr int done = 0;
constexpr int refused = 1;
constexpr int wrong_usage = 2;
constexpr int no_daemon = 3;

void print(std::FILE* to, const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), to);
}

int complain(const std::string& text, int code) {
  print(stderr, "rpcgate: " + text + '\n');
  return code;
}

Result<std::string> read_file(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return fail(ErrorCode::io, path + " is a folder");
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return fail(ErrorCode::io, "cannot read " + path);
  return text.str();
}

Result<void> write_file(const std::string& path, const std::string& text) {
  if (path == "-") {
    print(stdout, text);
    return {};
  }
  const std::string temporary = path + ".new";
  std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(temporary, path, error);
  if (!file || error) return fail(ErrorCode::io, "cannot write " + path);
  return {};
}

// Gathers the lines of an answer and tells them when the last has come.
class Answer {
 public:
  explicit Answer(const CommandLine& line) : line_(line) {}

  void take(const std::string& text) {
    if (line_.json && !is_saved()) print(stdout, text + '\n');
    Row row = Row::parse(text, nullptr, false);
    if (row.is_discarded()) return;
    (row.contains("end") ? end_ : rows_.emplace_back()) = std::move(row);
  }
  int tell() const {
    if (is_saved() && end_.value("ok", false)) return save();
    if (!line_.json) {
      print(stdout, render(line_.command->layout, rows_));
      for (const auto& note : end_.value("notes", Row::array()))
        print(stdout, to_cell(note) + '\n');
    }
    if (end_.value("ok", false)) return done;
    return line_.json ? refused : complain(end_.value("error", std::string("failed")), refused);
  }

 private:
  bool is_saved() const { return line_.command->id == control::CommandId::config_save; }
  int save() const {
    const std::string text = rows_.empty() ? "" : rows_.front().value("text", std::string());
    const auto written = write_file(line_.arguments.at("file"), text);
    if (!written) return complain(written.error().what, refused);
    if (line_.json) print(stdout, end_.dump() + '\n');
    return done;
  }
  const CommandLine& line_;
  std::vector<Row> rows_;
  Row end_ = Row::object();
};

// `learn` and `report` of a file of events.
Result<void> answer_of_events(const CommandLine& line, const control::Arguments& arguments,
                              control::Reply& reply) {
  const auto uses = control::read_uses(line.arguments.at("events"), reply);
  if (!uses) return tl::unexpected(uses.error());
  const bool learns = line.command->id == control::CommandId::learn;
  const std::string path = arguments.text("config");
  if (path.empty() && learns)
    return fail(ErrorCode::invalid, "--config FILE is needed: its rules are written anew");
  if (path.empty()) return control::report_uses({}, *uses, arguments, reply);
  const auto text = read_file(path);
  if (!text) return tl::unexpected(text.error());
  if (learns) return control::learn_rules(*text, path, *uses, arguments, reply);
  return control::report_uses(
      config::load_text(*text, path, {.replay = true, .packs_dir = {}}).config, *uses, arguments,
      reply);
}

// Commands on files that need no daemon: the client itself reads and judges. `path`: the file.
Result<void> answer_locally(const CommandLine& line, const std::string& path,
                            control::Reply& reply) {
  control::Request request{std::string(line.command->path), {}};
  request.arguments.insert(line.arguments.begin(), line.arguments.end());
  const auto arguments = control::Arguments::check(*line.command, request);
  if (!arguments && line.command->id != control::CommandId::config_check)
    return tl::unexpected(arguments.error());
  if (line.arguments.count("events") != 0) return answer_of_events(line, *arguments, reply);
  const auto text = read_file(path);
  if (!text) return tl::unexpected(text.error());
  if (line.command->id == control::CommandId::config_check)
    return control::check_config(*text, path, reply);
  const auto loaded = policy::load_text_and_compile(*text, path, 1);
  if (!loaded.snapshot)
    return fail(ErrorCode::invalid, path + " has errors; rpcgate config check tells them");
  return control::test_config(*loaded.snapshot, *arguments, reply);
}

int run_locally(const CommandLine& line, const std::string& path) {
  control::Reply reply;
  const auto outcome = answer_locally(line, path, reply);
  Answer answer(line);
  std::istringstream lines(reply.finish(outcome));
  for (std::string text; std::getline(lines, text);) answer.take(text);
  return answer.tell();
}

int run(CommandLine line) {
  using control::CommandId;
  if (line.command->id == CommandId::config_check)
    return run_locally(line, line.arguments.at("file"));
  if (line.command->id == CommandId::config_test && line.arguments.count("config") != 0)
    return run_locally(line, line.arguments.at("config"));
  if (line.arguments.count("events") != 0) return run_locally(line, {});
  auto sent = line.arguments;
  for (const auto& argument : line.command->arguments) {
    const std::string name(argument.name);
    if (argument.kind == control::ArgumentKind::output) sent.erase(name);
    if (argument.kind != control::ArgumentKind::file_text) continue;
    const auto text = read_file(sent.at(name));
    if (!text) return complain(text.error().what, refused);
    sent["text"] = *text;
    sent[name] = std::filesystem::absolute(sent.at(name)).lexically_normal();
  }
  Answer answer(line);
  const auto asked = ask(line.socket, to_request(std::string(line.command->path), sent),
                         [&](const std::string& text) { answer.take(text); });
  if (!asked) {
    const bool is_absent = asked.error().code == ErrorCode::not_found;
    const bool has_hint = is_absent && line.command->id == CommandId::config_test;
    return complain(asked.error().what + (has_hint ? " (--config FILE needs none)" : ""),
                    is_absent ? no_daemon : refused);
  }
  return answer.tell();
}

int start(const std::vector<std::string>& words) {
  auto line = parse(words);
  if (!line) return complain(line.error().what, wrong_usage);
  if (line->version) {
    print(stdout, "rpcgate " + std::string(control::version) + '\n');
    return done;
  }
  if (!line->completion.empty()) {
    if (line->completion != "bash") return complain("completion is for bash alone", wrong_usage);
    print(stdout, control::bash_completion());
    return done;
  }
  if (line->help) {
    print(stdout, line->command == nullptr ? control::help() : control::help(*line->command));
    return done;
  }
  return run(std::move(*line));
}

}  // namespace
}  // namespace rpcgate::cli

int main(int argc, char** argv) {
  try {
    return rpcgate::cli::start(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& e) {
    return rpcgate::cli::complain(e.what(), 1);
  }
}
