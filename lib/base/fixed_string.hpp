// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Text of bounded length inside a trivially copyable record (names in events). What does not fit
// is cut; the text is kept valid for printing by the reader, not here.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace rpcgate {

template <std::size_t N>
class FixedString {
  static_assert(N <= 255);

 public:
  constexpr FixedString() = default;
  constexpr FixedString(std::string_view text) noexcept { assign(text); }  // NOLINT: by intent
  constexpr void assign(std::string_view text) noexcept {
    size_ = static_cast<std::uint8_t>(std::min(text.size(), N));
    for (std::size_t i = 0; i < size_; ++i) text_[i] = text[i];
  }
  constexpr std::string_view view() const noexcept { return {text_.data(), size_}; }
  constexpr bool empty() const noexcept { return size_ == 0; }
  friend constexpr bool operator==(const FixedString& a, const FixedString& b) noexcept {
    return a.view() == b.view();
  }

 private:
  std::array<char, N> text_{};
  std::uint8_t size_ = 0;
};

}  // namespace rpcgate
