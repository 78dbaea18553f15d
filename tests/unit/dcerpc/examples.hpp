// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Conversations as they are on the wire, byte by byte, and little helpers to read and bend them.
// Addresses are documentation ones; layouts are those of Windows 10, Server 2016 and Outlook.
#pragma once

#include <cctype>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "dcerpc/pdu.hpp"

namespace rpcgate::dcerpc::test {

using Octets = std::vector<std::byte>;

// White space is skipped.
inline Octets hex(std::string_view text) {
  Octets out;
  int high = -1;
  for (const char c : text) {
    const int value = detail::hex_value(c);
    if (value < 0) continue;
    if (high < 0) {
      high = value;
      continue;
    }
    out.push_back(static_cast<std::byte>(high * 16 + value));
    high = -1;
  }
  return out;
}

inline Octets operator+(Octets a, const Octets& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline Octets zeros(std::size_t n) {
  return Octets(n);
}

inline void put16(Octets& at, std::size_t offset, unsigned value) {  // little-endian
  at[offset] = static_cast<std::byte>(value);
  at[offset + 1] = static_cast<std::byte>(value >> 8);
}

// The first `size` bytes in memory of just that size, so that a sanitizer sees a read past them.
class Beginning {
 public:
  Beginning(const Octets& of, std::size_t size)
      : memory_(std::make_unique<std::byte[]>(size)), size_(size) {
    for (std::size_t i = 0; i < size; ++i) memory_[i] = of[i];
  }
  Bytes bytes() const { return {memory_.get(), size_}; }

 private:
  std::unique_ptr<std::byte[]> memory_;
  std::size_t size_;
};

inline CommonHeader header_of(Bytes pdu) {
  CommonHeader header;
  read_common_header(pdu, header);
  return header;
}

// Windows 10 to port 135: NDR, NDR64 and feature negotiation in three elements.
inline constexpr std::string_view windows_bind = R"(
  05 00 0b 03 10 00 00 00 a0 00 00 00 02 00 00 00
  d0 16 d0 16 00 00 00 00 03 00 00 00 00 00 01 00
  08 83 af e1 1f 5d c9 11 91 a4 08 00 2b 14 a0 fa
  03 00 00 00 04 5d 88 8a eb 1c c9 11 9f e8 08 00
  2b 10 48 60 02 00 00 00 01 00 01 00 08 83 af e1
  1f 5d c9 11 91 a4 08 00 2b 14 a0 fa 03 00 00 00
  33 05 71 71 ba be 37 49 83 19 b5 db ef 9c cc 36
  01 00 00 00 02 00 01 00 08 83 af e1 1f 5d c9 11
  91 a4 08 00 2b 14 a0 fa 03 00 00 00 2c 1c b7 6c
  12 98 40 45 03 00 00 00 00 00 00 00 01 00 00 00)";

// Its answer: NDR refused, NDR64 accepted, features acknowledged.
inline constexpr std::string_view windows_bind_ack = R"(
  05 00 0c 03 10 00 00 00 6c 00 00 00 02 00 00 00
  d0 16 d0 16 88 39 00 00 04 00 31 33 35 00 00 00
  03 00 00 00 02 00 02 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  33 05 71 71 ba be 37 49 83 19 b5 db ef 9c cc 36
  01 00 00 00 03 00 03 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00)";

// Outlook asks for EMSMDB 0.81 in NDR.
inline constexpr std::string_view outlook_map_request = R"(
  05 00 00 03 10 00 00 00 9c 00 00 00 01 00 00 00
  84 00 00 00 00 00 03 00 01 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 02 00 00 00
  4b 00 00 00 4b 00 00 00 05 00 13 00 0d 00 db f1
  a4 47 ca 67 10 b3 1f 00 dd 01 06 62 da 00 00 02
  00 51 00 13 00 0d 04 5d 88 8a eb 1c c9 11 9f e8
  08 00 2b 10 48 60 02 00 02 00 00 00 01 00 0b 02
  00 00 00 01 00 07 02 00 00 87 01 00 09 04 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 04 00 00 00)";

// EMSMDB is at 10.1.1.20:49667.
inline constexpr std::string_view outlook_map_response = R"(
  05 00 02 03 10 00 00 00 98 00 00 00 01 00 00 00
  80 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00
  04 00 00 00 00 00 00 00 01 00 00 00 03 00 00 00
  4b 00 00 00 4b 00 00 00 05 00 13 00 0d 00 db f1
  a4 47 ca 67 10 b3 1f 00 dd 01 06 62 da 00 00 02
  00 51 00 13 00 0d 04 5d 88 8a eb 1c c9 11 9f e8
  08 00 2b 10 48 60 02 00 02 00 00 00 01 00 0b 02
  00 00 00 01 00 07 02 00 c2 03 01 00 09 04 00 0a
  01 01 14 00 00 00 00 00)";

// The tower of the answer above but for its port and address.
inline constexpr std::string_view emsmdb_tower_front = R"(
  05 00 13 00 0d 00 db f1 a4 47 ca 67 10 b3 1f 00
  dd 01 06 62 da 00 00 02 00 51 00 13 00 0d 04 5d
  88 8a eb 1c c9 11 9f e8 08 00 2b 10 48 60 02 00
  02 00 00 00 01 00 0b 02 00 00 00 01 00 07 02 00)";
inline Octets emsmdb_tower(std::string_view port, std::string_view address) {
  return hex(emsmdb_tower_front) + hex(port) + hex("01 00 09 04 00") + hex(address);
}

// NDR64: two towers, ports 49674 and 49667.
inline Octets ndr64_map_response() {
  return hex("05 00 02 03 10 00 00 00 0c 01 00 00 01 00 00 00 f4 00 00 00 01 00 00 00") +
         zeros(20) + hex("02 00 00 00") +
         hex("04 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  02 00 00 00 00 00 00 00") +
         hex("03 00 00 00 00 00 00 00  04 00 00 00 00 00 00 00") +
         hex("4b 00 00 00 00 00 00 00  4b 00 00 00") + emsmdb_tower("c2 0a", "0a 01 01 14") +
         zeros(1) + hex("4b 00 00 00 00 00 00 00  4b 00 00 00") +
         emsmdb_tower("c2 03", "0a 01 01 14") + zeros(1) + hex("00 00 00 00");
}

// Outlook registers for notifications at level CONNECT: a dummy signature of 16 bytes.
inline constexpr std::string_view outlook_register_push = R"(
  05 00 00 03 10 00 00 00 80 00 10 00 06 00 00 00
  42 00 00 00 00 00 04 00 00 00 00 00 a0 a1 a2 a3
  a4 a5 a6 a7 a8 a9 aa ab ac ad ae af 00 00 00 00
  08 00 00 00 11 22 33 44 55 66 77 88 08 00 00 00
  ff ff ff ff 10 00 00 00 02 00 04 2f c6 33 64 07
  00 00 00 00 00 00 00 00 10 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 0a 02 0e 00 a8 89 0b 00
  01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00)";

}  // namespace rpcgate::dcerpc::test
