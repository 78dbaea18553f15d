// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/command_usage.hpp"

#include <algorithm>
#include <set>

namespace rpcgate::control {
namespace {

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width > text.size() ? width - text.size() : 1, ' ');
}

}  // namespace

std::string usage(const Argument& argument) {
  const std::string value(argument.value);
  switch (argument.kind) {
    case ArgumentKind::word:
    case ArgumentKind::file_text:
    case ArgumentKind::output:
      return value;
    case ArgumentKind::option:
      return "--" + std::string(argument.name) + ' ' + value;
    case ArgumentKind::flag:
      return "--" + std::string(argument.name);
  }
  return value;
}

std::string usage(const Command& command) {
  std::string text(command.path);
  for (const Argument& argument : command.arguments)
    text += argument.required ? ' ' + usage(argument) : " [" + usage(argument) + ']';
  return text;
}

std::string help() {
  std::size_t width = 0;
  for (const Command& command : command_table()) width = std::max(width, command.path.size() + 2);
  std::string text =
      "rpcgate [--socket PATH] [--json] COMMAND ...\n\n"
      "  --socket PATH  the daemon's control socket (default /run/rpcgate/control.sock)\n"
      "  --json         answers as JSON lines\n"
      "  --help         after a command: its arguments\n"
      "  --version\n"
      "  --completion bash\n\n";
  for (const Command& command : command_table())
    text += "  " + padded(std::string(command.path), width) + std::string(command.help) + '\n';
  return text;
}

std::string help(const Command& command) {
  std::string text = "rpcgate " + usage(command) + "\n\n" + std::string(command.help) + ".\n";
  std::size_t width = 0;
  for (const Argument& argument : command.arguments)
    width = std::max(width, usage(argument).size() + 2);
  if (!command.arguments.empty()) text += '\n';
  for (const Argument& argument : command.arguments)
    text += "  " + padded(usage(argument), width) + std::string(argument.help) + '\n';
  return text;
}

// Completes the words of a path, then the command's options; files where it takes one.
std::string bash_completion() {
  std::set<std::string> first;
  std::string cases;
  for (const Command& command : command_table()) {
    const std::string path(command.path);
    const auto space = path.find(' ');
    first.insert(path.substr(0, space));
    std::string options;
    for (const Argument& argument : command.arguments)
      if (argument.kind == ArgumentKind::option || argument.kind == ArgumentKind::flag)
        options += " --" + std::string(argument.name);
    cases += "    '" + path + "') words='--json --help" + options + "';;\n";
  }
  for (const std::string& word : first) {
    std::string seconds;
    for (const Command& command : command_table())
      if (command.path.substr(0, word.size() + 1) == word + ' ')
        seconds += (seconds.empty() ? "" : " ") + std::string(command.path.substr(word.size() + 1));
    if (!seconds.empty()) cases += "    '" + word + "') words='" + seconds + "';;\n";
  }
  std::string all;
  for (const std::string& word : first) all += word + ' ';
  return "_rpcgate() {\n"
         "  local word path='' words='' current=\"${COMP_WORDS[COMP_CWORD]}\" i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    word=\"${COMP_WORDS[i]}\"\n"
         "    case \"$word\" in\n"
         "      --socket) ((i++));;\n"
         "      -*) ;;\n"
         "      *) [[ \"$path\" == *' '* ]] || path=\"${path:+$path }$word\";;\n"
         "    esac\n"
         "  done\n"
         "  case \"$path\" in\n"
         "    '') words='" +
         all + "--socket --json --help --version';;\n" + cases +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "}\n"
         "complete -o default -F _rpcgate rpcgate\n";
}

}  // namespace rpcgate::control
