// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// RPCGATE_DCHECK: an invariant that debug and test builds verify. In release builds it costs
// nothing; where the invariant guards the data path the code also drops and counts `internal`.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace rpcgate::detail {
[[noreturn]] inline void check_failed(const char* what, const char* file, int line) noexcept {
  std::fprintf(stderr, "%s:%d: invariant broken: %s\n", file, line, what);
  std::abort();
}
}  // namespace rpcgate::detail

#ifdef NDEBUG
#define RPCGATE_DCHECK(condition) static_cast<void>(0)
#else
#define RPCGATE_DCHECK(condition)                      \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::rpcgate::detail::check_failed(#condition, __FILE__, __LINE__))
#endif
