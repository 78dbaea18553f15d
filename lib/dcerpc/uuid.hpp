// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// UUIDs (RFC 4122) and the interface identifiers of C706 made of them. Kept in the order of their
// text form, so that a byte order concerns reading alone and comparing is one memcmp.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wire/reader.hpp"

namespace rpcgate::dcerpc {

class Uuid {
 public:
  static constexpr std::size_t text_size = 36;

  constexpr Uuid() = default;  // nil
  constexpr explicit Uuid(const std::array<std::uint8_t, 16>& text_order) noexcept
      : octets_(text_order) {}

  // "12345778-1234-abcd-ef00-0123456789ac", either case, nothing around it.
  static constexpr std::optional<Uuid> parse(std::string_view text) noexcept;
  // As UUIDs travel: the first three fields follow the reader's byte order (C706 14.3.8). After a
  // failed read the value is nil and the reader says so.
  static constexpr Uuid read(wire::Reader& in) noexcept;

  constexpr bool is_nil() const noexcept { return *this == Uuid{}; }
  constexpr const std::array<std::uint8_t, 16>& octets() const noexcept { return octets_; }
  // The octets in an order of the wire, the counterpart of read().
  constexpr std::array<std::uint8_t, 16> wire_octets(wire::ByteOrder order) const noexcept;
  constexpr std::array<char, text_size> text() const noexcept;  // no terminating NUL
  std::string to_string() const;                                // control path

  friend constexpr bool operator==(const Uuid& a, const Uuid& b) noexcept {
    const auto x = std::bit_cast<std::array<std::uint64_t, 2>>(a.octets_);
    const auto y = std::bit_cast<std::array<std::uint64_t, 2>>(b.octets_);
    return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
  }
  friend constexpr auto operator<=>(const Uuid& a, const Uuid& b) noexcept {
    return a.octets_ <=> b.octets_;
  }

 private:
  using Octets = std::array<std::uint8_t, 16>;
  // The first three fields the other way round: the octets of the text form on a little-endian
  // wire, and back.
  static constexpr Octets turned(const Octets& octets) noexcept;

  std::array<std::uint8_t, 16> octets_{};
};
static_assert(sizeof(Uuid) == 16);

inline std::string to_string(const Uuid& uuid) {
  return uuid.to_string();
}

// A UUID with a version: an interface (abstract syntax) or a transfer syntax. Two interfaces are
// the same when UUID and major version are: f5cc59b4-... 1.1 and 21.0 have nothing in common.
struct InterfaceId {
  Uuid uuid;
  std::uint16_t major = 0;
  std::uint16_t minor = 0;

  // p_syntax_id_t: UUID and one 32-bit version, minor in the high half (C706 12.6.3.1).
  static constexpr InterfaceId read_syntax(wire::Reader& in) noexcept;
  friend constexpr bool operator==(const InterfaceId&, const InterfaceId&) = default;
};
constexpr bool same_interface(const InterfaceId& a, const InterfaceId& b) noexcept {
  return a.uuid == b.uuid && a.major == b.major;
}
// What an interface goes by: its UUID and major version.
struct InterfaceKey {
  Uuid uuid;
  std::uint16_t major = 0;
  friend constexpr bool operator==(const InterfaceKey&, const InterfaceKey&) = default;
  friend constexpr auto operator<=>(const InterfaceKey&, const InterfaceKey&) = default;
};
constexpr InterfaceKey key_of(const InterfaceId& id) noexcept {
  return {id.uuid, id.major};
}
std::string to_string(const InterfaceId& id);  // "12345778-1234-abcd-ef00-0123456789ac/1.0"

// --- inline definitions
// ---------------------------------------------------------------------------

namespace detail {
constexpr int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
constexpr bool dash_before(std::size_t octet) noexcept {
  return octet == 4 || octet == 6 || octet == 8 || octet == 10;
}
}  // namespace detail

constexpr std::optional<Uuid> Uuid::parse(std::string_view text) noexcept {
  if (text.size() != text_size) return std::nullopt;
  std::array<std::uint8_t, 16> octets{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    if (detail::dash_before(i) && text[at++] != '-') return std::nullopt;
    const int high = detail::hex_value(text[at]);
    const int low = detail::hex_value(text[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    octets[i] = static_cast<std::uint8_t>(high * 16 + low);
    at += 2;
  }
  return Uuid{octets};
}

constexpr Uuid::Octets Uuid::turned(const Octets& octets) noexcept {
  struct Fields {
    std::uint32_t first;
    std::uint16_t second, third;
    std::array<std::uint8_t, 8> rest;
  };
  auto f = std::bit_cast<Fields>(octets);
  f.first = wire::swap_bytes(f.first);
  f.second = wire::swap_bytes(f.second);
  f.third = wire::swap_bytes(f.third);
  return std::bit_cast<Octets>(f);
}

constexpr Uuid Uuid::read(wire::Reader& in) noexcept {
  const Bytes raw = in.take(16);
  Uuid uuid;
  if (raw.size() != 16) return uuid;
  for (std::size_t i = 0; i < 16; ++i) uuid.octets_[i] = std::to_integer<std::uint8_t>(raw[i]);
  if (in.order() == wire::ByteOrder::little) uuid.octets_ = turned(uuid.octets_);
  return uuid;
}

constexpr std::array<std::uint8_t, 16> Uuid::wire_octets(wire::ByteOrder order) const noexcept {
  return order == wire::ByteOrder::little ? turned(octets_) : octets_;
}

constexpr std::array<char, Uuid::text_size> Uuid::text() const noexcept {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<char, text_size> out{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < octets_.size(); ++i) {
    if (detail::dash_before(i)) out[at++] = '-';
    out[at++] = digits[octets_[i] >> 4];
    out[at++] = digits[octets_[i] & 15];
  }
  return out;
}

constexpr InterfaceId InterfaceId::read_syntax(wire::Reader& in) noexcept {
  InterfaceId id;
  id.uuid = Uuid::read(in);
  const std::uint32_t version = in.u32();
  id.major = static_cast<std::uint16_t>(version);
  id.minor = static_cast<std::uint16_t>(version >> 16);
  return id;
}

// --- literals ------------------------------------------------------------------------------------

inline namespace literals {
consteval Uuid operator""_uuid(const char* text, std::size_t size) {
  return Uuid::parse({text, size}).value();
}
}  // namespace literals

namespace ids {
inline constexpr InterfaceId epmapper{"e1af8308-5d1f-11c9-91a4-08002b14a0fa"_uuid, 3, 0};
inline constexpr InterfaceId mgmt{"afa8bd80-7d8a-11c9-bef4-08002b102989"_uuid, 1, 0};
inline constexpr InterfaceId rfri{"1544f5e0-613c-11d1-93df-00c04fd7bd09"_uuid, 1, 0};
inline constexpr InterfaceId samr{"12345778-1234-abcd-ef00-0123456789ac"_uuid, 1, 0};
inline constexpr InterfaceId lsarpc{"12345778-1234-abcd-ef00-0123456789ab"_uuid, 0, 0};
inline constexpr InterfaceId netlogon{"12345678-1234-abcd-ef00-01234567cffb"_uuid, 1, 0};
inline constexpr InterfaceId drsuapi{"e3514235-4b06-11d1-ab04-00c04fc2dcd2"_uuid, 4, 0};
inline constexpr InterfaceId emsmdb{"a4f1db00-ca47-1067-b31f-00dd010662da"_uuid, 0, 81};
inline constexpr InterfaceId object_exporter{"99fcfec4-5260-101b-bbcb-00aa0021347a"_uuid, 0, 0};
inline constexpr InterfaceId system_activator{"000001a0-0000-0000-c000-000000000046"_uuid, 0, 0};
inline constexpr InterfaceId activation{"4d9f4ab8-7d1c-11cf-861e-0020af6e7c57"_uuid, 0, 0};
}  // namespace ids

// Transfer syntaxes: NDR of C706, NDR64 of MS-RPCE 2.2.5.
inline constexpr InterfaceId ndr32_syntax{"8a885d04-1ceb-11c9-9fe8-08002b104860"_uuid, 2, 0};
inline constexpr InterfaceId ndr64_syntax{"71710533-beba-4937-8319-b5dbef9ccc36"_uuid, 1, 0};
// Bind time feature negotiation (MS-RPCE 2.2.2.14): eight octets of prefix, eight of feature bits.
inline constexpr InterfaceId features_syntax{"6cb71c2c-9812-4540-0000-000000000000"_uuid, 1, 0};
inline constexpr std::uint64_t feature_security_multiplexing = 1;
inline constexpr std::uint64_t feature_keep_on_orphan = 2;

enum class Syntax : std::uint8_t { ndr32, ndr64, features, other };
constexpr Syntax syntax_of(const InterfaceId& transfer) noexcept;
// The feature bits, when syntax_of() says `features`.
constexpr std::uint64_t feature_bits(const InterfaceId& transfer) noexcept;

constexpr Syntax syntax_of(const InterfaceId& transfer) noexcept {
  if (transfer == ndr32_syntax) return Syntax::ndr32;
  if (transfer == ndr64_syntax) return Syntax::ndr64;
  for (std::size_t i = 0; i < 8; ++i)
    if (transfer.uuid.octets()[i] != features_syntax.uuid.octets()[i]) return Syntax::other;
  const bool version = transfer.major == features_syntax.major && transfer.minor == 0;
  return version ? Syntax::features : Syntax::other;
}

constexpr std::uint64_t feature_bits(const InterfaceId& transfer) noexcept {
  std::uint64_t bits = 0;
  for (std::size_t i = 16; i-- > 8;) bits = bits << 8 | transfer.uuid.octets()[i];
  return bits;
}

}  // namespace rpcgate::dcerpc
