// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// One call to the endpoint mapper whose fragments are held: its stub as one piece for reading, and
// writing back into the fragments where they lie. Other PDUs may lie between them.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"
#include "dcerpc/pdu.hpp"

namespace rpcgate::inspect {

class HeldCall {
 public:
  HeldCall(MutableBytes bytes, dcerpc::PduType type, std::uint32_t call_id) noexcept
      : held_(bytes), type_(type), call_id_(call_id) {}

  // The stub: where it lies when it is in one fragment, otherwise put together in `scratch`. Empty
  // when that is too small.
  Bytes stub(MutableBytes scratch) const noexcept;

  // Overwrites stub bytes from `offset` on.
  void write(std::uint32_t offset, Bytes bytes) const noexcept;
  void write_ff(std::uint32_t offset, std::uint32_t size) const noexcept;
  void write_u32(std::uint32_t offset, std::uint32_t value, wire::ByteOrder order) const noexcept;

  // Requests: the opnum of every fragment becomes FFFF.
  void poison_opnums() const noexcept;

 private:
  // Calls f(pdu, stub) for each fragment of the call.
  template <class F>
  void each(F f) const noexcept;

  MutableBytes held_;
  dcerpc::PduType type_;
  std::uint32_t call_id_;
};

}  // namespace rpcgate::inspect
