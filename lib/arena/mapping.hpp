// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Memory of our own for tables, zero at first, given back at the end. On huge pages: those that are
// reserved and nobody has taken, where use_reserved_pages() was called; else transparent ones,
// where the kernel gives them. Untouched pages of the latter cost nothing, but the first packet
// that needs one waits until the kernel has cleared it: on a machine with reserved pages all are
// touched at once. Control core, at start.
#pragma once

#include <cstddef>

namespace rpcgate::arena {

class Mapping {
 public:
  explicit Mapping(std::size_t size) noexcept;
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  bool mapped() const noexcept { return data_ != nullptr; }
  std::byte* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }  // bytes, whole pages

  // From now on mappings of 2 MiB and more try reserved huge pages first, and all are touched at
  // once. Before workers start.
  static void use_reserved_pages(bool yes) noexcept;

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace rpcgate::arena
