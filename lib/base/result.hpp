// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Result<T>: how the control path reports failure. Made where the fact is known, extended with
// context on the way up; only app/ decides to end the process. Not for the data path, whose
// functions return verdicts.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace rpcgate {

enum class ErrorCode { invalid, not_found, exists, busy, denied, exhausted, unsupported, io };

struct Error {
  ErrorCode code = ErrorCode::invalid;
  std::string what;
};

template <class T>
using Result = tl::expected<T, Error>;

// An error value to return: `return fail(ErrorCode::io, "open /dev/net/tun: ...")`.
inline tl::unexpected<Error> fail(ErrorCode code, std::string what) {
  return tl::unexpected<Error>(Error{code, std::move(what)});
}

// The same error with its place in front: "port outer0: rte_eth_dev_start: ...".
inline tl::unexpected<Error> in_context(const std::string& where, Error error) {
  error.what = where + ": " + error.what;
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace rpcgate
