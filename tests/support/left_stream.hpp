// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// One direction of a TCP connection, put together again from the segments that left the gateway,
// whatever their order. Two receivers read along: one keeps the first content of a byte, the other
// the last. Where a rule reads, both must read the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace rpcgate::tests {

class LeftStream {
 public:
  // The SYN has left: everything before is forgotten.
  void begin(std::uint32_t first);
  bool begun() const { return begun_; }
  void take(std::uint32_t seq, std::string_view bytes);
  // A rule reads [from, to), which may have left already or leave later.
  void read(std::size_t from, std::size_t to);

  bool has(std::size_t from, std::size_t to) const;
  std::uint8_t at(std::size_t i) const { return bytes_[i].first; }
  std::size_t arrived() const { return arrived_; }  // without a gap
  std::uint32_t next() const { return first_ + static_cast<std::uint32_t>(arrived_); }
  // A byte that a rule reads left with two contents.
  bool contradicts() const { return contradicts_; }

 private:
  struct Byte {
    std::uint8_t first = 0;
    bool there = false, differs = false, read = false;
  };
  static constexpr std::size_t longest = 1u << 18;
  std::vector<Byte> bytes_;
  std::size_t arrived_ = 0;
  std::uint32_t first_ = 0;
  bool begun_ = false, contradicts_ = false;
};

}  // namespace rpcgate::tests
