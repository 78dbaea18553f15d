// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "fragment_builder.hpp"

#include <map>

#include <gtest/gtest.h>

namespace rpcgate::tests {
namespace {

std::ptrdiff_t at(std::size_t n) {
  return static_cast<std::ptrdiff_t>(n);
}

std::size_t header_of(const FrameBytes& frame) {
  return ethernet + (is_v6(frame) ? 40 : 20);
}

// A fragment's place; its bytes begin behind the headers.
Cut cut_of(const FrameBytes& f) {
  if (is_v6(f)) {
    const unsigned field = get16(f, ethernet + 42);
    return {field & 0xfff8, f.size() - ethernet - 48, (field & 1) != 0};
  }
  const unsigned field = get16(f, ethernet + 6);
  return {(field & 0x1fff) * 8u, f.size() - ethernet - 20, (field & 0x2000) != 0};
}

// What names its datagram: addresses, protocol, identification.
std::string name_of(const FrameBytes& f) {
  const bool v6 = is_v6(f);
  const auto addresses = f.begin() + at(ethernet + (v6 ? 8 : 12));
  std::string name;
  for (auto i = addresses; i != addresses + (v6 ? 32 : 8); ++i)
    name += static_cast<char>(std::to_integer<unsigned char>(*i));
  return name + "/" + std::to_string(identification_of(f)) + "/" +
         std::to_string(std::to_integer<unsigned>(f[ethernet + (v6 ? 40 : 9)]));
}

FrameBytes joined(const std::map<std::size_t, FrameBytes>& pieces) {
  const FrameBytes& first = pieces.begin()->second;
  const bool v6 = is_v6(first);
  FrameBytes whole(first.begin(), first.begin() + at(header_of(first)));
  std::size_t end = 0;
  bool more = true;
  for (const auto& [offset, piece] : pieces) {
    EXPECT_TRUE(more && offset == end)
        << "a gap, an overlap, or bytes behind the end at " << offset;
    const Cut cut = cut_of(piece);
    EXPECT_TRUE(!cut.more || cut.length % 8 == 0);
    whole.insert(whole.end(), piece.end() - at(cut.length), piece.end());
    end = offset + cut.length;
    more = cut.more;
  }
  EXPECT_FALSE(more) << "the last one is missing";
  if (v6) {
    whole[ethernet + 6] = first[ethernet + 40];
    put16(whole, ethernet + 4, static_cast<unsigned>(end));
  } else {
    put16(whole, ethernet + 2, static_cast<unsigned>(end + 20));
    put16(whole, ethernet + 6, 0);
    set_v4_checksum(whole);
  }
  return whole;
}

}  // namespace

void put16(FrameBytes& frame, std::size_t offset, unsigned value) {
  frame[offset] = std::byte(value >> 8 & 0xff);
  frame[offset + 1] = std::byte(value & 0xff);
}

void set_v4_checksum(FrameBytes& frame) {
  put16(frame, ethernet + 10, 0);
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < 20; i += 2)
    sum += std::to_integer<unsigned>(frame[ethernet + i]) << 8 |
           std::to_integer<unsigned>(frame[ethernet + i + 1]);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  put16(frame, ethernet + 10, ~sum & 0xffff);
}

unsigned get16(const FrameBytes& frame, std::size_t offset) {
  return std::to_integer<unsigned>(frame[offset]) << 8 |
         std::to_integer<unsigned>(frame[offset + 1]);
}

bool is_v6(const FrameBytes& frame) {
  return frame[12] == std::byte{0x86};
}

FrameBytes fragment_of(const FrameBytes& whole, const Cut& cut, unsigned id) {
  const bool v6 = is_v6(whole);
  const std::size_t header = header_of(whole);
  FrameBytes out(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(header));
  if (v6) {
    put16(out, ethernet + 4, static_cast<unsigned>(cut.length + 8));
    const std::byte next = out[ethernet + 6];
    out[ethernet + 6] = std::byte{44};
    out.insert(out.end(), {next, std::byte{0}});
    out.resize(out.size() + 2);
    put16(out, header + 2, static_cast<unsigned>(cut.offset) | (cut.more ? 1u : 0u));
    out.insert(out.end(), {std::byte{0}, std::byte{0}, std::byte(id >> 8), std::byte(id & 0xff)});
  } else {
    put16(out, ethernet + 2, static_cast<unsigned>(cut.length + 20));
    put16(out, ethernet + 4, id);
    put16(out, ethernet + 6, static_cast<unsigned>(cut.offset / 8) | (cut.more ? 0x2000u : 0u));
    set_v4_checksum(out);
  }
  const auto from = whole.begin() + static_cast<std::ptrdiff_t>(header + cut.offset);
  out.insert(out.end(), from, from + static_cast<std::ptrdiff_t>(cut.length));
  return out;
}

std::size_t body_of(const FrameBytes& whole) {
  return whole.size() - header_of(whole);
}

std::vector<FrameBytes> fragments_of(const FrameBytes& whole,
                                     const std::vector<std::size_t>& lengths, unsigned id) {
  std::vector<FrameBytes> out;
  std::size_t done = 0;
  for (const std::size_t length : lengths) {
    out.push_back(fragment_of(whole, {done, length, true}, id));
    done += length;
  }
  out.push_back(fragment_of(whole, {done, body_of(whole) - done, false}, id));
  return out;
}

bool is_fragment(const FrameBytes& frame) {
  if (is_v6(frame)) return frame[ethernet + 6] == std::byte{44};
  return (get16(frame, ethernet + 6) & 0x3fff) != 0;
}

unsigned identification_of(const FrameBytes& frame) {
  if (!is_v6(frame)) return get16(frame, ethernet + 4);
  return get16(frame, ethernet + 44) << 16 | get16(frame, ethernet + 46);
}

std::vector<FrameBytes> put_together(const std::vector<FrameBytes>& frames) {
  std::vector<FrameBytes> whole;
  std::map<std::string, std::map<std::size_t, FrameBytes>> datagrams;
  for (const FrameBytes& frame : frames) {
    if (!is_fragment(frame)) {
      whole.push_back(frame);
      continue;
    }
    const bool is_new = datagrams[name_of(frame)].emplace(cut_of(frame).offset, frame).second;
    EXPECT_TRUE(is_new) << "two of the same place";
  }
  for (const auto& [name, pieces] : datagrams) whole.push_back(joined(pieces));
  return whole;
}

}  // namespace rpcgate::tests
