// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A judge for tests of the stream stage, and what it does once more as a plain reference. The
// client's stream is a row of records: kind, size (two bytes), body.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "inspect/contract.hpp"

namespace rpcgate::tests {

// What the judge does with a record's body.
enum class Kind : std::uint8_t {
  pass,     // unread
  read,     // read and released; a first byte 0x66 is patched to 0xff
  hold,     // read and held
  early,    // read, and all but its last byte may leave before the verdict
  release,  // read with all that is held, which is released; each held byte 0x66 becomes 0xff
  count
};

inline constexpr std::uint32_t record_header_size = 3;

struct RecordHeader {
  Kind kind;
  std::uint32_t size;  // of the body
};
RecordHeader read_header(Bytes header) noexcept;
// Is it a byte that a judge of records patches?
bool is_patched(std::byte b) noexcept;

// What must arrive.
std::vector<std::byte> judged(std::vector<std::byte> stream);
// Which bytes the judge reads (and so must never differ).
std::vector<bool> bytes_read(const std::vector<std::byte>& stream);

class RecordJudge {
 public:
  inspect::Want next_want(inspect::Side side) noexcept;
  void passed(inspect::Side side, std::uint32_t size) noexcept;
  inspect::Verdict judge(inspect::Side side, MutableBytes unit, MutableBytes held) noexcept;
  bool may_start_pdu(Bytes) noexcept { return true; }
  void resynchronise(inspect::Side) noexcept {}

  bool is_between_records() const noexcept { return left_ == 0; }
  // How far the stream may have left by the verdicts given so far; behind a gap, as far as nothing
  // is read.
  std::uint32_t released() const noexcept {
    return !holding_ && kind_ == Kind::early && left_ != 0 ? taken_ + left_ - 1 : released_;
  }
  std::uint32_t unread_to() const noexcept {
    return !holding_ && kind_ == Kind::pass ? taken_ + left_ : released_;
  }

 private:
  std::uint32_t taken_ = 0;     // bytes of the client that were given or passed
  std::uint32_t released_ = 0;  // of these
  std::uint32_t left_ = 0;      // of the record's body
  Kind kind_{};
  bool holding_ = false;
};

}  // namespace rpcgate::tests
