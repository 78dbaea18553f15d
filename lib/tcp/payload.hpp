// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The payload of a segment where it lies: in one piece, or over several packet buffers of a chain.
// A view; the bytes belong to the packet.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"

namespace rpcgate::tcp {

class Payload {
 public:
  Payload() = default;
  Payload(MutableBytes one) noexcept  // NOLINT: a payload like any other
      : first_(one), size_(static_cast<std::uint32_t>(one.size())) {}
  // `more` lives as long as the view.
  Payload(MutableBytes first, std::span<const MutableBytes> more) noexcept
      : first_(first), more_(more), size_(static_cast<std::uint32_t>(first.size())) {
    for (const MutableBytes piece : more) size_ += static_cast<std::uint32_t>(piece.size());
  }

  std::uint32_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

  // Calls f(offset, piece) for every piece of [offset, offset + length), in order, until one call
  // returns false; then it returns false itself.
  template <class F>
  bool for_each(std::size_t offset, std::size_t length, F&& f) const noexcept {
    std::size_t at = 0;  // where the piece begins
    for (std::size_t i = 0; i <= more_.size() && length > 0; ++i) {
      const MutableBytes piece = i == 0 ? first_ : more_[i - 1];
      if (offset < at + piece.size()) {
        const std::size_t skip = offset - at;
        const std::size_t size = std::min(piece.size() - skip, length);
        if (!f(offset, piece.subspan(skip, size))) return false;
        offset += size;
        length -= size;
      }
      at += piece.size();
    }
    return true;
  }

 private:
  MutableBytes first_;
  std::span<const MutableBytes> more_;
  std::uint32_t size_ = 0;
};

}  // namespace rpcgate::tcp
