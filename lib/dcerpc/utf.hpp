// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Names out of tokens as UTF-8 of bounded size, fit to be printed: control characters become '?',
// what is no character becomes U+FFFD, a NUL ends the text as it does for servers. Only ntlm.cpp
// includes this.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "wire/reader.hpp"

namespace rpcgate::dcerpc {

// Appends one character; false, and nothing written, when it does not fit whole.
constexpr bool append_utf8(std::uint32_t c, std::span<char> out, std::size_t& size) noexcept {
  if (c < 0x20 || c == 0x7f) c = '?';
  const std::size_t needed = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  if (out.size() - size < needed) return false;
  constexpr std::uint32_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (std::size_t i = needed; i-- > 0;) {
    const std::uint32_t bits = i == 0 ? c | lead[needed] : (c & 0x3f) | 0x80;
    out[size + i] = static_cast<char>(bits);
    c >>= 6;
  }
  size += needed;
  return true;
}

// Little-endian UTF-16 (MS-NLMP 2.2). Returns the size of the text.
constexpr std::size_t utf8_from_utf16(Bytes from, std::span<char> out) noexcept {
  constexpr std::uint32_t replacement = 0xfffd;
  wire::Reader in{from};
  std::size_t size = 0;
  while (in.left() >= 2) {
    std::uint32_t c = in.u16();
    if (c == 0) break;
    if (c >= 0xd800 && c < 0xdc00) {
      wire::Reader ahead = in;
      const std::uint32_t low = ahead.u16();
      if (low >= 0xdc00 && low < 0xe000) {
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        in = ahead;
      } else {
        c = replacement;
      }
    } else if (c >= 0xdc00 && c < 0xe000) {
      c = replacement;
    }
    if (!append_utf8(c, out, size)) break;
  }
  return size;
}

// The code page of the client is unknown: ASCII, and U+FFFD for the rest.
constexpr std::size_t utf8_from_oem(Bytes from, std::span<char> out) noexcept {
  std::size_t size = 0;
  for (const std::byte b : from) {
    const auto c = std::to_integer<std::uint32_t>(b);
    if (c == 0 || !append_utf8(c < 0x80 ? c : 0xfffd, out, size)) break;
  }
  return size;
}

}  // namespace rpcgate::dcerpc
