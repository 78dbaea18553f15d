// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// EMSMDB (MS-OXCRPC), as far as the gateway must read it: who asks to be notified of new mail, and
// where.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "dcerpc/ndr.hpp"
#include "dcerpc/uuid.hpp"
#include "wire/address.hpp"

namespace rpcgate::dcerpc {

// MS-OXCRPC 1.9; registered as 0.81 and as 0.0: the major version counts.
inline constexpr Uuid emsmdb_uuid = "a4f1db00-ca47-1067-b31f-00dd010662da"_uuid;
constexpr bool is_emsmdb(const InterfaceId& id) noexcept {
  return id.uuid == emsmdb_uuid && id.major == 0;
}
// MS-OXCRPC 3.1.4.5 and 3.1.4.6.
inline constexpr std::uint16_t register_push_opnum = 4;
inline constexpr std::uint16_t unregister_push_opnum = 5;

inline constexpr std::size_t max_push_context = 64;  // bytes; eight are usual

struct PushRegistration {
  wire::IpAddress address;
  wire::L4Port port = 0;
  std::uint32_t port_offset = 0;     // in the stub; two bytes
  std::uint32_t address_offset = 0;  // four bytes or sixteen
  Bytes context;                     // what the datagram will carry; in the stub
};

// The stub of EcRRegisterPushNotification's request (MS-OXCRPC 3.1.4.5): context handle, iRpc,
// rgbContext, cbContext, grbitAdviseBits, rgbCallbackAddress (a Windows SOCKADDR,
// MS-OXCRPC 2.2.2.1), cbCallbackAddress. False: it cannot be read with certainty.
bool read_push_registration(Bytes stub, Ndr ndr, wire::ByteOrder order,
                            PushRegistration& out) noexcept;

}  // namespace rpcgate::dcerpc
