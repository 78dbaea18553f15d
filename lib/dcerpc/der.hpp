// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Just enough DER (X.690) to walk a security token: one-byte tags, definite lengths in their
// shortest form. Anything else could be read in two ways and fails. Only ntlm.cpp includes this.
#pragma once

#include <cstdint>

#include "wire/reader.hpp"

namespace rpcgate::dcerpc::der {

inline constexpr std::uint8_t tag_octet_string = 0x04;
inline constexpr std::uint8_t tag_oid = 0x06;
inline constexpr std::uint8_t tag_sequence = 0x30;
inline constexpr std::uint8_t tag_application_0 = 0x60;  // constructed
inline constexpr std::uint8_t tag_context_0 = 0xa0;      // constructed; 0xa1 is [1] and so on

struct Element {
  std::uint8_t tag = 0;
  std::size_t offset = 0;  // of the content, within the reader's bytes
  Bytes content;
};

constexpr bool read_length(wire::Reader& in, std::size_t& out) noexcept {
  const std::uint8_t first = in.u8();
  out = first;
  if (first < 0x80) return in.ok();
  const unsigned octets = first & 0x7f;
  if (octets == 0 || octets > 3) return false;  // indefinite, or longer than any PDU
  out = 0;
  for (unsigned i = 0; i < octets; ++i) out = out << 8 | in.u8();
  const std::size_t least = octets == 1 ? 0x80 : std::size_t{1} << (8 * (octets - 1));
  return in.ok() && out >= least;
}

constexpr bool read(wire::Reader& in, Element& out) noexcept {
  out = {};
  out.tag = in.u8();
  std::size_t length = 0;
  if ((out.tag & 0x1f) == 0x1f || !read_length(in, length)) return false;
  out.offset = in.offset();
  out.content = in.take(length);
  return in.ok();
}

// The next element, which must have this tag.
constexpr bool read(wire::Reader& in, std::uint8_t tag, Element& out) noexcept {
  return read(in, out) && out.tag == tag;
}

// Exactly one element with this tag and nothing after it.
constexpr bool read_only(Bytes bytes, std::uint8_t tag, Element& out) noexcept {
  wire::Reader in{bytes};
  return read(in, tag, out) && in.left() == 0;
}

}  // namespace rpcgate::dcerpc::der
