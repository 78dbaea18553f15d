// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "support/record_judge.hpp"

#include <algorithm>

namespace rpcgate::tests {
namespace {

using inspect::Release;
using inspect::Side;
using inspect::Verdict;
using inspect::Want;

constexpr std::byte bad{0x66}, poisoned{0xff};

Kind kind_of(std::byte b) noexcept {
  return static_cast<Kind>(static_cast<unsigned>(b) % static_cast<unsigned>(Kind::count));
}
std::uint32_t size_of(Bytes header) noexcept {
  return static_cast<std::uint32_t>(header[1]) + static_cast<std::uint32_t>(header[2]) % 8 * 256;
}

// Shared by the reference and the judge: edits a body that may be released.
void patch_all(MutableBytes bytes) {
  for (std::byte& b : bytes)
    if (b == bad) b = poisoned;
}

}  // namespace

RecordHeader read_header(Bytes header) noexcept {
  return {kind_of(header[0]), size_of(header)};
}
bool is_patched(std::byte b) noexcept {
  return b == bad;
}

std::vector<std::byte> judged(std::vector<std::byte> stream) {
  const MutableBytes all{stream};
  std::size_t at = 0;
  constexpr std::size_t nothing = ~std::size_t{0};
  std::size_t held_from = nothing;  // of what is held
  while (at + record_header_size <= all.size()) {
    const Kind kind = kind_of(all[at]);
    const std::size_t size = size_of(all.subspan(at, record_header_size));
    at += record_header_size;
    if (at + size > all.size()) break;
    const MutableBytes body = all.subspan(at, size);
    const std::size_t begin = at;
    at += size;
    if (size == 0) continue;
    if (kind == Kind::hold && held_from == nothing) held_from = begin;
    if (kind == Kind::read && body[0] == bad) body[0] = poisoned;
    if (kind == Kind::release) {
      // A header is held with its record only while something is held already.
      const std::size_t from = held_from == nothing ? begin : held_from;
      patch_all(all.subspan(from, at - from));
      held_from = nothing;
    }
  }
  return stream;
}

std::vector<bool> bytes_read(const std::vector<std::byte>& stream) {
  std::vector<bool> read(stream.size(), true);
  const Bytes all{stream};
  std::size_t at = 0;
  while (at + record_header_size <= all.size()) {
    const Kind kind = kind_of(all[at]);
    const std::size_t size = size_of(all.subspan(at, record_header_size));
    at += record_header_size;
    const std::size_t end = std::min(at + size, all.size());
    if (kind == Kind::pass)
      std::fill(read.begin() + std::ptrdiff_t(at), read.begin() + std::ptrdiff_t(end), false);
    at = end;
  }
  return read;
}

Want RecordJudge::next_want(Side side) noexcept {
  if (side == Side::server) return {Want::Kind::pass, false, 1u << 30};
  if (left_ == 0) return {Want::Kind::read, false, record_header_size};
  if (kind_ == Kind::pass) return {Want::Kind::pass, false, left_};
  return {Want::Kind::read, kind_ == Kind::release, left_, kind_ == Kind::early};
}

void RecordJudge::passed(Side side, std::uint32_t size) noexcept {
  if (side == Side::server) return;
  left_ -= size;
  taken_ += size;
  if (!holding_) released_ = taken_;
}

Verdict RecordJudge::judge(Side, MutableBytes unit, MutableBytes held) noexcept {
  taken_ += static_cast<std::uint32_t>(unit.size());
  if (left_ == 0) {
    kind_ = kind_of(unit[0]);
    left_ = size_of(unit);
  } else {
    left_ = 0;
    if (kind_ == Kind::pass || kind_ == Kind::count)
      return {Release::cut, stats::Reason::pdu_unexpected};
    if (kind_ == Kind::read && unit[0] == bad) unit[0] = poisoned;
    if (kind_ == Kind::hold) holding_ = true;
    if (kind_ == Kind::release) {
      patch_all(held);
      holding_ = false;
    }
  }
  if (holding_) return {Release::hold};
  released_ = taken_;
  return {Release::release};
}

}  // namespace rpcgate::tests
