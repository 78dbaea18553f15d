// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The answer to one request: rows, one JSON object a line, then the end line
// {"end":true,"ok":true,...}. A handler adds rows; the socket server sends them.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/result.hpp"

namespace rpcgate::control {

class Reply {
 public:
  void row(const nlohmann::ordered_json& object);
  void raw_row(const std::string& json_object);  // one that is JSON already
  // Said to people on the end line: what was done, what needs a restart.
  void note(std::string text);
  std::size_t rows() const noexcept { return rows_; }

  // The whole answer. With an error, rows that explain it stay in front.
  std::string finish(const Result<void>& outcome) const;

 private:
  std::string lines_;
  std::string notes_;  // a JSON array's members
  std::size_t rows_ = 0;
};

const char* code_name(ErrorCode code) noexcept;

}  // namespace rpcgate::control
