// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Which bytes behind a gap have left already: segments that came out of order and lie wholly inside
// what no rule reads. A few ranges, sorted and apart; what does not fit is held instead.
#pragma once

#include <array>
#include <cstdint>

#include "tcp/sequence.hpp"

namespace rpcgate::tcp {

class Ranges {
 public:
  bool empty() const noexcept { return count_ == 0; }
  std::size_t size() const noexcept { return count_; }
  Seq begin() const noexcept { return ranges_[0].begin; }  // not empty
  Seq end() const noexcept { return ranges_[0].end; }      // of the first one
  void clear() noexcept { count_ = 0; }

  // False: there is no room for another range; nothing was changed.
  bool add(Seq begin, Seq end) noexcept {
    std::size_t first = 0;  // the first range that [begin, end) touches or lies before
    while (first < count_ && ranges_[first].end < begin) ++first;
    std::size_t last = first;  // after the last one that it touches
    while (last < count_ && ranges_[last].begin <= end) {
      begin = min(begin, ranges_[last].begin);
      end = max(end, ranges_[last].end);
      ++last;
    }
    const std::size_t count = count_ - (last - first) + 1;
    if (count > ranges_.size()) return false;
    if (last == first)
      for (std::size_t i = count_; i > first; --i) ranges_[i] = ranges_[i - 1];
    else
      for (std::size_t i = last; i < count_; ++i) ranges_[first + 1 + i - last] = ranges_[i];
    ranges_[first] = {begin, end};
    count_ = static_cast<std::uint8_t>(count);
    return true;
  }

  // Forgets the first range; not empty.
  void drop_first() noexcept {
    for (std::size_t i = 1; i < count_; ++i) ranges_[i - 1] = ranges_[i];
    --count_;
  }

 private:
  struct Range {
    Seq begin, end;
  };
  std::array<Range, 6> ranges_{};
  std::uint8_t count_ = 0;
};

}  // namespace rpcgate::tcp
