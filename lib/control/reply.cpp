// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/reply.hpp"

#include <nlohmann/json.hpp>

namespace rpcgate::control {
namespace {

// What a client said of itself may stand in a row: bytes that are not UTF-8 are replaced.
std::string to_line(const nlohmann::ordered_json& object) {
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

void Reply::row(const nlohmann::ordered_json& object) {
  raw_row(to_line(object));
}

void Reply::raw_row(const std::string& json_object) {
  lines_ += json_object;
  lines_ += '\n';
  ++rows_;
}

void Reply::note(std::string text) {
  if (!notes_.empty()) notes_ += ',';
  notes_ += to_line(std::move(text));
}

std::string Reply::finish(const Result<void>& outcome) const {
  nlohmann::ordered_json end;
  end["end"] = true;
  end["ok"] = outcome.has_value();
  if (!outcome) {
    end["code"] = code_name(outcome.error().code);
    end["error"] = outcome.error().what;
  }
  std::string line = to_line(end);
  if (!notes_.empty()) {
    line.pop_back();
    line += ",\"notes\":[" + notes_ + "]}";
  }
  return lines_ + line + '\n';
}

const char* code_name(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::invalid:
      return "invalid";
    case ErrorCode::not_found:
      return "not-found";
    case ErrorCode::exists:
      return "exists";
    case ErrorCode::busy:
      return "busy";
    case ErrorCode::denied:
      return "denied";
    case ErrorCode::exhausted:
      return "exhausted";
    case ErrorCode::unsupported:
      return "unsupported";
    case ErrorCode::io:
      return "io";
  }
  return "";
}

}  // namespace rpcgate::control
