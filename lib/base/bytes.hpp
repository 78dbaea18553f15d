// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Views of bytes as they lie in memory. Nothing here owns anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace rpcgate {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

inline Bytes as_bytes(const void* start, std::size_t size) noexcept {
  return {static_cast<const std::byte*>(start), size};
}

}  // namespace rpcgate
