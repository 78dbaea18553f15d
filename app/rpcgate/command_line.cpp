// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "command_line.hpp"

#include <optional>
#include <utility>

#include "control/command_usage.hpp"

namespace rpcgate::cli {
namespace {

using control::Argument;
using control::ArgumentKind;
using control::Command;

// The words still to be read.
class Words {
 public:
  explicit Words(const std::vector<std::string>& words) : words_(words) {}
  bool at_end() const { return next_ == words_.size(); }
  const std::string& take() { return words_[next_++]; }
  // "--name=value", or the word after "--name".
  Result<std::string> value_of(const std::string& option,
                               const std::optional<std::string>& joined) {
    if (joined) return *joined;
    if (at_end()) return fail(ErrorCode::invalid, option + " needs a value");
    return take();
  }

 private:
  const std::vector<std::string>& words_;
  std::size_t next_ = 0;
};

struct OptionWord {
  std::string name;
  std::optional<std::string> value;
};

OptionWord split(const std::string& word) {
  const auto equals = word.find('=');
  if (equals == std::string::npos) return {word, std::nullopt};
  return {word.substr(0, equals), word.substr(equals + 1)};
}

// True when the option is one that every command has.
Result<bool> take_general(CommandLine& line, const OptionWord& option, Words& words) {
  if (option.name == "--json")
    line.json = true;
  else if (option.name == "--help" || option.name == "-h")
    line.help = true;
  else if (option.name == "--version")
    line.version = true;
  else if (option.name == "--socket" || option.name == "--completion") {
    auto value = words.value_of(option.name, option.value);
    if (!value) return tl::unexpected(value.error());
    (option.name == "--socket" ? line.socket : line.completion) = std::move(*value);
  } else {
    return false;
  }
  return true;
}

Result<void> take_option(CommandLine& line, const OptionWord& option, Words& words) {
  const auto general = take_general(line, option, words);
  if (!general) return tl::unexpected(general.error());
  if (*general) return {};
  if (line.command == nullptr)
    return fail(ErrorCode::invalid, "no option " + option.name + " before the command");
  for (const Argument& argument : line.command->arguments) {
    if (option.name != "--" + std::string(argument.name)) continue;
    if (argument.kind == ArgumentKind::flag) {
      line.arguments[std::string(argument.name)] = "true";
      return {};
    }
    if (argument.kind != ArgumentKind::option) break;
    auto value = words.value_of(option.name, option.value);
    if (!value) return tl::unexpected(value.error());
    line.arguments[std::string(argument.name)] = std::move(*value);
    return {};
  }
  return fail(ErrorCode::invalid, "'" + std::string(line.command->path) + "' has no option " +
                                      option.name + "\nusage: rpcgate " +
                                      control::usage(*line.command));
}

Result<void> take_by_place(CommandLine& line, const std::string& word) {
  for (const Argument& argument : line.command->arguments) {
    if (argument.kind == ArgumentKind::option || argument.kind == ArgumentKind::flag) continue;
    if (line.arguments.emplace(argument.name, word).second) return {};
  }
  return fail(ErrorCode::invalid, "'" + word + "' is one argument too many\nusage: rpcgate " +
                                      control::usage(*line.command));
}

// The commands that begin as `path` does: "show pinhole" -> all of "show".
std::string commands_near(const std::string& path) {
  const std::string first = path.substr(0, path.find(' '));
  std::string text;
  for (const Command& command : control::command_table())
    if (command.path.substr(0, first.size()) == first)
      text += "\n  rpcgate " + control::usage(command);
  return first.empty() || text.empty() ? "; rpcgate --help lists them" : "; there are:" + text;
}

Result<void> check_required(const CommandLine& line) {
  for (const Argument& argument : line.command->arguments)
    if (argument.required &&
        line.arguments.find(std::string(argument.name)) == line.arguments.end())
      return fail(ErrorCode::invalid, control::usage(argument) + " is missing\nusage: rpcgate " +
                                          control::usage(*line.command));
  return {};
}

}  // namespace

Result<CommandLine> parse(const std::vector<std::string>& all) {
  CommandLine line;
  Words words(all);
  std::string path;
  bool only_words = false;  // after "--"
  while (!words.at_end()) {
    const std::string& word = words.take();
    if (!only_words && word == "--") {
      only_words = true;
    } else if (!only_words && word.size() > 1 && word[0] == '-') {
      if (auto taken = take_option(line, split(word), words); !taken)
        return tl::unexpected(taken.error());
    } else if (line.command == nullptr) {
      path += (path.empty() ? "" : " ") + word;
      line.command = control::find_command(path);
    } else if (auto taken = take_by_place(line, word); !taken) {
      return tl::unexpected(taken.error());
    }
  }
  if (line.help || line.version || !line.completion.empty()) return line;
  if (line.command == nullptr)
    return fail(ErrorCode::invalid,
                (path.empty() ? "no command" : "no command '" + path + "'") + commands_near(path));
  if (auto checked = check_required(line); !checked) return tl::unexpected(checked.error());
  return line;
}

}  // namespace rpcgate::cli
