// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What fuzz targets share. A target holds no state and ends the process when a promise is broken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/bytes.hpp"

namespace rpcgate::fuzz {

inline void require(bool promise) {
  if (!promise) std::abort();
}

// [offset, offset + size) lies within `bytes`.
inline void require_inside(Bytes bytes, std::size_t offset, std::size_t size) {
  require(offset <= bytes.size() && size <= bytes.size() - offset);
}

// One byte off the front to choose by, the rest as input.
struct Input {
  Input(const std::uint8_t* data, std::size_t size)
      : choice(size == 0 ? std::uint8_t{0} : data[0]),
        bytes(size == 0 ? Bytes{} : as_bytes(data + 1, size - 1)) {}
  std::uint8_t choice;
  Bytes bytes;
};

}  // namespace rpcgate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
