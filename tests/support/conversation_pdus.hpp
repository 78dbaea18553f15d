// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Well-formed PDUs of both ends by number, for conversations that a byte string plays.
#pragma once

#include <cstdint>

#include "rpc_builder.hpp"

namespace rpcgate::tests {

struct Manner {  // of one connection
  test::ByteOrder order = test::ByteOrder::little;
  test::Ndr ndr = test::Ndr::ndr32;
};
inline constexpr std::uint16_t first_server_port = 49664;

// `argument`: an operation, an interface, a port, as the PDU has use for. Only the low four bits of
// `what` count.
test::Octets client_pdu(unsigned what, std::uint8_t argument, std::uint32_t call, Manner manner);
test::Octets server_pdu(unsigned what, std::uint8_t argument, std::uint32_t call, Manner manner);

}  // namespace rpcgate::tests
