// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A cursor over a stub in NDR (C706 chapter 14) or NDR64 (MS-RPCE 2.2.5): aligned integers,
// pointers and counts. Alignment counts from the stub's first byte, so it begins there. Padding is
// skipped unread: clients leave memory in it. Failure is sticky, as in wire::Reader.
#pragma once

#include <cstdint>

#include "dcerpc/uuid.hpp"
#include "wire/reader.hpp"

namespace rpcgate::dcerpc {

enum class Ndr : std::uint8_t { ndr32, ndr64 };

class NdrReader {
 public:
  constexpr NdrReader(Bytes stub, Ndr ndr, wire::ByteOrder order) noexcept
      : in_(stub, order), ndr_(ndr) {}

  constexpr std::uint8_t u8() noexcept { return in_.u8(); }
  constexpr std::uint16_t u16() noexcept {
    in_.align(2);
    return in_.u16();
  }
  constexpr std::uint32_t u32() noexcept {
    in_.align(4);
    return in_.u32();
  }
  constexpr std::uint64_t u64() noexcept {
    in_.align(8);
    return in_.u64();
  }
  // A referent id: any value but 0 points at something. Four bytes, in NDR64 eight.
  constexpr std::uint64_t referent() noexcept { return wide(); }
  constexpr bool pointer() noexcept { return referent() != 0; }
  // max_count, offset or actual_count of an array.
  constexpr std::uint64_t count() noexcept { return wide(); }
  constexpr Uuid uuid() noexcept {
    in_.align(4);
    return Uuid::read(in_);
  }
  constexpr Bytes octets(std::size_t size) noexcept { return in_.take(size); }
  constexpr void align(std::size_t alignment) noexcept { in_.align(alignment); }

  constexpr std::size_t offset() const noexcept { return in_.offset(); }
  constexpr std::size_t left() const noexcept { return in_.left(); }
  constexpr bool ok() const noexcept { return in_.ok(); }
  constexpr void fail() noexcept { in_.fail(); }
  constexpr Ndr ndr() const noexcept { return ndr_; }

 private:
  constexpr std::uint64_t wide() noexcept { return ndr_ == Ndr::ndr64 ? u64() : u32(); }

  wire::Reader in_;
  Ndr ndr_;
};

// A context handle as it travels: attributes and UUID, in both syntaxes (C706 14.3
// ndr_context_handle).
inline constexpr std::size_t context_handle_size = 20;

// rpc_sec_verification_trailer (MS-RPCE 2.2.2.13), which may follow the parameters of a request:
// true when `rest`, from the first multiple of 4 after them to the stub's end, is exactly one.
bool is_verification_trailer(Bytes rest, wire::ByteOrder order) noexcept;

}  // namespace rpcgate::dcerpc
