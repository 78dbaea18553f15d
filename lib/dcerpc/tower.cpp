// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dcerpc/tower.hpp"

#include <array>

#include "wire/reader.hpp"

namespace rpcgate::dcerpc {
namespace {

// Protocol identifiers (C706 appendix I and what Windows adds, MS-RPCE 2.2.1.2.2).
constexpr std::uint8_t id_tcp = 0x07;
constexpr std::uint8_t id_udp = 0x08;
constexpr std::uint8_t id_ip = 0x09;
constexpr std::uint8_t id_connectionless = 0x0a;
constexpr std::uint8_t id_connection = 0x0b;
constexpr std::uint8_t id_local = 0x0c;
constexpr std::uint8_t id_uuid = 0x0d;
constexpr std::uint8_t id_named_pipe = 0x0f;
constexpr std::uint8_t id_local_name = 0x10;
constexpr std::uint8_t id_netbios = 0x11;
constexpr std::uint8_t id_http = 0x1f;
constexpr std::uint8_t id_unix = 0x20;  // old Exchange wrote an HTTP tower's address under it

constexpr std::size_t max_floors = 5;
constexpr std::size_t uuid_floor_left = 19;  // identifier, UUID, major version

struct Floor {
  std::uint8_t id = 0;
  Bytes left;  // after the identifier
  Bytes right;
};

bool read_floor(wire::Reader& in, Floor& out) noexcept {
  const std::uint16_t left = in.u16();
  if (left == 0) return false;
  out.id = in.u8();
  out.left = in.take(left - std::size_t{1});
  out.right = in.take(in.u16());
  return in.ok();
}

// The first two floors: an identifier with UUID and major version, the minor on the right.
bool read_uuid_floor(const Floor& floor, InterfaceId& out) noexcept {
  if (floor.id != id_uuid || floor.left.size() != uuid_floor_left - 1 || floor.right.size() != 2)
    return false;
  wire::Reader left{floor.left, wire::ByteOrder::little};
  out.uuid = Uuid::read(left);
  out.major = left.u16();
  out.minor = wire::Reader{floor.right, wire::ByteOrder::little}.u16();
  return true;
}

bool bare(const Floor& floor, std::size_t right) noexcept {
  return floor.left.empty() && floor.right.size() == right;
}

// Port and IPv4 address of the fourth and fifth floor, both big-endian.
bool read_place(const Floor& port, const Floor& host, Tower& out) noexcept {
  if (!bare(port, 2) || !bare(host, 4)) return false;
  out.port = wire::Reader{port.right, wire::ByteOrder::big}.u16();
  out.address = wire::IpAddress::from_v4_octets(host.right.data());
  return true;
}

TowerKind read_ip_shape(const std::array<Floor, max_floors>& floors, std::size_t size,
                        Tower& out) noexcept {
  const std::uint8_t protocol = floors[2].id;
  const std::uint8_t port = floors[3].id;
  const std::uint8_t host = floors[4].id;
  const bool http_host = host == id_ip || host == id_unix;
  TowerKind kind = TowerKind::unreadable;
  if (protocol == id_connection && port == id_tcp && host == id_ip) {
    if (size == tcp_tower_size) kind = TowerKind::tcp;
  } else if (protocol == id_connection && port == id_http && http_host) {
    kind = TowerKind::http;
  } else if (protocol == id_connectionless && port == id_udp && host == id_ip) {
    kind = TowerKind::udp;
  }
  if (kind == TowerKind::unreadable || !read_place(floors[3], floors[4], out))
    return TowerKind::unreadable;
  return kind;
}

TowerKind read_shape(const std::array<Floor, max_floors>& floors, std::size_t count,
                     std::size_t size, Tower& out) noexcept {
  if (!bare(floors[2], 2)) return TowerKind::unreadable;
  const std::uint8_t protocol = floors[2].id;
  if (count == 4 && protocol == id_local && floors[3].id == id_local_name) return TowerKind::local;
  if (count != 5) return TowerKind::unreadable;
  if (protocol == id_connection && floors[3].id == id_named_pipe && floors[4].id == id_netbios)
    return TowerKind::named_pipe;
  return read_ip_shape(floors, size, out);
}

}  // namespace

Tower read_tower(Bytes octets) noexcept {
  wire::Reader in{octets, wire::ByteOrder::little};
  const std::uint16_t count = in.u16();
  if (!in.ok() || count < 4 || count > max_floors) return {};
  std::array<Floor, max_floors> floors{};
  for (std::uint16_t i = 0; i < count; ++i)
    if (!read_floor(in, floors[i])) return {};
  if (in.left() != 0) return {};
  Tower tower;
  if (!read_uuid_floor(floors[0], tower.interface) || !read_uuid_floor(floors[1], tower.transfer))
    return {};
  tower.kind = read_shape(floors, count, octets.size(), tower);
  return tower.kind == TowerKind::unreadable ? Tower{} : tower;
}

}  // namespace rpcgate::dcerpc
