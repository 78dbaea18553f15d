// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "tcp/header.hpp"

#include <algorithm>

#include "wire/reader.hpp"
#include "wire/writer.hpp"

namespace rpcgate::tcp {
namespace {

using wire::ByteOrder;
using wire::Reader;
using wire::Writer;

enum Kind : std::uint8_t {
  end = 0,
  nop = 1,
  mss = 2,
  scale = 3,
  sack_ok = 4,
  sack = 5,
  stamps = 8
};

// Calls visit(kind, whole option) for each option with a valid length; NOPs are skipped. Returns
// where the list ended: at its end mark, at a length that cannot be, or at the end of the header.
template <class Header, class Visit>
std::size_t for_each_option(Header header, Visit visit) noexcept {
  std::size_t at = fixed_header_size;
  while (at < header.size()) {
    const auto kind = static_cast<std::uint8_t>(header[at]);
    if (kind == end) break;
    if (kind == nop) {
      ++at;
      continue;
    }
    if (at + 2 > header.size()) break;
    const auto length = static_cast<std::size_t>(header[at + 1]);
    if (length < 2 || at + length > header.size()) break;
    visit(kind, header.subspan(at, length));
    at += length;
  }
  return at;
}

// Does a segment of this kind carry such an option, in this size?
bool is_known(std::uint8_t kind, std::size_t size, bool syn) noexcept {
  switch (kind) {
    case mss:
      return syn && size == 4;
    case scale:
      return syn && size == 3;
    case sack_ok:
      return syn && size == 2;
    case stamps:
      return size == 10;
    case sack:
      return !syn && size >= 10 && (size - 2) % 8 == 0;
    default:
      return false;
  }
}

void blank(MutableBytes option) noexcept {
  std::ranges::fill(option, std::byte{nop});
}

}  // namespace

Options read_options(Bytes header) noexcept {
  Options o;
  static_cast<void>(for_each_option(header, [&](std::uint8_t kind, Bytes option) noexcept {
    Reader r{option.subspan(2), ByteOrder::big};
    if (kind == mss && option.size() == 4) o.mss = r.u16();
    if (kind == scale && option.size() == 3) {
      o.has_window_scale = true;
      o.window_scale = std::min<std::uint8_t>(r.u8(), 14);  // RFC 7323 2.3
    }
    if (kind == sack_ok && option.size() == 2) o.sack_permitted = true;
    if (kind == stamps && option.size() == 10) {
      o.has_timestamps = true;
      o.timestamp_value = r.u32();
      o.timestamp_echo = r.u32();
    }
  }));
  return o;
}

bool read_timestamps(Bytes header, std::uint32_t& value, std::uint32_t& echo) noexcept {
  if (has_only_timestamps(header)) {
    Reader in{header.subspan(24), ByteOrder::big};
    value = in.u32();
    echo = in.u32();
    return true;
  }
  if (header.size() <= fixed_header_size) return false;
  const Options o = read_options(header);
  value = o.timestamp_value;
  echo = o.timestamp_echo;
  return o.has_timestamps;
}

bool blank_unknown_options(MutableBytes header, bool syn) noexcept {
  if (header.size() <= fixed_header_size || has_only_timestamps(header)) return false;
  bool changed = false;
  const std::size_t read =
      for_each_option(header, [&](std::uint8_t kind, MutableBytes option) noexcept {
        if (is_known(kind, option.size(), syn)) return;
        blank(option);
        changed = true;
      });
  // What stands behind the end, or cannot be read, is padding from now on (RFC 9293 3.1: zeros).
  for (std::byte& b : header.subspan(read)) {
    changed = changed || b != std::byte{end};
    b = std::byte{end};
  }
  return changed;
}

bool blank_sack_below(MutableBytes header, Seq mark) noexcept {
  bool changed = false;
  static_cast<void>(for_each_option(header, [&](std::uint8_t kind, MutableBytes option) noexcept {
    if (kind != sack) return;
    Reader r{option.subspan(2), ByteOrder::big};
    bool below = false;
    while (r.left() >= 8) {
      below = below || Seq{r.u32()} < mark;
      r.skip(4);
    }
    if (!below) return;
    blank(option);
    changed = true;
  }));
  return changed;
}

std::size_t write_options(MutableBytes out, bool timestamps, std::uint32_t value,
                          std::uint32_t echo, std::span<const SackBlock> blocks) noexcept {
  Writer w{out, ByteOrder::big};
  if (timestamps) {  // the layout of RFC 7323 appendix A
    w.u8(nop);
    w.u8(nop);
    w.u8(stamps);
    w.u8(10);
    w.u32(value);
    w.u32(echo);
  }
  if (!blocks.empty()) {
    w.u8(nop);
    w.u8(nop);
    w.u8(sack);
    w.u8(static_cast<std::uint8_t>(2 + 8 * blocks.size()));
    for (const SackBlock& block : blocks) {
      w.u32(block.begin.value());
      w.u32(block.end.value());
    }
  }
  return w.offset();
}

void set_sequence(MutableBytes header, Seq seq) noexcept {
  Writer{header.subspan(4, 4), ByteOrder::big}.u32(seq.value());
}
void set_acknowledgement(MutableBytes header, Seq ack) noexcept {
  Writer{header.subspan(8, 4), ByteOrder::big}.u32(ack.value());
}
void set_window(MutableBytes header, std::uint16_t window) noexcept {
  Writer{header.subspan(14, 2), ByteOrder::big}.u16(window);
}
void clear_flags(MutableBytes header, std::uint8_t mask) noexcept {
  header[13] &= static_cast<std::byte>(~mask);
}
void clear_urgent(MutableBytes header) noexcept {
  clear_flags(header, flags::urg);
  Writer{header.subspan(18, 2), ByteOrder::big}.u16(0);
}

}  // namespace rpcgate::tcp
