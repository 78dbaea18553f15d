// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "left_stream.hpp"

#include <algorithm>

namespace rpcgate::tests {

void LeftStream::begin(std::uint32_t first) {
  *this = LeftStream{};
  first_ = first;
  begun_ = true;
}

void LeftStream::take(std::uint32_t seq, std::string_view bytes) {
  std::size_t at = seq - first_;
  if (at >= 1u << 31) {  // a probe begins before the first byte
    const std::size_t before = first_ - seq;
    if (before >= bytes.size()) return;
    bytes.remove_prefix(before);
    at = 0;
  }
  if (at + bytes.size() > longest) return;
  if (bytes_.size() < at + bytes.size()) bytes_.resize(at + bytes.size());
  for (const char c : bytes) {
    Byte& b = bytes_[at++];
    const auto value = static_cast<std::uint8_t>(c);
    if (!b.there) b.first = value;
    b.there = true;
    b.differs = b.differs || b.first != value;
    contradicts_ = contradicts_ || (b.read && b.differs);
  }
  while (arrived_ < bytes_.size() && bytes_[arrived_].there) ++arrived_;
}

void LeftStream::read(std::size_t from, std::size_t to) {
  to = std::min(to, longest);
  if (bytes_.size() < to) bytes_.resize(to);
  for (std::size_t i = from; i < to; ++i) {
    bytes_[i].read = true;
    contradicts_ = contradicts_ || bytes_[i].differs;
  }
}

bool LeftStream::has(std::size_t from, std::size_t to) const {
  if (to > bytes_.size()) return false;
  return std::all_of(bytes_.begin() + static_cast<std::ptrdiff_t>(from),
                     bytes_.begin() + static_cast<std::ptrdiff_t>(to),
                     [](const Byte& b) { return b.there; });
}

}  // namespace rpcgate::tests
