// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "inspect/held_call.hpp"

#include <algorithm>
#include <cstring>

#include "wire/writer.hpp"

namespace rpcgate::inspect {

template <class F>
void HeldCall::each(F f) const noexcept {
  MutableBytes left = held_;
  while (left.size() >= dcerpc::common_header_size) {
    dcerpc::CommonHeader header;
    if (dcerpc::read_common_header(left, header) != stats::Reason::none) return;
    if (header.frag_length > left.size()) return;
    const MutableBytes pdu = left.first(header.frag_length);
    left = left.subspan(header.frag_length);
    if (header.type != type_ || header.call_id != call_id_) continue;
    dcerpc::SecurityTrailer trailer;
    if (header.has_trailer() &&
        dcerpc::read_trailer_of(header, pdu, trailer) != stats::Reason::none)
      return;
    const dcerpc::Range stub =
        dcerpc::stub_range(header, header.has_trailer() ? &trailer : nullptr);
    f(pdu, pdu.subspan(stub.offset, stub.size));
  }
}

Bytes HeldCall::stub(MutableBytes scratch) const noexcept {
  Bytes whole;
  std::size_t fragments = 0;
  std::size_t size = 0;
  bool fits = true;
  each([&](MutableBytes, MutableBytes part) {
    if (fragments++ == 0) {
      whole = part;
      size = part.size();
      return;
    }
    if (fragments == 2) {  // only now is a copy needed
      fits = whole.size() <= scratch.size();
      if (fits) std::copy(whole.begin(), whole.end(), scratch.begin());
    }
    fits = fits && part.size() <= scratch.size() - size;
    if (!fits) return;
    std::copy(part.begin(), part.end(), scratch.begin() + static_cast<std::ptrdiff_t>(size));
    size += part.size();
  });
  if (fragments < 2) return whole;
  return fits ? Bytes{scratch.first(size)} : Bytes{};
}

void HeldCall::write(std::uint32_t offset, Bytes bytes) const noexcept {
  std::size_t at = 0;  // of the fragment's stub in the whole
  each([&](MutableBytes, MutableBytes part) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const std::size_t position = offset + i;
      if (position >= at && position < at + part.size()) part[position - at] = bytes[i];
    }
    at += part.size();
  });
}

void HeldCall::write_ff(std::uint32_t offset, std::uint32_t size) const noexcept {
  constexpr std::byte ff{0xff};
  for (std::uint32_t i = 0; i < size; ++i) write(offset + i, Bytes{&ff, 1});
}

void HeldCall::write_u32(std::uint32_t offset, std::uint32_t value,
                         wire::ByteOrder order) const noexcept {
  std::array<std::byte, 4> bytes{};
  wire::Writer{bytes, order}.u32(value);
  write(offset, bytes);
}

void HeldCall::poison_opnums() const noexcept {
  each([](MutableBytes pdu, MutableBytes) {
    pdu[dcerpc::opnum_offset] = pdu[dcerpc::opnum_offset + 1] = std::byte{0xff};
  });
}

}  // namespace rpcgate::inspect
