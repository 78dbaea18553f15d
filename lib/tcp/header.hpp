// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The TCP header of an inspected segment: read from, and edited in, the packet (RFC 9293 3.1, 3.2,
// RFC 7323, RFC 2018). Options the gateway does not know are blanked, so that neither end can agree
// on anything (fast open, multipath) that the stream stage would not understand, and no end drops a
// segment for an option (a signature, RFC 2385) whose bytes were judged.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "tcp/sequence.hpp"

namespace rpcgate::tcp {

namespace flags {
inline constexpr std::uint8_t fin = 0x01, syn = 0x02, rst = 0x04, psh = 0x08, ack = 0x10,
                              urg = 0x20;
}

inline constexpr std::size_t fixed_header_size = 20;
inline constexpr std::size_t max_option_size = 40;

struct Options {
  std::uint16_t mss = 0;  // 0: not given
  std::uint8_t window_scale = 0;
  bool has_window_scale = false;
  bool sack_permitted = false;
  bool has_timestamps = false;
  std::uint32_t timestamp_value = 0;
  std::uint32_t timestamp_echo = 0;
};

// `header`: the whole TCP header, options included. A malformed list ends the reading; what was
// read until then counts.
Options read_options(Bytes header) noexcept;

// The options nearly every segment has: two NOPs and timestamps (RFC 7323 appendix A).
inline bool has_only_timestamps(Bytes header) noexcept {
  return header.size() == fixed_header_size + 12 && header[20] == std::byte{1} &&
         header[21] == std::byte{1} && header[22] == std::byte{8} && header[23] == std::byte{10};
}

// TSval and TSecr of a header, when it carries timestamps.
bool read_timestamps(Bytes header, std::uint32_t& value, std::uint32_t& echo) noexcept;

// Overwrites with NOPs every option but MSS, window scale and SACK-permitted (in a SYN), SACK (in
// other segments) and timestamps, in the sizes that the standards give them; what cannot be read as
// an option becomes padding. True when something was changed.
bool blank_unknown_options(MutableBytes header, bool syn) noexcept;

// Overwrites the SACK option with NOPs when one of its blocks begins below `mark`: what lies there
// has been acknowledged by the gateway. True when something was changed.
bool blank_sack_below(MutableBytes header, Seq mark) noexcept;

struct SackBlock {
  Seq begin;
  Seq end;
};

inline constexpr std::size_t most_sack_blocks = 3;  // beside timestamps

// Writes the options of a segment the gateway makes: timestamps and SACK blocks, as wanted, padded
// to a multiple of four. Returns the size used of `out` (at least max_option_size long).
std::size_t write_options(MutableBytes out, bool timestamps, std::uint32_t value,
                          std::uint32_t echo, std::span<const SackBlock> sack) noexcept;

// Fields edited in place. Host order in and out; checksums are the caller's business.
void set_sequence(MutableBytes header, Seq seq) noexcept;
void set_acknowledgement(MutableBytes header, Seq ack) noexcept;
void set_window(MutableBytes header, std::uint16_t window) noexcept;
void clear_flags(MutableBytes header, std::uint8_t mask) noexcept;
void clear_urgent(MutableBytes header) noexcept;

}  // namespace rpcgate::tcp
