// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/request.hpp"

#include <nlohmann/json.hpp>

namespace rpcgate::control {
namespace {

using nlohmann::json;

constexpr std::size_t argument_limit = 32;
constexpr std::size_t name_limit = 64;
constexpr int depth_limit = 2;  // the request and its arguments

// Depth is bounded before anything is built of the line: a megabyte of '[' is not worth a megabyte
// of objects.
bool is_too_deep(std::string_view line) noexcept {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > depth_limit) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

Result<std::string> to_text(const std::string& name, const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean() || value.is_number_integer()) return value.dump();
  return fail(ErrorCode::invalid, "argument '" + name + "' is not a string, integer or boolean");
}

Result<Request> from_json(const json& document) {
  if (!document.is_object()) return fail(ErrorCode::invalid, "the request is not a JSON object");
  const auto version = document.find("v");
  if (version == document.end() || !version->is_number_integer() || *version != protocol_version)
    return fail(ErrorCode::unsupported, "the request's \"v\" is not 1");
  const auto command = document.find("command");
  if (command == document.end() || !command->is_string())
    return fail(ErrorCode::invalid, "the request names no command");
  Request request;
  request.command = command->get<std::string>();
  if (request.command.size() > name_limit) return fail(ErrorCode::invalid, "unknown command");
  const auto arguments = document.find("arguments");
  if (arguments == document.end()) return request;
  if (!arguments->is_object() || arguments->size() > argument_limit)
    return fail(ErrorCode::invalid, "\"arguments\" is not an object, or has too many members");
  for (const auto& [name, value] : arguments->items()) {
    if (name.size() > name_limit) return fail(ErrorCode::invalid, "an argument's name is too long");
    auto text = to_text(name, value);
    if (!text) return tl::unexpected(text.error());
    request.arguments.emplace(name, std::move(*text));
  }
  return request;
}

}  // namespace

Result<Request> parse_request(std::string_view line) {
  if (line.size() > request_line_limit) return fail(ErrorCode::invalid, "the request is too long");
  if (is_too_deep(line)) return fail(ErrorCode::invalid, "the request is nested too deep");
  try {
    const json document = json::parse(line, nullptr, false);
    if (document.is_discarded()) return fail(ErrorCode::invalid, "the request is not JSON");
    return from_json(document);
  } catch (const std::exception& e) {  // nothing is expected to throw; the daemon outlives it
    return fail(ErrorCode::invalid, std::string("the request cannot be read: ") + e.what());
  }
}

}  // namespace rpcgate::control
