// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Inside lib/dpdk: an Error made of a failed rte_ call.
#pragma once

#include <string>

#include <rte_errno.h>

#include "base/result.hpp"

namespace rpcgate::dpdk {

// `rc` is negative errno, or -1 with rte_errno set. "rte_eth_dev_start: No such device".
inline tl::unexpected<Error> rte_failure(const std::string& call, int rc) {
  const int error = rc < -1 ? -rc : rte_errno;
  ErrorCode code = ErrorCode::io;
  if (error == ENOTSUP || error == ENOSYS)
    code = ErrorCode::unsupported;
  else if (error == ENOMEM)
    code = ErrorCode::exhausted;
  else if (error == ENODEV || error == ENOENT)
    code = ErrorCode::not_found;
  else if (error == EEXIST || error == EBUSY)
    code = ErrorCode::busy;
  else if (error == EACCES || error == EPERM)
    code = ErrorCode::denied;
  return fail(code, error == 0 ? call : call + ": " + rte_strerror(error));
}

}  // namespace rpcgate::dpdk
