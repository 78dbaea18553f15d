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

// Calls visit(kind, whole option) for each option with a valid length; NOPs are skipped.
template <class Header, class Visit>
void for_each_option(Header header, Visit visit) noexcept {
  std::size_t at = fixed_header_size;
  while (at < header.size()) {
    const auto kind = static_cast<std::uint8_t>(header[at]);
    if (kind == end) return;
    if (kind == nop) {
      ++at;
      continue;
    }
    if (at + 2 > header.size()) return;
    const auto length = static_cast<std::size_t>(header[at + 1]);
    if (length < 2 || at + length > header.size()) return;
    visit(kind, header.subspan(at, length));
    at += length;
  }
}

void blank(MutableBytes option) noexcept {
  std::ranges::fill(option, std::byte{nop});
}

}  // namespace

Options read_options(Bytes header) noexcept {
  Options o;
  for_each_option(header, [&](std::uint8_t kind, Bytes option) noexcept {
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
  });
  return o;
}

bool blank_unknown_options(MutableBytes header) noexcept {
  bool changed = false;
  for_each_option(header, [&](std::uint8_t kind, MutableBytes option) noexcept {
    if (kind == mss || kind == scale || kind == sack_ok || kind == sack || kind == stamps) return;
    blank(option);
    changed = true;
  });
  return changed;
}

bool blank_sack_below(MutableBytes header, Seq mark) noexcept {
  bool changed = false;
  for_each_option(header, [&](std::uint8_t kind, MutableBytes option) noexcept {
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
  });
  return changed;
}

std::size_t write_options(MutableBytes out, bool timestamps, std::uint32_t value,
                          std::uint32_t echo, const SackBlock* sack_block) noexcept {
  Writer w{out, ByteOrder::big};
  if (timestamps) {  // the layout of RFC 7323 appendix A
    w.u8(nop);
    w.u8(nop);
    w.u8(stamps);
    w.u8(10);
    w.u32(value);
    w.u32(echo);
  }
  if (sack_block != nullptr) {
    w.u8(nop);
    w.u8(nop);
    w.u8(sack);
    w.u8(10);
    w.u32(sack_block->begin.value());
    w.u32(sack_block->end.value());
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
