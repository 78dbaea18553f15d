// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// RPC conversations for tests, byte by byte: PDUs of both directions (C706 12.6.4), endpoint mapper
// calls in NDR32 and NDR64 (C706 appendix O, MS-RPCE 2.2.5), security tokens, in both byte orders.
// Nothing of the product's readers is used here, so that both cannot be wrong together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "wire/reader.hpp"

namespace rpcgate::test {

using wire::ByteOrder;
using Octets = std::vector<std::byte>;

struct Interface {
  std::string_view uuid;
  std::uint16_t major = 0;
  std::uint16_t minor = 0;
};
inline constexpr Interface ndr32_syntax{"8a885d04-1ceb-11c9-9fe8-08002b104860", 2};
inline constexpr Interface ndr64_syntax{"71710533-beba-4937-8319-b5dbef9ccc36", 1};
inline constexpr Interface features{"6cb71c2c-9812-4540-0300-000000000000", 1};
inline constexpr Interface epmapper{"e1af8308-5d1f-11c9-91a4-08002b14a0fa", 3};
inline constexpr Interface mgmt{"afa8bd80-7d8a-11c9-bef4-08002b102989", 1};
inline constexpr Interface samr{"12345778-1234-abcd-ef00-0123456789ac", 1};
inline constexpr Interface lsarpc{"12345778-1234-abcd-ef00-0123456789ab", 0};
inline constexpr Interface drsuapi{"e3514235-4b06-11d1-ab04-00c04fc2dcd2", 4};
inline constexpr Interface netlogon{"12345678-1234-abcd-ef00-01234567cffb", 1};
inline constexpr Interface wkssvc{"6bffd098-a112-3610-9833-46c3f87e345a", 1};
inline constexpr Interface winreg{"338cd001-2244-31f1-aaaa-900038001003", 1};
inline constexpr Interface emsmdb{"a4f1db00-ca47-1067-b31f-00dd010662da", 0, 81};

enum PduType : std::uint8_t {
  pdu_request = 0,
  pdu_response = 2,
  pdu_fault = 3,
  pdu_bind = 11,
  pdu_bind_ack = 12,
  pdu_bind_nak = 13,
  pdu_alter = 14,
  pdu_alter_resp = 15,
  pdu_auth3 = 16,
  pdu_shutdown = 17,
  pdu_co_cancel = 18,
  pdu_orphaned = 19,
  pdu_rts = 20
};

// What stands in every header.
struct Head {
  std::uint32_t call = 1;
  ByteOrder order = ByteOrder::little;
  std::uint8_t flags = 0x03;
};

struct Trailer {
  std::uint8_t type = 10;  // NTLM
  std::uint8_t level = 6;
  std::uint32_t context = 0;
  Octets token = Octets(16);
  std::uint8_t pad = 0;  // as the field says; requests are padded by the builder
};

struct Element {
  std::uint16_t id = 0;
  Interface abstract;
  std::vector<Interface> transfers{ndr32_syntax};
};

struct Outcome {  // one result of a bind_ack
  std::uint16_t result = 0;
  std::uint16_t reason = 0;
  std::optional<Interface> transfer = ndr32_syntax;
};
inline Outcome accepted(Interface transfer = ndr32_syntax) {
  return {0, 0, transfer};
}
inline Outcome rejected(std::uint16_t reason = 1) {
  return {2, reason, std::nullopt};
}
inline Outcome features_granted() {
  return {3, 3, std::nullopt};
}

Octets pdu(std::uint8_t type, const Head& head, const Octets& body,
           const std::optional<Trailer>& trailer = {});
Octets bind(const Head& head, const std::vector<Element>& elements,
            const std::optional<Trailer>& trailer = {}, std::uint32_t group = 0);
Octets alter(const Head& head, const std::vector<Element>& elements,
             const std::optional<Trailer>& trailer = {}, std::uint32_t group = 0);
Octets bind_ack(const Head& head, const std::vector<Outcome>& outcomes,
                std::uint32_t group = 0x3988, const std::optional<Trailer>& trailer = {},
                std::string_view port = "135");
Octets alter_resp(const Head& head, const std::vector<Outcome>& outcomes,
                  const std::optional<Trailer>& trailer = {});
Octets bind_nak(const Head& head, std::uint16_t reason = 0);
Octets auth3(const Head& head, const Trailer& trailer);

struct Call {
  std::uint16_t context = 0;
  std::uint16_t opnum = 0;
  Octets stub = Octets(8);
  std::optional<std::string_view> object = {};
  std::optional<Trailer> trailer = {};
};
Octets request(const Head& head, const Call& call);
Octets response(const Head& head, std::uint16_t context, const Octets& stub,
                const std::optional<Trailer>& trailer = {});
Octets fault(const Head& head, std::uint16_t context, std::uint32_t status);

// A call cut into request PDUs of `chunk` stub bytes each, FIRST and LAST set as they must be.
std::vector<Octets> request_fragments(const Head& head, const Call& call, std::size_t chunk);
std::vector<Octets> response_fragments(const Head& head, std::uint16_t context, const Octets& stub,
                                       std::size_t chunk);

// --- the endpoint mapper -------------------------------------------------------------------------

enum class Ndr : std::uint8_t { ndr32, ndr64 };
inline Interface syntax_of(Ndr ndr) {
  return ndr == Ndr::ndr32 ? ndr32_syntax : ndr64_syntax;
}

struct Tower {
  Interface interface;
  std::uint16_t port = 135;
  std::uint32_t address = 0;  // host order
  Interface transfer = ndr32_syntax;
  std::uint8_t protocol = 0x0b;
  std::uint8_t port_protocol = 0x07;
};
Octets tower(const Tower& tower);

struct MapQuestion {
  Tower tower;
  std::uint32_t max_towers = 4;
  bool object_pointer = true;
};
Octets map_question(const MapQuestion& question, Ndr ndr, ByteOrder order = ByteOrder::little);

struct MapAnswer {
  std::vector<Tower> towers;
  std::uint32_t max_towers = 4;
  std::uint32_t status = 0;
};
inline constexpr std::uint32_t not_registered = 0x16c9a0d6;
Octets map_answer(const MapAnswer& answer, Ndr ndr, ByteOrder order = ByteOrder::little);

// --- EMSMDB --------------------------------------------------------------------------------------

// The stub of EcRRegisterPushNotification: a SOCKADDR of IPv4.
struct PushQuestion {
  std::uint32_t address = 0xc6336407;  // host order
  std::uint16_t port = 1071;
  std::string_view context = "newmail!";
};
Octets push_question(const PushQuestion& question, Ndr ndr = Ndr::ndr32,
                     ByteOrder order = ByteOrder::little);

// --- security tokens (MS-NLMP 2.2.1, RFC 4178)
// ----------------------------------------------------

Octets ntlm_negotiate();
Octets ntlm_challenge();
struct NtlmUser {
  std::string_view domain = "CORP";
  std::string_view user = "administrator";
  std::string_view workstation = "PC1";
  std::uint32_t extra_flags = 0;
  std::size_t nt_response = 24;
};
Octets ntlm_authenticate(const NtlmUser& user = {});
inline NtlmUser anonymous_user() {
  return {"", "", "", 0x800, 0};
}
Octets spnego_init(const Octets& mech_token);
Octets spnego_response(const Octets& response_token);
Octets kerberos_ap_req();

// --- bytes
// ----------------------------------------------------------------------------------------

Octets from_hex(std::string_view hex);  // white space and '-' are skipped
std::string to_hex(Bytes bytes);
Octets joined(const std::vector<Octets>& parts);
Octets uuid_bytes(std::string_view uuid, ByteOrder order);

}  // namespace rpcgate::test
