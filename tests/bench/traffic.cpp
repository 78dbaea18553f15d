// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "bench/traffic.hpp"

#include <algorithm>
#include <cstring>

#include "wire/be.hpp"
#include "wire/checksum.hpp"

namespace rpcgate::bench {
namespace {

constexpr std::uint32_t connections_a_client = 63;
constexpr std::uint32_t first_client = 0x0b000001;  // 11.0.0.1
constexpr std::uint16_t service = 88;
const wire::IpAddress published = wire::IpAddress::from_v4(0xc6336401);
const wire::IpAddress server = wire::IpAddress::from_v4(0x0a0a000a);
// 2001:db8:10::10
wire::IpAddress server6() noexcept {
  const std::uint8_t octets[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 0x10, 0, 0,
                                   0,    0,    0,    0,    0, 0,    0, 0x10};
  return wire::IpAddress::from_v6_octets(octets);
}

void put16(std::byte* at, std::uint16_t value) noexcept {
  const auto raw = wire::Be16::from_host(value).raw();
  std::memcpy(at, &raw, 2);
}
void put32(std::byte* at, std::uint32_t value) noexcept {
  const auto raw = wire::Be32::from_host(value).raw();
  std::memcpy(at, &raw, 4);
}
void put_raw(std::byte* at, std::uint16_t raw) noexcept {
  std::memcpy(at, &raw, 2);
}

}  // namespace

wire::Endpoint client_of(std::uint32_t flow, Family family) noexcept {
  const std::uint32_t client = flow / connections_a_client;
  const auto port = static_cast<wire::L4Port>(1024 + flow % connections_a_client);
  if (family == Family::v4) return {wire::IpAddress::from_v4(first_client + client), port};
  std::array<std::byte, 16> address{std::byte{0x20}, std::byte{0x01}, std::byte{0x0d},
                                    std::byte{0xb8}, std::byte{0x00}, std::byte{0x01}};
  put32(&address[12], 1 + client);
  return {wire::IpAddress::from_v6_octets(address.data()), port};
}

std::size_t write_ip_header(std::byte* ip, const wire::Endpoint& source,
                            const wire::Endpoint& destination, std::size_t payload) noexcept {
  if (!source.address.is_v4()) {
    ip[0] = std::byte{0x60};
    put16(ip + 4, static_cast<std::uint16_t>(payload));
    ip[6] = std::byte{6};
    ip[7] = std::byte{64};
    std::memcpy(ip + 8, source.address.octets().data(), 16);
    std::memcpy(ip + 24, destination.address.octets().data(), 16);
    return 40;
  }
  ip[0] = std::byte{0x45};
  put16(ip + 2, static_cast<std::uint16_t>(20 + payload));
  ip[8] = std::byte{64};
  ip[9] = std::byte{6};
  std::memcpy(ip + 12, source.address.v4_octets(), 4);
  std::memcpy(ip + 16, destination.address.v4_octets(), 4);
  wire::ChecksumSum header;
  header.add({ip, 20});
  put_raw(ip + 10, header.checksum());
  return 20;
}

std::uint16_t write_segment(std::byte* at, const wire::Endpoint& source,
                            const wire::Endpoint& destination, const Numbers& numbers,
                            Bytes payload) noexcept {
  constexpr std::size_t ethernet = 14, tcp_header = 20, least_frame = 60, headers_v6 = 74;
  const bool v4 = source.address.is_v4();
  const std::uint8_t macs[12] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 9, 9};
  std::memset(at, 0, v4 ? least_frame : headers_v6);
  std::memcpy(at, macs, sizeof(macs));
  put16(at + 12, v4 ? 0x0800 : 0x86dd);
  const std::size_t size = tcp_header + payload.size();
  std::byte* tcp = at + ethernet + write_ip_header(at + ethernet, source, destination, size);
  put16(tcp, source.port);
  put16(tcp + 2, destination.port);
  put32(tcp + 4, numbers.sequence);
  put32(tcp + 8, numbers.acknowledgement);
  tcp[12] = std::byte{0x50};
  tcp[13] = std::byte{numbers.flags};
  put16(tcp + 14, 0xffff);
  if (!payload.empty()) std::memcpy(tcp + tcp_header, payload.data(), payload.size());
  wire::ChecksumSum sum;
  wire::add_pseudo_header(sum, source.address, destination.address, wire::Protocol::tcp,
                          static_cast<std::uint32_t>(size));
  sum.add({tcp, size});
  put_raw(tcp + 16, sum.checksum());
  return static_cast<std::uint16_t>(
      std::max<std::size_t>(static_cast<std::size_t>(tcp - at) + size, least_frame));
}

void write_segment(std::byte* at, std::size_t size, const wire::Endpoint& source,
                   const wire::Endpoint& destination, const Numbers& numbers) noexcept {
  static constexpr std::array<std::byte, 2048> zeros{};
  const std::size_t headers = source.address.is_v4() ? 54 : 74;
  write_segment(at, source, destination, numbers, Bytes{zeros}.first(size - headers));
}

void write_frame(std::byte* at, std::size_t size, const Segment& s) noexcept {
  const Numbers numbers{s.flags, s.sequence, s.acknowledgement};
  const bool v4 = s.family == Family::v4;
  const wire::Endpoint client = client_of(s.flow, s.family);
  if (s.from == From::client)
    write_segment(at, size, client, {v4 ? published : server6(), service}, numbers);
  else
    write_segment(at, size, {v4 ? server : server6(), service}, client, numbers);
}

Mixed::Mixed(std::uint32_t flows, std::size_t size, Family family)
    : client(std::clamp<std::size_t>(std::size_t{flows} * 4 / 4096 * 4096, 8192, 1u << 20), size),
      server(client.count(), size) {
  std::mt19937 random(1);
  std::uniform_int_distribution<std::uint32_t> any(0, flows - 1);
  for (std::size_t i = 0; i < client.count(); ++i) {
    write_frame(client[i], size,
                {any(random), From::client, 0x18, client_start + 1, server_start + 1, family});
    write_frame(server[i], size,
                {any(random), From::server, 0x18, server_start + 1, client_start + 1, family});
  }
}

std::uint64_t open_connections(MemoryBox& box, std::uint32_t first, std::uint32_t count,
                               Family family) {
  const std::uint16_t size = family == Family::v4 ? 60 : 74;
  constexpr std::uint8_t syn = 0x02, syn_ack = 0x12, ack = 0x10;
  Frames frames(MemoryBox::burst, size);
  std::uint64_t missing = 0;
  const auto send = [&](std::uint32_t flow, std::uint32_t n, From from, std::uint8_t flags) {
    const bool begins = flags != ack;
    for (std::uint32_t i = 0; i < n; ++i)
      write_frame(frames[i], size,
                  {flow + i, from, flags,
                   (from == From::client ? client_start : server_start) + (begins ? 0 : 1),
                   flags == syn           ? 0
                   : from == From::client ? server_start + 1
                                          : client_start + 1,
                   family});
    std::array<const std::byte*, MemoryBox::burst> list;
    for (std::uint32_t i = 0; i < n; ++i) list[i] = frames[i];
    const std::size_t port = from == From::client ? outer : inner;
    box.feed(port, {list.data(), n}, size);
    std::uint32_t out = 0;
    for (int round = 0; round < 3 && out < n; ++round)
      for (unsigned w = 0; w < box.workers(); ++w) {
        static_cast<void>(box.worker(w).turn(box.now));
        out += box.drain(1 - port, w);
      }
    missing += n - out;
  };
  for (std::uint32_t done = 0; done < count; done += MemoryBox::burst) {
    const std::uint32_t n = std::min<std::uint32_t>(MemoryBox::burst, count - done);
    send(first + done, n, From::client, syn);
    send(first + done, n, From::server, syn_ack);
    send(first + done, n, From::client, ack);
  }
  return missing;
}

}  // namespace rpcgate::bench
